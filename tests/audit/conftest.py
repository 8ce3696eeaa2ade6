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

BEGAN = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture
def auditor() -> Principal:
    return make_principal(new_id(), frozenset(Permission))


@pytest.fixture
def happened(context):
    """Keep facts, a second apart: ``happened(3, actor_id=ada)`` returns them, oldest first."""

    def keep(number: int = 1, began: datetime = BEGAN, **told) -> list[AuditEvent]:
        shared = {"event": Event.USER_UPDATED, "details": {"changed": ["status"]}, **told}
        moments = [began + timedelta(seconds=second) for second in range(number)]
        facts = [AuditEvent(at=moment, **shared) for moment in moments]
        with transaction():
            db.session.add_all(facts)
        return facts

    return keep


@pytest.fixture
def few_at_a_time(monkeypatch):
    """Let every longer walk along the trail take several batches."""
    monkeypatch.setattr(chain, "BATCH_ROWS", 3)
    monkeypatch.setattr(verification, "BATCH_ROWS", 3)
