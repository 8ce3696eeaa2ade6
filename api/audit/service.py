"""Recording events: each adds one row, one log line and one count.

The row is written in the transaction of the event. The log line and the count follow after the
commit, so an event that is rolled back has neither.
"""

from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import event as hooks
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from api.audit.models import AuditEvent
from api.core.database import db
from api.core.events import Event, Occurrence
from api.core.principal import Principal
from api.core.request_context import current_request

PENDING = "rollbook.audit.pending"  # in the session's ``info``: events that are not committed yet

log = structlog.get_logger()

# Details with text that an administrator has written: they are recorded, but not logged.
FREE_TEXT = dict.fromkeys(
    (
        Event.SERVICE_ACCOUNT_REACTIVATED,
        Event.SERVICE_ACCOUNT_SUSPENDED,
        Event.USER_REACTIVATED,
        Event.USER_SUSPENDED,
    ),
    "reason",
)

counter = Counter("rollbook_audit_events", "Events recorded in the audit log.", ("event",))
counts = {event: counter.labels(event) for event in Event}


def record_event(occurrence: Occurrence) -> None:
    """Add the event to the audit log, in the current transaction."""
    request = current_request()
    row = AuditEvent(
        id=occurrence.id,
        at=occurrence.at,
        event=occurrence.event,
        actor_id=find_actor_id(occurrence.by),
        actor_kind=occurrence.by.kind if occurrence.by else None,
        credential_id=occurrence.by.credential_id if occurrence.by else None,
        subject_id=occurrence.subject,
        request_id=request.request_id or None,
        address=request.client_address or None,
        details=dict(occurrence.details),
    )
    db.session.add(row)
    db.session.info.setdefault(PENDING, []).append(row)


def find_actor_id(by: Principal | None) -> UUID | None:
    """Return the id of a principal for the log; None for the operator or an unknown principal."""
    return by.recorded_id if by else None


@hooks.listens_for(db.session, "after_commit")
def _report_pending(session: Session) -> None:
    if session.in_nested_transaction():  # a savepoint, which can still be rolled back
        return
    for row in session.info.pop(PENDING, ()):
        if inspect(row).persistent:  # rows of a savepoint that was rolled back are not
            _log_and_count(row)


def _log_and_count(row: AuditEvent) -> None:
    event = Event(row.event)
    free_text = FREE_TEXT.get(event)
    counts[event].inc()
    log.info(
        str(row.event),
        subject_id=row.subject_id,
        actor_id=row.actor_id,
        actor_kind=row.actor_kind,
        credential_id=row.credential_id,
        request_id=row.request_id,
        details={name: value for name, value in row.details.items() if name != free_text},
    )
