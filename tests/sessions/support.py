"""Opening and reading sessions in tests."""

from datetime import timedelta

from sqlalchemy import select

from api.audit.models import AuditEvent
from api.core.database import db, in_transaction
from api.sessions import service
from api.sessions.models import Session
from tests.support import make_principal

SECOND, WEEK, MONTH = timedelta(seconds=1), timedelta(days=7), timedelta(days=30)


def open_session(user):
    return in_transaction(lambda: service.open_session(user.id))


def make_caller(user, issued):
    """Return the user as a caller in this session."""
    return make_principal(user.id, session_id=issued.session_id)


def read_session(issued):
    row = select(Session).filter_by(id=issued.session_id)
    return db.session.scalar(row.execution_options(populate_existing=True))


def list_active_ids(user):
    listed = service.list_sessions(user.id, current_id=None)
    return {session.id for session in listed if session.ended_at is None}


def read_events():
    """Return the audit events in their order."""
    rows = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))
    events = [(row.event, row.subject_id, row.details) for row in rows]
    db.session.rollback()  # on SQLite a transaction that reads keeps others from writing
    return events
