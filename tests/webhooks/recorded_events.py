"""Events in the audit log that were recorded while no webhook existed."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert

from api.audit.models import AuditEvent
from api.core.database import db, in_transaction
from api.core.events import Event

BATCH = 500  # what is inserted within the timeout of a statement on a busy machine


def record_creations(subjects: Iterable[UUID], at: datetime) -> None:
    """Record that these accounts were created at this time."""
    rows = [
        {"event": Event.USER_CREATED, "subject_id": subject, "at": at, "details": {}}
        for subject in subjects
    ]
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        in_transaction(lambda batch=batch: db.session.execute(insert(AuditEvent), batch))
