"""Signing keys: creation, rotation, revocation and publication."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api.audit.models import AuditEvent
from api.core import clock
from api.core.database import db, in_transaction
from api.core.errors import Unauthenticated
from api.keys import ring, service
from api.keys.errors import KeyNotFound, KeyTooNew, SigningKeyLocked
from api.keys.models import SigningKey
from api.keys.pairs import PrivateKeyCipher
from api.keys.ring import KeyRing, SharedSecret

pytestmark = pytest.mark.usefixtures("context")

SECRET = "the encryption key of a test, long enough"
AFTER_PUBLICATION = service.PUBLICATION_TIME + timedelta(seconds=1)


@pytest.fixture
def cipher():
    return PrivateKeyCipher(SECRET)


@pytest.fixture
def keys():
    """The keys of a process that has signed a token."""
    keys = KeyRing(SECRET)
    in_transaction(keys.get_signing_key)
    return keys


@pytest.fixture
def other_process():
    """The keys of another process."""
    return KeyRing(SECRET)


@pytest.fixture
def advance_clock(monkeypatch):
    """Return a function that adds a timedelta to the time of the service."""
    now, steps = clock.now, []
    monkeypatch.setattr(clock, "now", lambda: now() + sum(steps, timedelta()))
    return steps.append


def read_states():
    rows = select(SigningKey).order_by(SigningKey.created_at)
    return [key.state for key in db.session.scalars(rows.execution_options(populate_existing=True))]


def list_trusted_ids():
    return {key.kid for key in service.list_trusted()}


def rotate(cipher, *, at_once=False):
    return in_transaction(lambda: service.rotate(cipher, at_once=at_once))


def revoke(kid, cipher):
    in_transaction(lambda: service.revoke(kid, cipher))


class TestFirstKey:
    def test_signing_creates_an_active_and_a_next_key(self, keys):
        assert read_states() == ["active", "next"]

    def test_all_processes_sign_with_the_same_key(self, keys, other_process):
        assert keys.get_signing_key()[0] == other_process.get_signing_key()[0]

    def test_a_second_process_creates_no_keys(self, keys, cipher):
        assert service.create_first_keys(cipher) is None
        assert read_states() == ["active", "next"]

    def test_a_key_that_was_rolled_back_is_not_cached(self, other_process):
        with pytest.raises(LookupError):
            in_transaction(lambda: (other_process.get_signing_key(), {}["missing"]))

        kid, _ = in_transaction(other_process.get_signing_key)
        assert other_process.get_verification_key(kid)


class InterruptedKeyRing(KeyRing):
    """Runs ``interrupt`` once, after it has read the keys and before it caches them."""

    interrupt = staticmethod(lambda: None)

    def _read(self):
        read, self.interrupt, interrupt = super()._read(), lambda: None, self.interrupt
        interrupt()
        return read


class TestRotation:
    def test_T_10_a_slow_thread_does_not_replace_newer_keys(self, keys, cipher):
        kids, interrupted = [], InterruptedKeyRing(SECRET)

        def rotate_twice():
            kids.append(rotate(cipher, at_once=True))
            kids.append(rotate(cipher, at_once=True))
            assert interrupted.get_verification_key(kids[1])

        interrupted.interrupt = rotate_twice
        interrupted.get_signing_key()

        assert interrupted.is_trusted(kids[1])

    def test_T_10_the_next_key_signs_and_the_active_one_only_verifies(
        self, keys, other_process, cipher, advance_clock
    ):
        before, _ = keys.get_signing_key()
        advance_clock(AFTER_PUBLICATION)

        now = rotate(cipher)

        assert other_process.get_signing_key()[0] == now != before
        assert other_process.is_trusted(before)
        assert read_states() == ["retired", "active", "next"]

    def test_T_10_a_key_is_published_before_it_signs(self, keys, cipher, advance_clock):
        published = list_trusted_ids()
        advance_clock(AFTER_PUBLICATION)

        assert rotate(cipher) in published

    def test_a_rotation_waits_until_all_verifiers_know_the_next_key(self, keys, cipher):
        with pytest.raises(KeyTooNew):
            rotate(cipher)

        assert rotate(cipher, at_once=True)

    def test_a_retired_key_has_no_private_key(self, keys, cipher):
        kid, _ = keys.get_signing_key()
        rotate(cipher, at_once=True)

        assert db.session.get(SigningKey, kid, populate_existing=True).private_key is None

    def test_a_retired_key_is_trusted_until_its_last_token_expires(
        self, keys, other_process, cipher, advance_clock
    ):
        kid, _ = keys.get_signing_key()
        rotate(cipher, at_once=True)
        advance_clock(timedelta(seconds=900) + service.CLOCK_MARGIN - timedelta(seconds=1))
        assert kid in list_trusted_ids()

        advance_clock(timedelta(seconds=2))

        assert kid not in list_trusted_ids()
        assert not other_process.is_trusted(kid)

    def test_a_rotation_is_recorded(self, keys, cipher):
        kid = rotate(cipher, at_once=True)

        event = db.session.scalar(select(AuditEvent).filter_by(event="key.rotated"))
        assert event.details == {"kid": kid}

    def test_a_rotation_without_keys_creates_the_first(self, cipher):
        rotate(cipher)

        assert read_states() == ["active", "next"]

    def test_a_rotation_replaces_keys_of_another_encryption_key(self, keys):
        other = KeyRing("another encryption key")
        with pytest.raises(SigningKeyLocked):
            other.get_signing_key()

        rotate(other.cipher, at_once=True)

        assert KeyRing("another encryption key").get_signing_key()


class TestRevocation:
    def test_the_next_key_replaces_a_revoked_active_key(self, keys, other_process, cipher):
        kid, _ = keys.get_signing_key()

        revoke(kid, cipher)

        assert other_process.get_signing_key()[0] != kid
        assert not other_process.is_trusted(kid)
        with pytest.raises(Unauthenticated):
            other_process.get_verification_key(kid)
        assert read_states() == ["retired", "active", "next"]

    def test_a_new_key_replaces_a_revoked_next_key(self, keys, cipher):
        [next_kid] = [key.kid for key in service.list_trusted() if key.state == "next"]

        revoke(next_kid, cipher)

        assert next_kid not in list_trusted_ids()
        assert read_states() == ["active", "retired", "next"]

    def test_a_revoked_retired_key_is_no_longer_trusted(self, keys, other_process, cipher):
        kid, _ = keys.get_signing_key()
        rotate(cipher, at_once=True)

        revoke(kid, cipher)

        assert not other_process.is_trusted(kid)

    def test_other_processes_reject_a_revoked_key_within_seconds(self, keys, cipher, monkeypatch):
        in_transaction(keys.get_signing_key)
        kid = keys.get_signing_key()[0]
        assert keys.is_trusted(kid)
        revoke(kid, cipher)
        now = ring.monotonic()
        monkeypatch.setattr(ring, "monotonic", lambda: now + ring.RELOAD_INTERVAL_SECONDS)

        assert not keys.is_trusted(kid)

    def test_an_unknown_key_cannot_be_revoked(self, cipher):
        with pytest.raises(KeyNotFound):
            revoke("unknown", cipher)


def test_T_10_published_keys_contain_no_private_part(keys):
    for key in service.list_trusted():
        assert key.public_key._fields == ("kid", "kty", "crv", "x", "y", "alg", "use")


@pytest.mark.parametrize(("secret", "length"), [("x", 64), ("ä" * 15, 64), ("x" * 32, 32)])
def test_a_short_shared_secret_is_hashed(secret, length):
    assert len(SharedSecret(secret).get_signing_key()[1]) == length


def test_a_shared_secret_verifies_no_token_with_a_key_id():
    with pytest.raises(Unauthenticated):
        SharedSecret("x").get_verification_key("kid")
