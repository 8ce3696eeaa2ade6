"""A change of SIGNING_ALGORITHM, also under traffic: B-33."""

import jwt
import pytest
from sqlalchemy import update

from api.app import create_app
from api.core import clock
from api.core.database import db, in_transaction, transaction
from api.keys import service as keys
from api.keys.models import SigningKey
from api.keys.pairs import ALGORITHMS, PrivateKeyCipher
from tests.hostile.forge import encode_part
from tests.hostile.key_traffic import JWKS, becomes_true, kid, published, traffic_of
from tests.hostile.wire import Wire, statuses_of
from tests.service import launch
from tests.support import dispose

METADATA = "/.well-known/openid-configuration"
MEMBERS = {  # of the published keys, by algorithm
    "ES256": {"kid", "kty", "alg", "use", "crv", "x", "y"},
    "RS256": {"kid", "kty", "alg", "use", "n", "e"},
    "EdDSA": {"kid", "kty", "alg", "use", "crv", "x"},
}


@pytest.fixture(scope="module")
def changed(start_shared):
    """A service whose signing algorithm these tests change."""
    return start_shared()


@pytest.fixture(scope="module")
def wire(changed):
    return Wire(changed.port)


@pytest.fixture
def change_algorithm(changed):
    """Return a function that publishes a key of an algorithm, and then lets it sign."""
    apps = []
    cipher = PrivateKeyCipher(changed.settings["encryption_key"])

    def change(algorithm, wait_until_known):
        known = ("database_url", "encryption_key", "public_base_url")
        same = {name: changed.settings[name] for name in known}
        apps.append(create_app({"TESTING": True, **same, "SIGNING_ALGORITHM": algorithm}))
        with apps[-1].app_context():
            in_transaction(lambda: keys.publish_next_key(cipher, at_once=True))
            wait_until_known(published(Wire(changed.port))[-1])
            return in_transaction(lambda: keys.rotate(cipher, at_once=True))

    yield change
    for app in apps:
        dispose(app)


def test_B_33_no_request_fails_while_the_algorithm_changes(changed, wire, change_algorithm):
    people = [changed.person(f"Changed{number}") for number in range(4)]
    tokens = {}

    with traffic_of(changed, people) as traffic:

        def wait_until_known(key_id):
            assert becomes_true(lambda: traffic.has_key(key_id))

        for algorithm in ("RS256", "EdDSA", "ES256"):
            key_id = change_algorithm(algorithm, wait_until_known)
            # A person of its own: many logins of one would end the session of an earlier token.
            person = changed.person(f"Signed{algorithm}")
            tokens[algorithm] = log_in_until_signed_by(wire, person, key_id)

    root = wire.as_person(changed.administrator)
    for algorithm, token in tokens.items():
        assert jwt.get_unverified_header(token)["alg"] == algorithm
        assert statuses_of(wire, token) == {200}
        assert root.post_form("/api/introspect", token=token).json["active"]
    for key in wire.get(JWKS).json["keys"]:
        assert key.keys() == MEMBERS[key["alg"]]
    published_algorithms = wire.get(METADATA).json["id_token_signing_alg_values_supported"]
    assert published_algorithms == sorted(ALGORITHMS)


def log_in_until_signed_by(wire, person, key_id):
    """Return a token that this key has signed; each worker learns of a rotation on its own."""
    tokens = []

    def signs():
        tokens.append(wire.log_in(person.username, person.password).json["access_token"])
        return kid(tokens[-1]) == key_id

    assert becomes_true(signs)
    return tokens[-1]


@pytest.mark.parametrize("algorithm", ["RS256", "EdDSA", "PS256", "ES384", "HS256", "ES256K"])
def test_B_33_another_algorithm_than_that_of_the_key_is_rejected(changed, wire, algorithm):
    token = changed.person(f"Forger{algorithm}").token
    _, claims, signature = token.split(".")
    header = encode_part({**jwt.get_unverified_header(token), "alg": algorithm})

    assert statuses_of(wire, f"{header}.{claims}.{signature}") == {401}
    assert statuses_of(wire, token) == {200}


def test_B_33_a_start_publishes_a_key_of_the_configured_algorithm(serve, place):
    service = serve()
    person = service.person("Ada")
    assert person.token  # the first one creates the keys
    with service.local_service.app.app_context(), transaction():
        published = clock.now() - 2 * keys.PUBLICATION_TIME
        db.session.execute(update(SigningKey).values(created_at=published))
    service.stop()

    again = launch(place, {**service.settings, "signing_algorithm": "RS256"})
    try:
        wire = Wire(again.port)
        assert [key["alg"] for key in wire.get(JWKS).json["keys"]] == ["ES256", "RS256"]
        assert again.log().count('"event":"keys.other_algorithm"') == 1
        assert statuses_of(wire, person.token) == {200}
        token = wire.log_in(person.username, person.password).json["access_token"]
        assert jwt.get_unverified_header(token)["alg"] == "ES256"
    finally:
        again.stop()
