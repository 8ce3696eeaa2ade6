"""The published keys, and their rotation and revocation under traffic: T-10."""

from secrets import token_urlsafe

import jwt
import pytest

from api.core import clock
from api.core.database import db, in_transaction, transaction
from api.keys import service as keys
from api.keys.models import SigningKey
from api.keys.pairs import PrivateKeyCipher
from tests.hostile.key_traffic import (
    JWKS,
    becomes_true,
    key_context,
    kid,
    published,
    rotate,
    traffic_of,
)
from tests.hostile.wire import Wire, statuses_of
from tests.service import SERVING, launch

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


def revoke(service, kid):
    with key_context(service) as cipher:
        in_transaction(lambda: keys.revoke(kid, cipher))


class TestPublishedKeys:
    def test_T_10_only_public_members_are_published(self, wire, person):
        answer = wire.get(JWKS)

        assert len(answer.json["keys"]) >= 2
        for key in answer.json["keys"]:
            assert key.keys() == {"kid", "kty", "alg", "use", "crv", "x", "y"}
            assert (key["kty"], key["crv"]) == ("EC", "P-256")
            assert (key["alg"], key["use"]) == ("ES256", "sig")
        assert kid(person.token) in published(wire)

    def test_T_10_the_keys_can_be_cached(self, wire, person):
        first = wire.get(JWKS)
        again = wire.get(JWKS, f"If-None-Match: {first.headers['ETag']}")

        assert (again.status, again.body) == (304, b"")
        for answer in (first, again):
            cache_control = answer.headers.get_all("Cache-Control")
            assert cache_control == ["public, max-age=300, no-transform"]
            assert answer.headers["ETag"] == first.headers["ETag"]

    def test_T_10_a_rotation_changes_the_etag(self, rotated, wire, person):
        before = wire.get(JWKS).headers["ETag"]
        rotate(rotated)

        after = wire.get(JWKS, f"If-None-Match: {before}")

        assert after.status == 200
        assert after.headers["ETag"] != before


class TestRotation:
    def test_T_10_no_request_fails_during_rotations(self, rotated, numbers):
        people = [rotated.person(f"Busy{next(numbers)}") for _ in range(4)]
        signed = []

        with traffic_of(rotated, people) as traffic:
            for _ in range(ROTATIONS):
                following = published(traffic.wire)[-1]
                assert becomes_true(lambda: traffic.has_key(following))  # noqa: B023  asked at once
                signed.append(rotate(rotated))
                assert signed[-1] == following
            assert becomes_true(lambda: signed[-1] in traffic.seen)

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
        again = launch(place, settings, (*SERVING, "--wait"), probe="/health/live")
        try:
            wire = Wire(again.port)
            me = wire.with_token(newest["access_token"])
            assert wire.get("/health/ready").json["checks"]["keys"] == "locked"
            assert '"level":"error","event":"keys.locked"' in again.log()
            assert me.get("/api/me").error == "signing_key_locked"
            assert wire.log_in(person.username, person.password).error == "signing_key_locked"
            latest = {"refresh_token": newest["refresh_token"]}
            assert wire.post("/api/refresh", latest).error == "signing_key_locked"
            with key_context(service):
                cipher = PrivateKeyCipher(settings["encryption_key"])
                in_transaction(lambda: keys.rotate(cipher, at_once=True))

            assert statuses_of(wire, newest["access_token"]) == {200}
            assert becomes_true(again.ready)
            assert wire.post("/api/refresh", body).error == "invalid_refresh_token"
            following = wire.post("/api/refresh", latest).json
            assert statuses_of(wire, following["access_token"]) == {200}
        finally:
            again.stop()


def signs_with_another(wire, person, revoked):
    answer = wire.log_in(person.username, person.password)
    return kid(answer.json["access_token"]) != revoked
