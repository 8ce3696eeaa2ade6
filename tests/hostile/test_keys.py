"""The keys that tokens are verified with, seen from outside and under traffic: T-10."""

from base64 import urlsafe_b64decode
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
from api.keys.pairs import Seal
from tests.hostile.forge import bare
from tests.hostile.wire import Wire, at_once, insistently
from tests.service import launch

JWKS = "/.well-known/jwks.json"
MEMBERS = {"kty", "crv", "x", "y", "kid", "alg", "use"}
PATIENCE = ring.MAX_AGE_SECONDS + 5  # seconds; a process looks again after the first of the two
BURST = 20  # requests at once, of which each worker gets some
ROTATIONS = 4
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # n of P-256


@pytest.fixture(scope="module")
def rotated(another):
    """A service whose keys these tests may rotate and withdraw."""
    return another()


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
def inside(service):
    """Stand where `rollbook keys` does; lend the seal."""
    with service.local_service.app.app_context():
        yield Seal(service.settings["encryption_key"])


def rotate(service):
    with inside(service) as seal:
        return in_transaction(lambda: keys.rotate(seal, at_once=True))


def retire(service, kid):
    with inside(service) as seal:
        in_transaction(lambda: keys.revoke(kid, seal))


def published(wire):
    return [key["kid"] for key in wire.get(JWKS).json["keys"]]


def kid(token):
    return jwt.get_unverified_header(token)["kid"]


def soon(holds: Callable[[], bool]) -> bool:
    """Ask until it holds, or for longer than it may take."""
    deadline = monotonic() + PATIENCE
    while not (held := holds()) and monotonic() < deadline:
        pass
    return held


def heard(wire, token):
    """Return what the workers answer to a token."""
    me = wire.bearing(token)
    return {answer.status for answer in at_once([lambda: me.get("/api/me")] * BURST)}


class TestWhatIsPublished:
    def test_T_10_is_the_public_part_and_nothing_else(self, wire, person):
        answer = wire.get(JWKS)

        assert len(answer.json["keys"]) >= 2
        for key in answer.json["keys"]:
            assert key.keys() == MEMBERS
            assert (key["kty"], key["crv"]) == ("EC", "P-256")
            assert (key["alg"], key["use"]) == ("ES256", "sig")
        assert kid(person.token) in published(wire)

    def test_T_10_may_be_kept_and_compared(self, wire, person):
        first = wire.get(JWKS)
        again = wire.get(JWKS, f"If-None-Match: {first.headers['ETag']}")

        assert (again.status, again.body) == (304, b"")
        for answer in (first, again):
            assert answer.headers.get_all("Cache-Control") == ["public, max-age=300"]
            assert answer.headers["ETag"] == first.headers["ETag"]

    def test_T_10_is_another_version_after_a_rotation(self, rotated, wire, person):
        before = wire.get(JWKS).headers["ETag"]
        rotate(rotated)

        after = wire.get(JWKS, f"If-None-Match: {before}")

        assert after.status == 200
        assert after.headers["ETag"] != before


class Traffic:
    """People who log in, refresh and read, and a service that verifies what they were given.

    It looks at the keys when what it keeps has run out, and never because a key is unknown to it.
    """

    def __init__(self, service) -> None:
        self.wire = Wire(service.port)
        self.issuer = service.settings["public_base_url"]
        self.known = jwt.PyJWKClient(f"{service.url}{JWKS}", lifespan=0.2, cooldown_duration=3600)
        self.failures = []
        self.seen = set()
        self.turns = 0
        self.over = Event()

    def go_on(self, person):
        while not self.over.is_set():
            body = {"username": person.username, "password": person.password}
            given = self.judge(lambda: self.wire.post("/api/login", body))  # noqa: B023  asked at once
            for _ in range(3):
                body = {"refresh_token": given["refresh_token"]}
                given = self.judge(lambda: self.wire.post("/api/refresh", body))  # noqa: B023  likewise
            self.turns += 1

    def judge(self, ask):
        """Take tokens, and see whether both the service and the verifier accept them."""
        answer = insistently(ask)
        assert answer.status == 200, answer.body
        token = answer.json["access_token"]
        self.seen.add(kid(token))
        read = insistently(lambda: self.wire.bearing(token).get("/api/me"))
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

    def knows(self, name):
        return any(key.key_id == name for key in self.known.get_jwk_set().keys)


