"""Opening, listing, ending and purging sessions."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Update, and_, or_, select, update

from api.core import clock, secrets
from api.core.database import autocommit, db, delete_rows
from api.core.events import Event, emit
from api.core.principal import Principal
from api.core.request_context import current_request
from api.core.runtime import current_runtime, current_settings
from api.sessions import devices
from api.sessions.errors import SessionNotFound
from api.sessions.issued import IssuedSession, read_issued_session
from api.sessions.models import Reason, Session, is_active

MAX_SESSIONS_PER_USER = 100
PURGE_BATCH_ROWS = 1000


class ListedSession(NamedTuple):
    """A session as its user and administrators see it."""

    id: UUID
    device: str
    address: str | None
    assurance: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    current: bool


LISTED_COLUMNS = [getattr(Session, name) for name in ListedSession._fields if name != "current"]


def open_session(user_id: UUID) -> IssuedSession:
    """Open a session for a user whose password has just been verified."""
    now, configured = clock.now(), current_settings()
    session_id = secrets.new_id()
    token = current_runtime().refresh_tokens.make_first(session_id)
    session = Session(
        id=session_id,
        user_id=user_id,
        device=devices.name_device(current_request().user_agent),
        address=current_request().client_address or None,
        created_at=now,
        authenticated_at=now,
        last_used_at=now,
        idle_until=now + timedelta(seconds=configured.session_idle_seconds),
        expires_at=now + timedelta(seconds=configured.session_seconds),
        newest_digest=token.digest,
    )
    db.session.add(session)
    _evict_sessions(user_id)
    return read_issued_session(token)


def list_sessions(user_id: UUID, *, current_id: UUID | None) -> list[ListedSession]:
    """Return the active sessions of a user, and those that ended because a token was reused.

    The most recently used is the first. ``current_id`` is the id of the session that asks.
    """
    is_reuse = Session.end_reason == Reason.REFRESH_TOKEN_REUSED
    rows = select(*LISTED_COLUMNS).where(Session.user_id == user_id, or_(is_active(), is_reuse))
    newest = rows.order_by(Session.last_used_at.desc()).limit(2 * MAX_SESSIONS_PER_USER)
    with autocommit() as connection:
        found = connection.execute(newest).mappings()
        return [ListedSession(**row, current=row["id"] == current_id) for row in found]


def log_out(scope: str, *, by: Principal) -> None:
    """End the current session (``local``), all others of its user (``others``) or all (``global``).

    Nothing happens if the session of the caller has already ended.
    """
    if by.session_id is None:
        return
    if scope == "local":
        with suppress(SessionNotFound):  # another request ended it after the authentication
            end_session(by.session_id, user_id=by.id, by=by)
    elif scope == "others":
        end_other_sessions(by=by)
    else:
        end_sessions(by.id, by=by)


def end_session(session_id: UUID, *, user_id: UUID, by: Principal) -> None:
    """End a session of a user.

    Raises:
        SessionNotFound: it belongs to another user, or has ended.
    """
    _end_session(session_id, user_id=user_id, reason=_find_reason(user_id, by), by=by)


def end_other_sessions(*, by: Principal) -> None:
    """End all sessions of the caller except the current one."""
    end_sessions(by.id, except_id=by.session_id, by=by)


def end_sessions(user_id: UUID, *, by: Principal, except_id: UUID | None = None) -> None:
    """End all sessions of a user, and record how many; record nothing if there was none."""
    ended = end_all(user_id, reason=_find_reason(user_id, by), except_id=except_id)
    if ended:
        emit(Event.SESSIONS_ENDED, subject=user_id, by=by, sessions_ended=ended)


def end_all(user_id: UUID, *, reason: Reason, except_id: UUID | None = None) -> int:
    """End all sessions of a user, and return how many. The caller emits the event."""
    condition = Session.user_id == user_id
    return _end(
        condition if except_id is None else and_(condition, Session.id != except_id), reason
    )


def revoke(session_id: UUID, *, user_id: UUID, by: Principal) -> None:
    """End the session of a revoked token, if it has not ended."""
    with suppress(SessionNotFound):
        _end_session(session_id, user_id=user_id, reason=Reason.REVOKED, by=by)


def record_authentication(session_id: UUID) -> None:
    """Record that the user of a session has just given the password again."""
    active = update(Session).where(Session.id == session_id, is_active())
    db.session.execute(active.values(authenticated_at=clock.now()))


def purge() -> int:
    """Delete a batch of expired sessions, and return how many."""
    has_expired = Session.expires_at < clock.now()
    return delete_rows(Session.id, has_expired, max_rows=PURGE_BATCH_ROWS)


def _find_reason(user_id: UUID, by: Principal) -> Reason:
    return Reason.LOGGED_OUT if user_id == by.id else Reason.ENDED_BY_ADMINISTRATOR


def _end_session(session_id: UUID, *, user_id: UUID, reason: Reason, by: Principal) -> None:
    if not _end(and_(Session.id == session_id, Session.user_id == user_id), reason):
        raise SessionNotFound
    emit(Event.SESSION_ENDED, subject=user_id, by=by, session=str(session_id), reason=reason)


def _end(condition: ColumnElement[bool], reason: Reason) -> int:
    """End the sessions that match and have not ended; return how many."""
    lasting = update(Session).where(condition, Session.ended_at.is_(None))
    return _count_rows(lasting.values(ended_at=clock.now(), end_reason=reason))


def _count_rows(change: Update) -> int:
    result: Any = db.session.execute(change.execution_options(synchronize_session=False))
    return int(result.rowcount)


def _evict_sessions(user_id: UUID) -> None:
    """End the least recently used sessions of a user beyond the limit."""
    active = select(Session.id).where(Session.user_id == user_id, is_active())
    newest_first = active.order_by(Session.last_used_at.desc(), Session.id.desc())
    surplus = db.session.scalars(newest_first.offset(MAX_SESSIONS_PER_USER)).all()
    if surplus:
        _end(Session.id.in_(surplus), Reason.EVICTED)
