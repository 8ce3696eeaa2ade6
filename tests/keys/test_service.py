"""Signing keys: creation, rotation, revocation and publication."""

from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import select

from api.audit.models import AuditEvent
from api.core import clock
from api.core.database import db, in_transaction
from api.core.errors import SigningKeyLocked, Unauthenticated
from api.keys import ring, service
from api.keys.errors import KeyNotFound, KeyTooNew
from api.keys.models import SigningKey
from api.keys.pairs import ALGORITHMS, PrivateKeyCipher
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
    in_transaction(keys.get_signer)
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


def read_algorithms():
    """Return the algorithm of each key in use, by its state."""
    keys = service.list_trusted()
    return {key.state: key.public_key.alg for key in keys if key.state != "retired"}


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
        assert keys.get_signer().kid == other_process.get_signer().kid

    def test_a_second_process_creates_no_keys(self, keys, cipher):
        assert service.create_first_keys(cipher) is None
        assert read_states() == ["active", "next"]

    def test_a_key_that_was_rolled_back_is_not_cached(self, other_process):
        with pytest.raises(LookupError):
            in_transaction(lambda: (other_process.get_signer(), {}["missing"]))

        kid = in_transaction(other_process.get_signer).kid
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
        interrupted.get_signer()

        assert interrupted.is_trusted(kids[1])

    def test_T_10_the_next_key_signs_and_the_active_one_only_verifies(
        self, keys, other_process, cipher, advance_clock
    ):
        before = keys.get_signer().kid
        advance_clock(AFTER_PUBLICATION)

        now = rotate(cipher)

        assert other_process.get_signer().kid == now != before
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
        kid = keys.get_signer().kid
        rotate(cipher, at_once=True)

        assert db.session.get(SigningKey, kid, populate_existing=True).private_key is None

    def test_a_retired_key_is_trusted_until_its_last_token_expires(
        self, keys, other_process, cipher, advance_clock
    ):
        kid = keys.get_signer().kid
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
            other.get_signer()

        rotate(other.cipher, at_once=True)

        assert KeyRing("another encryption key").get_signer()


class TestSigningAlgorithm:
    @pytest.fixture
    def set_algorithm(self, build):
        """Return a function that enters an application with another SIGNING_ALGORITHM."""
        with ExitStack() as contexts:
            yield lambda name: contexts.enter_context(build(SIGNING_ALGORITHM=name).app_context())

    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_B_33_the_first_keys_have_the_configured_algorithm(self, set_algorithm, algorithm):
        set_algorithm(algorithm)

        assert in_transaction(KeyRing(SECRET).get_signer).algorithm == algorithm
        assert {key.public_key.alg for key in service.list_trusted()} == {algorithm}

    def test_B_33_a_changed_setting_replaces_the_next_key(
        self, keys, cipher, set_algorithm, advance_clock
    ):
        before = keys.get_signer()
        advance_clock(AFTER_PUBLICATION)
        set_algorithm("RS256")

        in_transaction(lambda: service.publish_next_key(cipher))

        assert read_algorithms() == {"active": "ES256", "next": "RS256"}
        assert KeyRing(SECRET).get_signer().kid == before.kid

    def test_two_settings_do_not_replace_a_key_that_was_published_recently(
        self, keys, cipher, set_algorithm
    ):
        before = list_trusted_ids()
        for algorithm in ("RS256", "ES256", "EdDSA"):
            set_algorithm(algorithm)
            in_transaction(lambda: service.publish_next_key(cipher))

        assert list_trusted_ids() == before

    def test_a_rotation_activates_a_published_key_of_another_algorithm(
        self, keys, cipher, set_algorithm, advance_clock
    ):
        advance_clock(AFTER_PUBLICATION)
        set_algorithm("RS256")

        rotate(cipher)

        assert read_algorithms() == {"active": "ES256", "next": "RS256"}

    def test_B_33_an_unchanged_setting_keeps_the_next_key(self, keys, cipher):
        before = list_trusted_ids()

        in_transaction(lambda: service.publish_next_key(cipher))

        assert list_trusted_ids() == before

    def test_B_33_without_keys_none_is_published(self, cipher):
        in_transaction(lambda: service.publish_next_key(cipher))

        assert read_states() == []

    def test_B_33_a_replaced_next_key_is_published_before_it_signs(
        self, keys, cipher, set_algorithm, advance_clock
    ):
        set_algorithm("RS256")
        in_transaction(lambda: service.publish_next_key(cipher, at_once=True))

        with pytest.raises(KeyTooNew):
            rotate(cipher)

        advance_clock(AFTER_PUBLICATION)
        rotate(cipher)
        assert read_algorithms() == {"active": "RS256", "next": "RS256"}

    def test_B_33_a_key_of_the_former_algorithm_verifies_until_it_expires(
        self, keys, cipher, set_algorithm
    ):
        former = keys.get_signer()
        set_algorithm("EdDSA")
        in_transaction(lambda: service.publish_next_key(cipher, at_once=True))
        rotate(cipher, at_once=True)
        other_process = KeyRing(SECRET)

        assert other_process.get_signer().algorithm == "EdDSA"
        assert other_process.get_verification_key(former.kid).algorithm_name == "ES256"

    def test_B_33_a_replaced_next_key_is_recorded(self, keys, cipher, set_algorithm, advance_clock):
        advance_clock(AFTER_PUBLICATION)
        [next_kid] = [key.kid for key in service.list_trusted() if key.state == "next"]
        set_algorithm("RS256")

        in_transaction(lambda: service.publish_next_key(cipher))

        event = db.session.scalar(select(AuditEvent).filter_by(event="key.retired"))
        assert event.details == {"kid": next_kid}


class TestRevocation:
    def test_the_next_key_replaces_a_revoked_active_key(self, keys, other_process, cipher):
        kid = keys.get_signer().kid

        revoke(kid, cipher)

        assert other_process.get_signer().kid != kid
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
        kid = keys.get_signer().kid
        rotate(cipher, at_once=True)

        revoke(kid, cipher)

        assert not other_process.is_trusted(kid)

    def test_other_processes_reject_a_revoked_key_within_seconds(self, keys, cipher, monkeypatch):
        in_transaction(keys.get_signer)
        kid = keys.get_signer().kid
        assert keys.is_trusted(kid)
        revoke(kid, cipher)
        now = ring.monotonic()
        monkeypatch.setattr(ring, "monotonic", lambda: now + ring.RELOAD_INTERVAL_SECONDS)

        assert not keys.is_trusted(kid)

    def test_an_unknown_key_cannot_be_revoked(self, cipher):
        with pytest.raises(KeyNotFound):
            revoke("unknown", cipher)


@pytest.mark.parametrize(("secret", "length"), [("x", 64), ("ä" * 15, 64), ("x" * 32, 32)])
def test_a_short_shared_secret_is_hashed(secret, length):
    assert len(SharedSecret(secret).get_signer().key) == length


def test_a_shared_secret_verifies_no_token_with_a_key_id():
    with pytest.raises(Unauthenticated):
        SharedSecret("x").get_verification_key("kid")