class TestRotation:
    def test_T_10_nothing_fails_while_keys_follow_one_another(self, rotated, numbers):
        people = [rotated.person(f"Busy{next(numbers)}") for _ in range(4)]
        traffic, signed = Traffic(rotated), []

        with ThreadPoolExecutor(len(people)) as pool:
            going = [pool.submit(traffic.go_on, person) for person in people]
            try:
                for _ in range(ROTATIONS):
                    following = published(traffic.wire)[-1]
                    assert soon(lambda: traffic.knows(following))  # noqa: B023  asked at once
                    signed.append(rotate(rotated))
                    assert signed[-1] == following
                assert soon(lambda: signed[-1] in traffic.seen)
            finally:
                traffic.over.set()
            for each in going:
                each.result()

        assert traffic.failures == []
        assert traffic.turns >= len(people)
        assert len(traffic.seen) >= 2

    def test_T_10_what_it_signed_before_stays_good_on_every_worker(self, rotated, wire, person):
        before = kid(person.token)
        rotate(rotated)
        rotate(rotated)

        assert heard(wire, person.token) == {200}
        assert before in published(wire)

    def test_T_10_an_old_key_stays_until_its_last_token_has_expired(self, rotated, wire, person):
        before = kid(person.token)
        rotate(rotated)
        with inside(rotated):
            expires_at = db.session.get(SigningKey, before).expires_at
            claims = jwt.decode(person.token, options={"verify_signature": False})
            assert expires_at.timestamp() > claims["exp"]

        with inside(rotated), transaction():
            db.session.get(SigningKey, before).expires_at = clock.now()

        assert before not in published(wire)
        assert soon(lambda: heard(wire, person.token) == {401})


class TestWithdrawal:
    @pytest.mark.parametrize("state", ["active", "retired"])
    def test_T_10_what_a_withdrawn_key_signed_is_refused_on_every_worker(
        self, rotated, wire, numbers, state
    ):
        person = rotated.person(f"Withdrawn{next(numbers)}")
        token = wire.log_in(person.username, person.password).json["access_token"]
        withdrawn = kid(token)
        if state == "retired":
            rotate(rotated)
        assert heard(wire, token) == {200}

        retire(rotated, withdrawn)

        assert withdrawn not in published(wire)
        assert soon(lambda: heard(wire, token) == {401})
        assert soon(lambda: signs_with_another(wire, person, withdrawn))

    def test_T_10_the_session_goes_on(self, rotated, wire, numbers):
        person = rotated.person(f"Withdrawn{next(numbers)}")
        withdrawn = kid(person.token)
        retire(rotated, withdrawn)

        def refreshed():
            token = person.refresh_token
            answer = wire.post("/api/refresh", {"refresh_token": token}).json
            person.refresh_token = answer["refresh_token"]
            return wire.bearing(answer["access_token"]).get("/api/me").status == 200

        assert soon(refreshed)


class TestAnotherEncryptionKey:
    def test_T_10_locks_the_keys_until_they_are_rotated_and_ends_no_session(self, serve, place):
        service = serve(refresh_grace_seconds=0)  # a token that was spent in vain would be missed
        person = service.person("Ada")
        spent = person.refresh_token
        body = {"refresh_token": spent}
        newest = Wire(service.port).post("/api/refresh", body).json
        service.stop()

        settings = {**service.settings, "encryption_key": token_urlsafe(48)}
        again = launch(place, settings)
        try:
            wire = Wire(again.port)
            me = wire.bearing(newest["access_token"])
            assert me.get("/api/me").error == "signing_key_locked"
            assert wire.log_in(person.username, person.password).error == "signing_key_locked"
            latest = {"refresh_token": newest["refresh_token"]}
            assert wire.post("/api/refresh", latest).error == "signing_key_locked"
            with inside(service):
                seal = Seal(settings["encryption_key"])
                in_transaction(lambda: keys.rotate(seal, at_once=True))

            assert heard(wire, newest["access_token"]) == {200}
            assert wire.post("/api/refresh", body).error == "invalid_refresh_token"
            following = wire.post("/api/refresh", latest).json
            assert heard(wire, following["access_token"]) == {200}
        finally:
            again.stop()


class TestSignatures:
    def test_T_07_the_other_spelling_of_one_is_a_token_of_the_same_session(self, wire, person):
        spellings = [person.token, respelt(person.token)]
        assert [heard(wire, token) for token in spellings] == [{200}, {200}]

        wire.bearing(spellings[1]).post("/api/logout", None)

        assert [heard(wire, token) for token in spellings] == [{401}, {401}]


def respelt(token):
    """Return the token with n-s in place of s, as anybody can make it."""
    signed, _, signature = token.rpartition(".")
    octets = urlsafe_b64decode(f"{signature}==")
    other = ORDER - int.from_bytes(octets[32:])
    return f"{signed}.{bare(octets[:32] + other.to_bytes(32))}"


def signs_with_another(wire, person, withdrawn):
    answer = wire.log_in(person.username, person.password)
    return kid(answer.json["access_token"]) != withdrawn
