"""What can be done with sessions: open, refresh, list, end."""

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count as numbers
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Delete,
    Update,
    and_,
    bindparam,
    delete,
    literal_column,
    or_,
    select,
    update,
)

from api.config import settings
from api.core import clock, secrets
from api.core.database import autocommit, db, in_transaction
from api.core.errors import DatabaseUnavailable
from api.core.events import Event, emit
from api.core.principal import Principal
from api.core.reads import Query
from api.core.request_context import current_request
from api.core.runtime import current_runtime
from api.roles.assignments import parse_assignments
from api.roles.models import select_role_assignments
from api.sessions import devices
from api.sessions.errors import InvalidRefreshToken, RefreshTokenReused, SessionNotFound
from api.sessions.models import Reason, Session
from api.sessions.refresh_tokens import RefreshToken, parse_refresh_token

MOST = 100  # sessions of one account; a further one ends the one that was used least recently
PURGED_EVERY = 100  # sessions that are opened
PURGED_AT_ONCE = 1000  # rows: more than come in meanwhile, so the table is bounded

_opened = numbers(1)


class Grant(NamedTuple):
    """What whoever opens or refreshes a session is given; the token is nowhere else."""

    session_id: UUID
    user_id: UUID
    expires_at: datetime
    idle_until: datetime
    roles: tuple[str, ...]
    refresh_token: str = ""


class Shown(NamedTuple):
    """A session as its owner sees it."""

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


SHOWN = [getattr(Session, name) for name in Shown._fields if name != "current"]

GRANTED = (
    Session.id,
    Session.user_id,
    Session.expires_at,
    Session.idle_until,
    # By its full name: in RETURNING, SQLAlchemy's SQLite takes the table's name off a column, and
    # what is left would be a column of the subquery's own table, so that everybody held it all.
    select_role_assignments(literal_column("sessions.user_id")),
)


def _grant(
    session_id: UUID, user_id: UUID, expires_at: datetime, idle_until: datetime, held: str
) -> Grant:
    return Grant(session_id, user_id, expires_at, idle_until, parse_assignments(held).roles)


# Rotation is one statement, so that of any number of requests exactly one makes the successor.
ROTATE = Query(
    update(Session)
    .where(
        Session.id == bindparam("session"),
        Session.newest_digest == bindparam("given"),
        Session.ended_at.is_(None),
        Session.idle_until > bindparam("now"),
        Session.expires_at > bindparam("now"),
    )
    .values(
        parent_digest=Session.newest_digest,
        parent_salt=bindparam("salt"),
        newest_digest=bindparam("successor"),
        last_used_at=bindparam("now"),
        idle_until=bindparam("until"),
    )
    .returning(*GRANTED),
    _grant,
)


def open_for(user_id: UUID) -> Grant:
    """Open a session for an account that has just proven who it is."""
    now, given = clock.now(), settings()
    session_id = secrets.new_id()
    token = current_runtime().refresh_tokens.make_first(session_id)
    session = Session(
        id=session_id,
        user_id=user_id,
        device=devices.name(current_request().user_agent),
        address=current_request().client_address or None,
        created_at=now,
        authenticated_at=now,
        last_used_at=now,
        idle_until=now + timedelta(seconds=given.session_idle_seconds),
        expires_at=now + timedelta(seconds=given.session_seconds),
        newest_digest=token.digest,
    )
    db.session.add(session)
    _crowd_out(user_id)
    if next(_opened) % PURGED_EVERY == 0:
        purge()
    return _granted(session_id, token)


def refresh(text: str) -> Grant:
    """Exchange a refresh token for its successor (RFC 9700, 4.14.2).

    It is one statement that stands by itself, so that it costs little more than a read; only what
    does not go as usual takes a transaction.

    Raises:
        InvalidRefreshToken: it is none, or its session has ended.
        RefreshTokenReused: it has been exchanged before; the session has ended over it.
    """
    token = parse_refresh_token(text)
    if token is None:
        raise InvalidRefreshToken
    now, given = clock.now(), settings()
    salt = secrets.key(16).hex()
    following = current_runtime().refresh_tokens.make_successor(token, salt)
    until = now + timedelta(seconds=given.session_idle_seconds)
    moments = {"now": now, "until": until}
    digests = {"given": token.digest, "successor": following.digest, "salt": salt}
    granted = ROTATE.first(session=token.session_id, **digests, **moments)
    if granted is None:
        return in_transaction(lambda: _again(token, now))
    return granted._replace(refresh_token=following.text)


def _again(token: RefreshToken, now: datetime) -> Grant:
    """Answer a token that is not the newest: that of an answer that got lost, or a thief's."""
    session = db.session.get(Session, token.session_id, with_for_update=True)
    if session is None or not current_runtime().refresh_tokens.is_ours(token):
        raise InvalidRefreshToken
    if session.end_reason == Reason.REFRESH_TOKEN_REUSED:
        raise RefreshTokenReused  # so that both learn of it, whoever was second
    if session.ended_at or min(session.idle_until, session.expires_at) <= now:
        raise InvalidRefreshToken
    if token.digest == session.newest_digest:  # somebody else held the row
        raise DatabaseUnavailable
    # Who waited for the row came before it was last used: that is within no time at all, too.
    since = max(now - session.last_used_at, timedelta())
    grace = timedelta(seconds=settings().refresh_grace_seconds)
    if token.digest == session.parent_digest and since < grace:
        tokens = current_runtime().refresh_tokens
        same = tokens.find_successor(token, session.parent_salt or "", session.newest_digest)
        if same is not None:
            return _granted(session.id, same)
    session.ended_at, session.end_reason = now, Reason.REFRESH_TOKEN_REUSED
    emit(Event.REFRESH_TOKEN_REUSED, subject=session.user_id, by=None, session=str(session.id))
    raise RefreshTokenReused


