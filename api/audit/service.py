"""One fact, one line: what is recorded is kept, logged and counted.

The row is written in the transaction of the deed, so that neither stands without the other. The
log line and the count follow when that transaction is committed: what was undone, or done again
after a deadlock, is not told, or told once.
"""

from enum import StrEnum
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import event as hooks
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from api.audit.models import AuditEvent
from api.core import clock
from api.core.database import db, in_transaction
from api.core.principal import OPERATOR, Principal
from api.core.request_context import origin

UNTOLD = "rollbook.untold"
LONGEST_ADDRESS = 45  # an IPv6 address that ends in an IPv4 one

log = structlog.get_logger()


class Event(StrEnum):
    """What can happen, named ``thing.what_became_of_it``; alphabetical."""

    ACCESS_DENIED = "access.denied"
    KEY_RETIRED = "key.retired"
    KEY_ROTATED = "key.rotated"
    LOGIN_FAILED = "login.failed"
    LOGIN_SUCCEEDED = "login.succeeded"
    PASSWORD_CHANGE_FAILED = "password.change_failed"  # noqa: S105  an event, not a password
    PASSWORD_CHANGED = "password.changed"  # noqa: S105  likewise
    REAUTHENTICATION_FAILED = "reauthentication.failed"
    REAUTHENTICATION_SUCCEEDED = "reauthentication.succeeded"
    REFRESH_TOKEN_REUSED = "refresh_token.reused"  # noqa: S105  likewise
    ROLE_CREATED = "role.created"
    ROLE_DELETED = "role.deleted"
    ROLE_GRANTED = "role.granted"
    ROLE_UPDATED = "role.updated"
    ROLE_WITHDRAWN = "role.withdrawn"
    SESSION_ENDED = "session.ended"
    SESSIONS_ENDED = "sessions.ended"
    USER_CREATED = "user.created"
    USER_DELETED = "user.deleted"
    USER_PURGED = "user.purged"
    USER_REACTIVATED = "user.reactivated"
    USER_RESTORED = "user.restored"
    USER_SUSPENDED = "user.suspended"
    USER_UPDATED = "user.updated"
    USERS_EXPORTED = "users.exported"
    USERS_IMPORTED = "users.imported"


# What a person wrote, perhaps about a person: it is kept, and not logged.
TYPED = {Event.USER_REACTIVATED: "reason", Event.USER_SUSPENDED: "reason"}

counter = Counter("rollbook_audit_events", "Facts recorded in the audit trail.", ("event",))
counts = {event: counter.labels(event) for event in Event}


def record(event: Event, *, subject: UUID | None, by: UUID | None, **details: object) -> None:
    """Record a fact in the current transaction, with where the request in hand comes from.

    ``details`` say which fields or why, in words of ours; never what somebody typed, save for the
    ``reason`` that an administrator gives.
    """
    where = origin()
    fact = AuditEvent(
        at=clock.now(),
        event=event,
        actor_id=None if by == OPERATOR.id else by,
        subject_id=subject,
        request_id=where.request_id or None,
        address=_address(where.client_address),
        details=details,
    )
    db.session.add(fact)
    db.session.info.setdefault(UNTOLD, []).append(fact)


def _address(client_address: str) -> str | None:
    """Return the address without its zone, which means nothing elsewhere and may be any text."""
    return client_address.partition("%")[0][:LONGEST_ADDRESS] or None


def record_denial(
    *, by: Principal | None, permission: str | None, method: str, route: str | None
) -> None:
    """Record what somebody tried and may not do, in a transaction of its own.

    What they asked for has been undone, or was a read and had no transaction.

    Raises:
        DatabaseUnavailable: it cannot be recorded.
    """
    tried = {"permission": permission, "method": method, "route": route}
    in_transaction(
        lambda: record(Event.ACCESS_DENIED, subject=None, by=by.id if by else None, **tried)
    )


@hooks.listens_for(db.session, "after_commit")
def _tell(session: Session) -> None:
    if session.in_nested_transaction():  # a savepoint: not yet certain
        return
    for fact in session.info.pop(UNTOLD, ()):
        if inspect(fact).persistent:  # those of a savepoint that was undone are not
            _tell_of(fact)


def _tell_of(fact: AuditEvent) -> None:
    event = Event(fact.event)
    typed = TYPED.get(event)
    counts[event].inc()
    log.info(
        str(fact.event),
        subject_id=fact.subject_id,
        actor_id=fact.actor_id,
        request_id=fact.request_id,
        details={name: told for name, told in fact.details.items() if name != typed},
    )
