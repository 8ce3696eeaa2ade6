"""Signing keys: how they begin, follow one another, and are withdrawn."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select

from api.audit.models import AuditEvent
from api.core import clock
from api.core.crypto import derive_legacy_key
from api.core.database import db, in_transaction
from api.core.errors import Unauthenticated
from api.keys import pairs, ring, service
from api.keys.errors import KeyNotFound, KeyTooNew, SigningKeyLocked
from api.keys.models import SigningKey
from api.keys.pairs import Seal, WrongKey, generate_key_pair
from api.keys.ring import KeyRing, SharedSecret

pytestmark = pytest.mark.usefixtures("context")

SECRET = "the encryption key of a test, long enough"
LONG_ENOUGH = service.PUBLICATION_TIME + timedelta(seconds=1)


@pytest.fixture
def seal():
    return Seal(SECRET)


@pytest.fixture
def keys():
    """The keys of a process that has begun to sign."""
    keys = KeyRing(SECRET)
    in_transaction(keys.get_signing_key)
    return keys


@pytest.fixture
def another():
    """What another process knows."""
    return KeyRing(SECRET)


@pytest.fixture
def later(monkeypatch):
    """Let time pass."""
    now, passed = clock.now, []
    monkeypatch.setattr(clock, "now", lambda: now() + sum(passed, timedelta()))
    return passed.append


def states():
    everything = select(SigningKey).order_by(SigningKey.created_at)
    found = db.session.scalars(everything.execution_options(populate_existing=True))
    return [key.state for key in found]


def rotate(seal, **how):
    return in_transaction(lambda: service.rotate(seal, **how))


def retire(kid, seal):
    in_transaction(lambda: service.revoke(kid, seal))


class TestTheFirst:
    def test_is_made_with_its_successor_when_somebody_is_to_sign(self, keys):
        assert states() == ["active", "next"]

    def test_is_the_same_for_every_process(self, keys, another):
        kid, _ = another.get_signing_key()

        assert keys.get_signing_key()[0] == kid

    def test_is_made_once_although_two_begin(self, keys, seal):
        assert service.create_first_keys(seal) is None
        assert states() == ["active", "next"]

    def test_is_not_remembered_where_it_was_undone(self, another):
        with pytest.raises(LookupError):
            in_transaction(lambda: (another.get_signing_key(), {}["undone"]))

        kid, _ = in_transaction(another.get_signing_key)
        assert another.get_verification_key(kid)


class Overtaken(KeyRing):
    """Reads the keys, and is overtaken before it remembers them."""

    meanwhile = staticmethod(lambda: None)

    def _read(self):
        read, self.meanwhile, overtake = super()._read(), lambda: None, self.meanwhile
        overtake()
        return read


class TestRotation:
    def test_T_10_is_not_forgotten_over_a_thread_that_read_before(self, keys, seal):
        kid, overtaken = [], Overtaken(SECRET)

        def overtake():
            kid.append(rotate(seal, at_once=True))
            kid.append(rotate(seal, at_once=True))
            assert overtaken.get_verification_key(kid[1])

        overtaken.meanwhile = overtake
        overtaken.get_signing_key()

        assert overtaken.is_trusted(kid[1])

    def test_T_10_lets_the_next_one_sign_and_keeps_the_one_before_for_its_tokens(
        self, keys, another, seal, later
    ):
        before, _ = keys.get_signing_key()
        later(LONG_ENOUGH)

        now = rotate(seal)

        assert another.get_signing_key()[0] == now != before
        assert another.is_trusted(before)
        assert states() == ["retired", "active", "next"]

    def test_T_10_what_was_next_was_published_before(self, keys, seal, later):
        published = {key.kid for key in service.list_trusted()}
        later(LONG_ENOUGH)

        assert rotate(seal) in published

    def test_waits_until_every_verifier_knows_the_next_one(self, keys, seal):
        with pytest.raises(KeyTooNew):
            rotate(seal)

        assert rotate(seal, at_once=True)

    def test_erases_the_private_part_of_what_signs_no_more(self, keys, seal):
        kid, _ = keys.get_signing_key()
        rotate(seal, at_once=True)

        assert db.session.get(SigningKey, kid, populate_existing=True).private_key is None

    def test_lets_go_of_it_when_its_last_token_has_expired(self, keys, another, seal, later):
        kid, _ = keys.get_signing_key()
        rotate(seal, at_once=True)
        later(timedelta(seconds=900) + service.MARGIN + timedelta(seconds=1))

        assert kid not in {key.kid for key in service.list_trusted()}
        assert not another.is_trusted(kid)

    def test_is_recorded(self, keys, seal):
        kid = rotate(seal, at_once=True)

        fact = db.session.scalar(select(AuditEvent).filter_by(event="key.rotated"))
        assert fact.details == {"kid": kid}

    def test_can_be_the_beginning(self, seal):
        rotate(seal)

        assert states() == ["active", "next"]


class TestWithdrawal:
    def test_of_the_one_that_signs_lets_the_next_one_sign(self, keys, another, seal):
        kid, _ = keys.get_signing_key()

        retire(kid, seal)

        assert another.get_signing_key()[0] != kid
        assert not another.is_trusted(kid)
        with pytest.raises(Unauthenticated):
            another.get_verification_key(kid)
        assert states() == ["retired", "active", "next"]

    def test_of_the_next_one_makes_another(self, keys, seal):
        [following] = [key.kid for key in service.list_trusted() if key.state == "next"]

        retire(following, seal)

        assert following not in {key.kid for key in service.list_trusted()}
        assert states() == ["active", "retired", "next"]

    def test_of_a_retired_one_ends_its_tokens(self, keys, another, seal):
        kid, _ = keys.get_signing_key()
        rotate(seal, at_once=True)

        retire(kid, seal)

        assert not another.is_trusted(kid)

    def test_is_heard_of_within_seconds(self, keys, seal, monkeypatch):
        in_transaction(keys.get_signing_key)
        kid = keys.get_signing_key()[0]
        assert keys.is_trusted(kid)
        retire(kid, seal)
        now = ring.monotonic()
        monkeypatch.setattr(ring, "monotonic", lambda: now + ring.MAX_AGE_SECONDS)

        assert not keys.is_trusted(kid)

    def test_takes_one_that_there_is(self, seal):
        with pytest.raises(KeyNotFound):
            retire("nothing", seal)


class TestTheSeal:
    def test_opens_what_it_has_closed(self, seal):
        private = pairs.generate_key_pair()[0]

        assert seal.decrypt(seal.encrypt(private, "kid"), "kid").private_numbers() == (
            private.private_numbers()
        )

    def test_is_another_each_time(self, seal):
        private = pairs.generate_key_pair()[0]

        assert seal.encrypt(private, "kid") != seal.encrypt(private, "kid")

    @pytest.mark.parametrize("octet", [0, 20, -1])
    def test_does_not_open_what_was_changed(self, seal, octet):
        sealed = bytearray(seal.encrypt(pairs.generate_key_pair()[0], "kid"))
        sealed[octet] ^= 1

        with pytest.raises(WrongKey):
            seal.decrypt(bytes(sealed), "kid")

    def test_does_not_open_what_belongs_to_another_key(self, seal):
        sealed = seal.encrypt(pairs.generate_key_pair()[0], "kid")

        for opener, kid in ((seal, "another"), (Seal("another"), "kid")):
            with pytest.raises(WrongKey):
                opener.decrypt(sealed, kid)

    def test_of_another_encryption_key_is_told_and_left_behind(self, keys):
        other = KeyRing("another encryption key")

        with pytest.raises(SigningKeyLocked):
            other.get_signing_key()

        rotate(other.seal, at_once=True)
        assert KeyRing("another encryption key").get_signing_key()


class TestWhatIsPublished:
    def test_T_10_tells_nothing_of_the_private_part(self, keys):
        for key in service.list_trusted():
            assert key.public_key.keys() == {"kty", "crv", "x", "y", "kid", "alg", "use"}

    def test_is_named_by_its_thumbprint(self):
        """As RFC 7638, 3.1 makes it, of a key whose thumbprint is known."""
        jwk = pairs.make_jwk(pairs.generate_key_pair()[0])

        assert len(jwk["kid"]) == 43
        assert (jwk["kty"], jwk["crv"], jwk["alg"], jwk["use"]) == ("EC", "P-256", "ES256", "sig")


class TestASharedSecret:
    @pytest.mark.parametrize(("secret", "length"), [("x", 64), ("ä" * 15, 64), ("x" * 32, 32)])
    def test_is_stretched_where_only_tests_may_have_it(self, secret, length):
        assert len(SharedSecret(secret).get_signing_key()[1]) == length

    def test_has_no_name(self):
        with pytest.raises(Unauthenticated):
            SharedSecret("x").get_verification_key("kid")


def test_a_key_that_version_0_1_encrypted_can_still_be_decrypted():
    private, jwk = generate_key_pair()
    before = Seal(SECRET)
    before.cipher = AESGCM(derive_legacy_key(SECRET, b"rollbook keys"))

    decrypted = Seal(SECRET).decrypt(before.encrypt(private, jwk["kid"]), jwk["kid"])

    assert decrypted.private_numbers() == private.private_numbers()
