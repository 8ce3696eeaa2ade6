"""What can be done with signing keys: begin, rotate, retire, publish."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from api.config import settings
from api.core import clock
from api.core.database import autocommit, db, in_transaction
from api.core.events import Event, emit
from api.core.principal import OPERATOR
from api.keys import pairs
from api.keys.errors import KeyNotFound, KeyTooNew, SigningKeyLocked
from api.keys.models import SigningKey, State
from api.keys.pairs import PrivateKey, Seal, WrongKey

CACHED_SECONDS = 300  # for which verifiers may keep the published keys
PUBLISHED = timedelta(seconds=2 * CACHED_SECONDS)  # after which every verifier knows a key
MARGIN = timedelta(seconds=60)  # for clocks that differ, and processes yet to hear of a rotation

log = structlog.get_logger()


class Key(NamedTuple):
    """A key as it is read; the private part is sealed."""

    kid: str
    state: str
    public_key: dict[str, Any]
    private_key: bytes | None
    created_at: datetime
    activated_at: datetime | None
    retired_at: datetime | None
    expires_at: datetime | None


COLUMNS = [getattr(SigningKey, name) for name in Key._fields]


def trusted() -> list[Key]:
    """Return the keys that tokens may be signed with: next, active, and those retired of late."""
    good = or_(SigningKey.expires_at.is_(None), SigningKey.expires_at > clock.now())
    with autocommit() as connection:
        rows = connection.execute(select(*COLUMNS).where(good).order_by(SigningKey.created_at))
        return [Key(*row) for row in rows]


def opened(key: Key, seal: Seal) -> PrivateKey:
    """Return the private part.

    Raises:
        SigningKeyLocked: it was sealed under another ENCRYPTION_KEY.
    """
    try:
        return seal.open(key.private_key or b"", key.kid)
    except WrongKey as error:
        log.warning("keys.locked", kid=key.kid)
        raise SigningKeyLocked from error


def begin(seal: Seal) -> tuple[str, PrivateKey] | None:
    """Make the first key and its successor, and return the first, or None if others were faster.

    They stand with the transaction in hand, where there is one.
    """
    if not db.session().in_transaction():
        return in_transaction(lambda: _begin(seal))
    return _begin(seal)


def _begin(seal: Seal) -> tuple[str, PrivateKey] | None:
    try:
        with db.session.begin_nested():
            first = _add(State.ACTIVE, seal)
            _add(State.NEXT, seal)
    except IntegrityError:
        return None
    return first


def rotate(seal: Seal, *, at_once: bool = False) -> str:
    """Let the next key sign, retire the active one, make another; return the kid that signs now.

    Raises:
        KeyTooNew: verifiers may not know the next key yet, unless it has to be ``at_once``.
    """
    in_use = _in_use()
    succeeding = in_use.get(State.NEXT)
    if succeeding and not at_once and clock.now() - succeeding.created_at < PUBLISHED:
        raise KeyTooNew
    if active := in_use.get(State.ACTIVE):
        _retire(active, clock.now() + timedelta(seconds=settings().access_token_seconds) + MARGIN)
    kid = _promote(succeeding, seal)
    _add(State.NEXT, seal)
    db.session.flush()
    emit(Event.KEY_ROTATED, subject=None, by=OPERATOR, kid=kid)
    return kid


def retire(kid: str, seal: Seal) -> None:
    """Withdraw a key that somebody may have got hold of: what it has signed counts no more.

    Raises:
        KeyNotFound
    """
    key = _in_use_or_retired(kid)
    if key.state == State.ACTIVE:
        rotate(seal, at_once=True)
    elif key.state == State.NEXT:
        _retire(key, clock.now())
        _add(State.NEXT, seal)
    key.expires_at = clock.now()
    emit(Event.KEY_RETIRED, subject=None, by=OPERATOR, kid=kid)


def every() -> Sequence[SigningKey]:
    """Return all keys there have been, the oldest first."""
    return db.session.scalars(select(SigningKey).order_by(SigningKey.created_at)).all()


def _in_use() -> dict[str, SigningKey]:
    rows = select(SigningKey).where(SigningKey.state != State.RETIRED).with_for_update()
    return {key.state: key for key in db.session.scalars(rows)}


def _in_use_or_retired(kid: str) -> SigningKey:
    key = db.session.get(SigningKey, kid)
    if key is None:
        raise KeyNotFound
    return key


def _promote(key: SigningKey | None, seal: Seal) -> str:
    """Let a key sign, or a new one where it lies under another seal."""
    if key is None or not _opens(key, seal):
        if key is not None:
            _retire(key, clock.now())
        return _add(State.ACTIVE, seal)[0]
    key.state, key.activated_at = State.ACTIVE, clock.now()
    db.session.flush()  # there can be only one that is next
    return key.kid


def _opens(key: SigningKey, seal: Seal) -> bool:
    try:
        seal.open(key.private_key or b"", key.kid)
    except WrongKey:
        return False
    return True


def _retire(key: SigningKey, expires_at: datetime) -> None:
    """Sign no more with it; who has read the database from now on cannot either."""
    key.state, key.private_key = State.RETIRED, None
    key.retired_at, key.expires_at = clock.now(), expires_at
    db.session.flush()  # there can be only one of each that is in use


def _add(state: State, seal: Seal) -> tuple[str, PrivateKey]:
    private = pairs.generate()
    public = pairs.published(private)
    kid = str(public["kid"])
    activated_at = clock.now() if state == State.ACTIVE else None
    key = SigningKey(kid=kid, state=state, public_key=public, activated_at=activated_at)
    key.private_key = seal.close(private, kid)
    db.session.add(key)
    return kid, private
