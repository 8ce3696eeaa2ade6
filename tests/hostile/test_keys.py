"""The published keys, and their rotation and revocation under traffic: T-10."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from secrets import token_urlsafe
from threading import Event
from time import monotonic
from urllib.error import URLError

import jwt
import pytest

from api.core import clock
from api.core.database import db, in_transaction, transaction
from api.keys import ring
from api.keys import service as keys
from api.keys.models import SigningKey
from api.keys.pairs import PrivateKeyCipher
from tests.hostile.wire import Wire, retry_while_busy, statuses_of
from tests.service import launch

JWKS = "/.well-known/jwks.json"
MEMBERS = {"kty", "crv", "x", "y", "kid", "alg", "use"}
TIMEOUT_SECONDS = ring.RELOAD_INTERVAL_SECONDS + 5  # each process then knows the keys
ROTATIONS = 4


@pytest.fixture(scope="module")
def rotated(start_shared):
    """A service whose keys these tests rotate and revoke."""
    return start_shared()


@pytest.fixture
def wire(rotated):
    return Wire(rotated.port)


@pytest.fixture
def person(rotated, numbers):
    return rotated.person(f"Keyholder{next(numbers)}")


@pytest.fixture(scope="module")
def numbers():
    return iter(range(100))


@contextmanager
def key_context(service):
    """Open what `rollbook keys` works with, and yield the cipher."""
    with service.local_service.app.app_context():
        yield PrivateKeyCipher(service.settings["encryption_key"])


def rotate(service):
    with key_context(service) as cipher:
        return in_transaction(lambda: keys.rotate(cipher, at_once=True))


def revoke(service, kid):
    with key_context(service) as cipher:
        in_transaction(lambda: keys.revoke(kid, cipher))


def published(wire):
    return [key["kid"] for key in wire.get(JWKS).json["keys"]]


def kid(token):
    return jwt.get_unverified_header(token)["kid"]


def becomes_true(condition: Callable[[], bool]) -> bool:
    """Return whether it becomes true within the timeout."""
    deadline = monotonic() + TIMEOUT_SECONDS
    while not (result := condition()) and monotonic() < deadline:
        pass
    return result


class TestPublishedKeys:
    def test_T_10_only_public_members_are_published(self, wire, person):
        answer = wire.get(JWKS)

        assert len(answer.json["keys"]) >= 2
        for key in answer.json["keys"]:
            assert key.keys() == MEMBERS
            assert (key["kty"], key["crv"]) == ("EC", "P-256")
            assert (key["alg"], key["use"]) == ("ES256", "sig")
        assert kid(person.token) in published(wire)

    def test_T_10_the_keys_can_be_cached(self, wire, person):
        first = wire.get(JWKS)
        again = wire.get(JWKS, f"If-None-Match: {first.headers['ETag']}")

        assert (again.status, again.body) == (304, b"")
        for answer in (first, again):
            assert answer.headers.get_all("Cache-Control") == ["public, max-age=300"]
            assert answer.headers["ETag"] == first.headers["ETag"]

    def test_T_10_a_rotation_changes_the_etag(self, rotated, wire, person):
        before = wire.get(JWKS).headers["ETag"]
        rotate(rotated)

        after = wire.get(JWKS, f"If-None-Match: {before}")

        assert after.status == 200
        assert after.headers["ETag"] != before


class Traffic:
    """Users who log in, refresh and read, and another service that verifies their tokens.

    The other service fetches the keys when its copy expires, and never because a key is unknown.
    """

    def __init__(self, service) -> None:
        self.wire = Wire(service.port)
        self.issuer = service.settings["public_base_url"]
        self.known = jwt.PyJWKClient(f"{service.url}{JWKS}", lifespan=0.2, cooldown_duration=3600)
        self.failures = []
        self.seen = set()
        self.turns = 0
        self.over = Event()

    def send_requests(self, person):
        while not self.over.is_set():
            body = {"username": person.username, "password": person.password}
            given = self.check_tokens(lambda: self.wire.post("/api/login", body))  # noqa: B023  asked at once
            for _ in range(3):
                body = {"refresh_token": given["refresh_token"]}
                given = self.check_tokens(lambda: self.wire.post("/api/refresh", body))  # noqa: B023  likewise
            self.turns += 1

    def check_tokens(self, ask):
        """Get tokens, and record whether the service or the verifier rejects them."""
        answer = retry_while_busy(ask)
        assert answer.status == 200, answer.body
        token = answer.json["access_token"]
        self.seen.add(kid(token))
        read = retry_while_busy(lambda: self.wire.with_token(token).get("/api/me"))
        if read.status != 200:
            self.failures.append(("the service", read.status))
        self.verify(token)
        return answer.json

    def verify(self, token):
        try:
            key = self.known.get_signing_key_from_jwt(token)
            jwt.decode(token, key, algorithms=["ES256"], issuer=self.issuer, audience="rollbook")
        except (jwt.PyJWTError, URLError) as error:
            self.failures.append(("a verifier", repr(error)))

    def has_key(self, name):
        return any(key.key_id == name for key in self.known.get_jwk_set().keys)


class TestRotation:
    def test_T_10_no_request_fails_during_rotations(self, rotated, numbers):
        people = [rotated.person(f"Busy{next(numbers)}") for _ in range(4)]
        traffic, signed = Traffic(rotated), []

        with ThreadPoolExecutor(len(people)) as pool:
            going = [pool.submit(traffic.send_requests, person) for person in people]
            try:
                for _ in range(ROTATIONS):
                    following = published(traffic.wire)[-1]
                    assert becomes_true(lambda: traffic.has_key(following))  # noqa: B023  asked at once
                    signed.append(rotate(rotated))
                    assert signed[-1] == following
                assert becomes_true(lambda: signed[-1] in traffic.seen)
            finally:
                traffic.over.set()
            for each in going:
                each.result()

        assert traffic.failures == []
        assert traffic.turns >= len(people)
        assert len(traffic.seen) >= 2

    def test_T_10_a_rotation_keeps_older_tokens_valid_on_every_worker(self, rotated, wire, person):
        before = kid(person.token)
        rotate(rotated)
        rotate(rotated)

        assert statuses_of(wire, person.token) == {200}
        assert before in published(wire)

    def test_T_10_a_retired_key_is_trusted_until_its_last_token_expires(
        self, rotated, wire, person
    ):
        before = kid(person.token)
        rotate(rotated)
        with key_context(rotated):
            expires_at = db.session.get(SigningKey, before).expires_at
            claims = jwt.decode(person.token, options={"verify_signature": False})
            assert expires_at.timestamp() > claims["exp"]

        with key_context(rotated), transaction():
            db.session.get(SigningKey, before).expires_at = clock.now()

        assert before not in published(wire)
        assert becomes_true(lambda: statuses_of(wire, person.token) == {401})


class TestRevocation:
    @pytest.mark.parametrize("state", ["active", "retired"])
    def test_T_10_tokens_of_a_revoked_key_are_rejected_on_every_worker(
        self, rotated, wire, numbers, state
    ):
        person = rotated.person(f"Revoked{next(numbers)}")
        token = wire.log_in(person.username, person.password).json["access_token"]
        revoked = kid(token)
        if state == "retired":
            rotate(rotated)
        assert statuses_of(wire, token) == {200}

        revoke(rotated, revoked)

        assert revoked not in published(wire)
        assert becomes_true(lambda: statuses_of(wire, token) == {401})
        assert becomes_true(lambda: signs_with_another(wire, person, revoked))

    def test_T_10_a_session_survives_a_revoked_key(self, rotated, wire, numbers):
        person = rotated.person(f"Revoked{next(numbers)}")
        revoked = kid(person.token)
        revoke(rotated, revoked)

        def refreshed():
            token = person.refresh_token
            answer = wire.post("/api/refresh", {"refresh_token": token}).json
            person.refresh_token = answer["refresh_token"]
            return wire.with_token(answer["access_token"]).get("/api/me").status == 200

        assert becomes_true(refreshed)


class TestAnotherEncryptionKey:
    def test_T_10_the_keys_are_locked_until_a_rotation_and_sessions_survive(self, serve, place):
        service = serve(
            refresh_grace_seconds=0
        )  # without grace, a token that was used without success would fail
        person = service.person("Ada")
        used = person.refresh_token
        body = {"refresh_token": used}
        newest = Wire(service.port).post("/api/refresh", body).json
        service.stop()

        settings = {**service.settings, "encryption_key": token_urlsafe(48)}
        again = launch(place, settings)
        try:
            wire = Wire(again.port)
            me = wire.with_token(newest["access_token"])
            assert me.get("/api/me").error == "signing_key_locked"
            assert wire.log_in(person.username, person.password).error == "signing_key_locked"
            latest = {"refresh_token": newest["refresh_token"]}
            assert wire.post("/api/refresh", latest).error == "signing_key_locked"
            with key_context(service):
                cipher = PrivateKeyCipher(settings["encryption_key"])
                in_transaction(lambda: keys.rotate(cipher, at_once=True))

            assert statuses_of(wire, newest["access_token"]) == {200}
            assert wire.post("/api/refresh", body).error == "invalid_refresh_token"
            following = wire.post("/api/refresh", latest).json
            assert statuses_of(wire, following["access_token"]) == {200}
        finally:
            again.stop()


def signs_with_another(wire, person, revoked):
    answer = wire.log_in(person.username, person.password)
    return kid(answer.json["access_token"]) != revoked
