"""Creates, rotates, revokes and publishes signing keys.

A retired key verifies and no longer signs. A revoked key is no longer trusted.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from api.core import clock
from api.core.database import autocommit, db, in_transaction
from api.core.errors import SigningKeyLocked
from api.core.events import Event, emit
from api.core.outages import log_outage
from api.core.principal import OPERATOR
from api.core.runtime import current_settings
from api.keys import pairs
from api.keys.errors import KeyNotFound, KeyTooNew
from api.keys.models import SigningKey, State
from api.keys.pairs import JsonWebKey, PrivateKeyCipher, Signer, WrongEncryptionKey

VERIFIER_CACHE_SECONDS = 300  # for which verifiers may cache the published keys
PUBLICATION_TIME = timedelta(seconds=2 * VERIFIER_CACHE_SECONDS)  # until all know it
CLOCK_MARGIN = timedelta(seconds=60)  # for clocks that differ, and keys that a process caches

LOCKED = (
    "the signing key is encrypted with another ENCRYPTION_KEY: set the former one, or if it is "
    "lost run `rollbook keys rotate --now`"
)


class Key(NamedTuple):
    """A signing key; the private key is encrypted."""

    kid: str
    state: str
    public_key: JsonWebKey
    private_key: bytes | None
    created_at: datetime
    activated_at: datetime | None
    retired_at: datetime | None
    expires_at: datetime | None


COLUMNS = [getattr(SigningKey, name) for name in Key._fields]


def list_trusted() -> list[Key]:
    """Return the keys that may have signed valid tokens: next, active, recently retired."""
    valid = or_(SigningKey.expires_at.is_(None), SigningKey.expires_at > clock.now())
    with autocommit() as connection:
        rows = connection.execute(select(*COLUMNS).where(valid).order_by(SigningKey.created_at))
        return [Key(*row)._replace(public_key=JsonWebKey(**row.public_key)) for row in rows]


def decrypt_private_key(key: Key, cipher: PrivateKeyCipher) -> Signer:
    """Return the private key, with its id and algorithm.

    Raises:
        SigningKeyLocked: it is encrypted with another ENCRYPTION_KEY.
    """
    try:
        private = cipher.decrypt(key.private_key or b"", key.kid)
    except WrongEncryptionKey as error:
        log_outage("keys.locked", reason=LOCKED, level=logging.ERROR, kid=key.kid)
        raise SigningKeyLocked from error
    return Signer(key.kid, private, key.public_key.alg)


def create_first_keys(cipher: PrivateKeyCipher) -> Signer | None:
    """Create the first key and its successor, in the current transaction if there is one.

    Returns:
        The first key, or None if another process has created one.
    """
    if not db.session().in_transaction():
        return in_transaction(lambda: _create_first_keys(cipher))
    return _create_first_keys(cipher)


def _create_first_keys(cipher: PrivateKeyCipher) -> Signer | None:
    try:
        with db.session.begin_nested():
            _, first = _add_key(State.ACTIVE, cipher)
            _add_key(State.NEXT, cipher)
    except IntegrityError:
        return None
    return first


def publish_next_key(cipher: PrivateKeyCipher, *, at_once: bool = False) -> None:
    """Replace the next key if its algorithm is not SIGNING_ALGORITHM; it has signed no token.

    A key that was published recently stays unless ``at_once`` is set. Otherwise two instances with
    different settings would replace each other's key at each start, and none could ever sign.
    """
    successor = _lock_keys_in_use().get(State.NEXT)
    if successor is None or successor.algorithm == current_settings().signing_algorithm:
        return
    if at_once or not _measure_wait(successor):
        _retire_key(successor, clock.now())
        _add_key(State.NEXT, cipher)
        emit(Event.KEY_RETIRED, subject=None, by=OPERATOR, kid=successor.kid)


def rotate(cipher: PrivateKeyCipher, *, at_once: bool = False) -> str:
    """Activate the next key, retire the active one and create a new next key.

    The next key may have another algorithm than SIGNING_ALGORITHM; verifiers know it already.

    Returns:
        The id of the key that signs now.

    Raises:
        KeyTooNew: verifiers may not know the next key yet, and ``at_once`` is not set.
    """
    in_use = _lock_keys_in_use()
    successor = in_use.get(State.NEXT)
    if successor and not at_once and (wait := _measure_wait(successor)):
        raise KeyTooNew(wait)
    if active := in_use.get(State.ACTIVE):
        lifetime = timedelta(seconds=current_settings().access_token_seconds)
        _retire_key(active, clock.now() + lifetime + CLOCK_MARGIN)
    kid = _activate_key(successor, cipher)
    _add_key(State.NEXT, cipher)
    db.session.flush()
    emit(Event.KEY_ROTATED, subject=None, by=OPERATOR, kid=kid)
    return kid


def _measure_wait(key: SigningKey) -> timedelta:
    """Return how long it takes until all verifiers know a key."""
    return max(timedelta(), key.created_at + PUBLICATION_TIME - clock.now())


def revoke(kid: str, cipher: PrivateKeyCipher) -> None:
    """Revoke a key that may be compromised: tokens that it signed are no longer valid.

    Raises:
        KeyNotFound: no key has this id.
    """
    key = _get_key(kid)
    if key.state == State.ACTIVE:
        rotate(cipher, at_once=True)
    elif key.state == State.NEXT:
        _retire_key(key, clock.now())
        _add_key(State.NEXT, cipher)
    key.expires_at = clock.now()
    emit(Event.KEY_RETIRED, subject=None, by=OPERATOR, kid=kid)


def find_activation() -> datetime | None:
    """Return when the active key became active, or None if there is none yet."""
    active = select(SigningKey.activated_at).where(SigningKey.state == State.ACTIVE)
    with autocommit() as connection:
        return connection.scalar(active)


def list_keys() -> Sequence[SigningKey]:
    """Return all keys, the oldest first, including those that are no longer trusted."""
    return db.session.scalars(select(SigningKey).order_by(SigningKey.created_at)).all()


def _lock_keys_in_use() -> dict[str, SigningKey]:
    rows = select(SigningKey).where(SigningKey.state != State.RETIRED).with_for_update()
    return {key.state: key for key in db.session.scalars(rows)}


def _get_key(kid: str) -> SigningKey:
    key = db.session.get(SigningKey, kid)
    if key is None:
        raise KeyNotFound
    return key


def _activate_key(key: SigningKey | None, cipher: PrivateKeyCipher) -> str:
    """Activate a key, or a new one if this one is encrypted with another ENCRYPTION_KEY."""
    if key is None or not _can_decrypt(key, cipher):
        if key is not None:
            _retire_key(key, clock.now())
        return _add_key(State.ACTIVE, cipher)[0].kid
    key.state, key.activated_at = State.ACTIVE, clock.now()
    db.session.flush()  # the unique index allows one next key
    return key.kid


def _can_decrypt(key: SigningKey, cipher: PrivateKeyCipher) -> bool:
    try:
        cipher.decrypt(key.private_key or b"", key.kid)
    except WrongEncryptionKey:
        return False
    return True


def _retire_key(key: SigningKey, expires_at: datetime) -> None:
    """Stop signing with a key, and delete its private key."""
    key.state, key.private_key = State.RETIRED, None
    key.retired_at, key.expires_at = clock.now(), expires_at
    db.session.flush()  # the unique index allows one active and one next key


def _add_key(state: State, cipher: PrivateKeyCipher) -> tuple[SigningKey, Signer]:
    private, jwk = pairs.generate_key_pair(current_settings().signing_algorithm)
    key = SigningKey(kid=jwk.kid, state=state, public_key=jwk.to_members())
    key.activated_at = clock.now() if state == State.ACTIVE else None
    key.private_key = cipher.encrypt(private, jwk.kid)
    db.session.add(key)
    return key, Signer(jwk.kid, private, jwk.alg)