def _granted(session_id: UUID, token: RefreshToken) -> Grant:
    row = db.session.execute(select(*GRANTED).where(Session.id == session_id)).one()
    return _grant(*row)._replace(refresh_token=token.text)


def list_own(by: Principal) -> list[Shown]:
    return list_of_user(by.id, current=by.session_id)


def list_of_user(user_id: UUID, *, current: UUID | None = None) -> list[Shown]:
    """Return the sessions that last, and those that ended because a token was stolen."""
    stolen = Session.end_reason == Reason.REFRESH_TOKEN_REUSED
    rows = select(*SHOWN).where(Session.user_id == user_id, or_(_is_active(), stolen))
    with autocommit() as connection:
        found = connection.execute(rows.order_by(Session.last_used_at.desc()).limit(2 * MOST))
        return [Shown(**row, current=row["id"] == current) for row in found.mappings()]


def end_own(session_id: UUID, *, by: Principal) -> None:
    """End one of one's own sessions.

    Raises:
        SessionNotFound: it is somebody else's, or has ended.
    """
    end(session_id, of_user=by.id, reason=Reason.LOGGED_OUT, by=by)


def end_others(*, by: Principal) -> None:
    """End all of one's own sessions but the one in hand."""
    ended = end_all(by.id, but=by.session_id, reason=Reason.LOGGED_OUT)
    emit(Event.SESSIONS_ENDED, subject=by.id, by=by, sessions_ended=ended)


def log_out(scope: str, *, by: Principal) -> None:
    """End the session in hand (``local``), all of its owner's others, or all (``global``).

    Who has no session any more has logged out already.
    """
    if by.session_id is None:
        return
    if scope == "local":
        with suppress(SessionNotFound):  # it was ended between the recognition and this
            end_own(by.session_id, by=by)
    elif scope == "others":
        end_others(by=by)
    else:
        ended = end_all(by.id, reason=Reason.LOGGED_OUT)
        emit(Event.SESSIONS_ENDED, subject=by.id, by=by, sessions_ended=ended)


def end(session_id: UUID, *, of_user: UUID, reason: Reason, by: Principal) -> None:
    """End a session of somebody.

    Raises:
        SessionNotFound: it is somebody else's, or has ended.
    """
    if not _end(and_(Session.id == session_id, Session.user_id == of_user), reason):
        raise SessionNotFound
    emit(Event.SESSION_ENDED, subject=of_user, by=by, session=str(session_id), reason=reason)


def end_all(user_id: UUID, *, reason: Reason, but: UUID | None = None) -> int:
    """End all sessions of an account, ``but`` one, and return how many; the caller records why."""
    theirs = Session.user_id == user_id
    return _end(theirs if but is None else and_(theirs, Session.id != but), reason)


def of_refresh_token(text: str) -> Grant | None:
    """Return the session that a refresh token would be exchanged for, without exchanging it."""
    token = parse_refresh_token(text)
    if token is None:
        return None
    newest = and_(Session.id == token.session_id, Session.newest_digest == token.digest)
    row = db.session.execute(select(*GRANTED).where(newest, _is_active())).one_or_none()
    return _grant(*row) if row else None


def revoke(session_id: UUID, *, of_user: UUID, by: Principal) -> None:
    """End a session, if it has not ended."""
    with suppress(SessionNotFound):
        end(session_id, of_user=of_user, reason=Reason.REVOKED, by=by)


def prove_again(session_id: UUID) -> None:
    """Note that the owner of a session has just given the password again."""
    again = update(Session).where(Session.id == session_id, _is_active())
    db.session.execute(again.values(authenticated_at=clock.now()))


def purge() -> int:
    """Delete sessions that expired, a bounded number of them, and return how many."""
    old = select(Session.id).where(Session.expires_at < clock.now()).limit(PURGED_AT_ONCE)
    return _rows(delete(Session).where(Session.id.in_(old)))


def _end(which: ColumnElement[bool], reason: Reason) -> int:
    ending = (
        update(Session)
        .where(which, Session.ended_at.is_(None))
        .values(ended_at=clock.now(), end_reason=reason)
    )
    return _rows(ending)


def _rows(change: Update | Delete) -> int:
    result: Any = db.session.execute(change.execution_options(synchronize_session=False))
    return int(result.rowcount)


def _is_active() -> ColumnElement[bool]:
    now = clock.now()
    return and_(Session.ended_at.is_(None), Session.idle_until > now, Session.expires_at > now)


def _crowd_out(user_id: UUID) -> None:
    """End the sessions that are too many; nearly always there are none, which costs a look."""
    lasting = select(Session.id).where(Session.user_id == user_id, _is_active())
    surplus = lasting.order_by(Session.last_used_at.desc(), Session.id.desc()).offset(MOST)
    if crowded_out := db.session.scalars(surplus).all():
        _end(Session.id.in_(crowded_out), Reason.CROWDED_OUT)
