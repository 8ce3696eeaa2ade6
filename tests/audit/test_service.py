from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select
from structlog.testing import capture_logs

from api.audit.denials import record_denial
from api.audit.models import AuditEvent
from api.core import clock, request_context
from api.core.database import db, transaction
from api.core.events import Event, emit
from api.core.request_context import RequestContext
from tests.support import make_principal

pytestmark = pytest.mark.usefixtures("context")

ADA = UUID(int=7)
ROOT = make_principal(UUID(int=1))


def facts() -> list[AuditEvent]:
    return list(db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)))


def counted(event: Event) -> float | None:
    return REGISTRY.get_sample_value("rollbook_audit_events_total", {"event": event})


@contextmanager
def coming_from(request: RequestContext) -> Iterator[None]:
    request_context.set_current_request(request)
    yield
    request_context.clear_current_request()


def delete_in_vain() -> None:
    with transaction():
        emit(Event.USER_DELETED, subject=ADA, by=ROOT)
        raise LookupError


def test_a_fact_says_what_happened_to_whom_by_whom_when_and_in_which_request(monkeypatch):
    moment = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: moment)

    with transaction(), coming_from(RequestContext("4f2a", "192.0.2.7")):
        emit(Event.USER_UPDATED, subject=ADA, by=ROOT, changed=["role"])

    [fact] = facts()
    assert (fact.event, fact.at) == ("user.updated", moment)
    assert (fact.subject_id, fact.actor_id) == (ADA, ROOT.id)
    assert (fact.request_id, fact.address) == ("4f2a", "192.0.2.7")
    assert fact.details == {"changed": ["role"]}
    assert fact.id.version == 7


def test_it_is_told_in_one_line_and_counted_once():
    before = counted(Event.USER_CREATED)

    with capture_logs() as lines, transaction():
        emit(Event.USER_CREATED, subject=ADA, by=ROOT)

    [line] = lines
    assert (line["event"], line["subject_id"], line["actor_id"]) == ("user.created", ADA, ROOT.id)
    assert counted(Event.USER_CREATED) == before + 1


@pytest.mark.parametrize("event", [Event.USER_SUSPENDED, Event.USER_REACTIVATED])
def test_O_01_what_somebody_typed_is_kept_and_not_logged(event):
    with capture_logs() as lines, transaction():
        emit(event, subject=ADA, by=ROOT, reason="Lost her key.", other="known")

    assert facts()[0].details.items() >= {"reason": "Lost her key.", "other": "known"}.items()
    assert "reason" not in lines[0]["details"]


def test_what_was_undone_is_neither_kept_nor_told():
    before = counted(Event.USER_DELETED)

    with capture_logs() as lines:
        with pytest.raises(LookupError):
            delete_in_vain()
        with transaction():
            emit(Event.USER_UPDATED, subject=ADA, by=ROOT)

    assert [fact.event for fact in facts()] == ["user.updated"]
    assert [line["event"] for line in lines] == ["user.updated"]
    assert counted(Event.USER_DELETED) == before


def test_a_savepoint_tells_nothing_before_all_of_it_stands():
    with capture_logs() as lines, transaction():
        with db.session.begin_nested():
            emit(Event.USER_UPDATED, subject=ADA, by=ROOT)
        with db.session.begin_nested() as undone:
            emit(Event.USER_DELETED, subject=ADA, by=ROOT)
            undone.rollback()
        assert lines == []

    assert [line["event"] for line in lines] == ["user.updated"]


def test_a_fact_outside_of_a_request_has_no_request_id_and_no_address():
    with transaction():
        emit(Event.USER_CREATED, subject=ADA, by=None)

    assert (facts()[0].request_id, facts()[0].address) == (None, None)


def test_the_log_line_has_neither_the_address_nor_the_reason_that_somebody_wrote():
    with (
        capture_logs() as lines,
        transaction(),
        coming_from(RequestContext("4f2a", "192.0.2.7")),
    ):
        emit(Event.USER_SUSPENDED, subject=ADA, by=ROOT, reason="She wept")

    assert lines[0]["details"] == {"sessions_ended": 0}
    assert "192.0.2.7" not in str(lines)
    assert facts()[0].details["reason"] == "She wept"


def test_A_03_a_denial_is_recorded_in_a_transaction_of_its_own():
    tried = {"permission": "users:write", "method": "DELETE", "route": "/api/users/<uuid:user_id>"}

    record_denial(by=make_principal(ADA), **tried)
    db.session.rollback()

    [fact] = facts()
    assert (fact.event, fact.actor_id, fact.subject_id) == ("access.denied", ADA, None)
    assert fact.details == tried


def test_every_event_is_counted_from_the_start():
    assert None not in [counted(event) for event in Event]


def test_events_are_listed_by_name_and_say_what_became_of_what():
    names = list(map(str, Event))

    assert names == sorted(names)
    assert all(len(name.split(".")) == 2 and len(name) <= 64 for name in names)
