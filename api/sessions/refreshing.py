"""Exchanging refresh tokens (RFC 9700, 4.14.2)."""

from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, not_, select, update

from api.core import clock, secrets
from api.core.database import db, in_transaction
from api.core.errors import DatabaseUnavailable, PasswordChangeRequired
from api.core.events import Event, emit
from api.core.reads import Query
from api.core.runtime import current_runtime, current_settings
from api.sessions.errors import InvalidRefreshToken, RefreshTokenReused
from api.sessions.issued import (
    ISSUED_COLUMNS,
    MUST_CHANGE_PASSWORD,
    IssuedRow,
    IssuedSession,
    make_issued_session,
    read_issued_session,
)
from api.sessions.models import Reason, Session, is_active
from api.sessions.refresh_tokens import RefreshToken, parse_refresh_token
from api.users.models import User

SALT_BYTES = 16

# One statement replaces the token, so that only one of several simultaneous requests succeeds.
rotation = Query(
    update(Session)
    .where(
        Session.id == bindparam("session"),
        Session.newest_digest == bindparam("given"),
        Session.ended_at.is_(None),
        Session.idle_until > bindparam("now"),
        Session.expires_at > bindparam("now"),
        not_(MUST_CHANGE_PASSWORD.scalar_subquery()),
    )
    .values(
        parent_digest=Session.newest_digest,
        parent_salt=bindparam("salt"),
        newest_digest=bindparam("successor"),
        last_used_at=bindparam("now"),
        idle_until=bindparam("idle_until"),
    )
    .returning(*ISSUED_COLUMNS),
    IssuedRow,
)


def refresh(text: str) -> IssuedSession:
    """Exchange a refresh token for its successor.

    The newest token is exchanged by one statement outside a transaction, which costs little more
    than a read. Any other token needs a transaction.

    Raises:
        InvalidRefreshToken: it is not a refresh token of this service, or its session has ended.
        RefreshTokenReused: it has been exchanged before. The session ends.
        PasswordChangeRequired: the password of the user is temporary.
        DatabaseUnavailable: the session has changed meanwhile; the client can try again.
    """
    token = parse_refresh_token(text)
    if token is None:
        raise InvalidRefreshToken
    now = clock.now()
    return _rotate(token, now) or in_transaction(lambda: _reissue(token, now))


def find_by_refresh_token(text: str) -> IssuedSession | None:
    """Return the active session whose newest refresh token this is, without exchanging it."""
    token = parse_refresh_token(text)
    if token is None:
        return None
    newest = and_(Session.id == token.session_id, Session.newest_digest == token.digest)
    row = db.session.execute(select(*ISSUED_COLUMNS).where(newest, is_active())).one_or_none()
    return make_issued_session(IssuedRow(*row), text) if row else None


def _rotate(token: RefreshToken, now: datetime) -> IssuedSession | None:
    """Replace the newest token of a session; return None if this is another token."""
    salt = secrets.key(SALT_BYTES).hex()
    successor = current_runtime().refresh_tokens.make_successor(token, salt)
    row = rotation.first(
        session=token.session_id,
        given=token.digest,
        salt=salt,
        successor=successor.digest,
        now=now,
        idle_until=now + timedelta(seconds=current_settings().session_idle_seconds),
    )
    return make_issued_session(row, successor.text) if row else None


def _reissue(token: RefreshToken, now: datetime) -> IssuedSession:
    """Return the successor of the token before the newest again, or end the session.

    A client sends that token again if the response was lost, or if two of its requests refresh at
    the same time. Later, or with an older token, it is reuse.
    """
    session = _lock_session(token, now)
    successor = _find_successor(token, session, now)
    if successor is None:
        session.ended_at, session.end_reason = now, Reason.REFRESH_TOKEN_REUSED
        emit(Event.REFRESH_TOKEN_REUSED, subject=session.user_id, by=None, session=str(session.id))
        raise RefreshTokenReused
    return read_issued_session(successor)


def _lock_session(token: RefreshToken, now: datetime) -> Session:
    """Return the locked session of a token that is not its newest.

    Raises:
        InvalidRefreshToken: the token is not of this service, or its session has ended.
        RefreshTokenReused: the session has ended because one of its tokens was reused.
        PasswordChangeRequired: the password of the user is temporary.
        DatabaseUnavailable: the token has become the newest since it was tried.
    """
    session = db.session.get(Session, token.session_id, with_for_update=True)
    if session is None or not current_runtime().refresh_tokens.has_valid_mac(token):
        raise InvalidRefreshToken
    if session.end_reason == Reason.REFRESH_TOKEN_REUSED:
        raise RefreshTokenReused  # the owner and the thief both receive it
    if session.ended_at or min(session.idle_until, session.expires_at) <= now:
        raise InvalidRefreshToken
    if db.session.scalar(select(User.must_change_password).where(User.id == session.user_id)):
        raise PasswordChangeRequired
    if token.digest == session.newest_digest:
        raise DatabaseUnavailable
    return session


def _find_successor(token: RefreshToken, session: Session, now: datetime) -> RefreshToken | None:
    """Return the newest token if this one is its parent and the grace period lasts."""
    # A request that waited for the lock began before the last use: that counts as no time at all.
    since = max(now - session.last_used_at, timedelta())
    grace = timedelta(seconds=current_settings().refresh_grace_seconds)
    if token.digest != session.parent_digest or since >= grace:
        return None
    tokens = current_runtime().refresh_tokens
    return tokens.find_successor(token, session.parent_salt or "", session.newest_digest)
