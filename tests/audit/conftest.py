from datetime import UTC, datetime, timedelta

import pytest

from api.audit import chain, verification
from api.audit.models import AuditEvent
from api.core.database import db, transaction
from api.core.events import Event
from api.core.permissions import Permission
from api.core.principal import Principal
from api.core.secrets import new_id
from tests.support import make_principal

FIRST_AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture
def auditor() -> Principal:
    return make_principal(new_id(), frozenset(Permission))


@pytest.fixture
def add_events(context):
    """Return a function that adds events, a second apart, and returns them, oldest first."""

    def add(number: int = 1, first_at: datetime = FIRST_AT, **values) -> list[AuditEvent]:
        values = {"event": Event.USER_UPDATED, "details": {"changed": ["status"]}, **values}
        times = [first_at + timedelta(seconds=second) for second in range(number)]
        events = [AuditEvent(at=time, **values) for time in times]
        with transaction():
            db.session.add_all(events)
        return events

    return add


@pytest.fixture
def small_batches(monkeypatch):
    """Read the audit log and the chain in batches of three rows."""
    monkeypatch.setattr(chain, "BATCH_ROWS", 3)
    monkeypatch.setattr(verification, "BATCH_ROWS", 3)
