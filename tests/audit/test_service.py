"""Recording events: rows, log lines and counters."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
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
from api.core.events import EXTENSION, Event, Occurrence, emit
from api.core.principal import (
    OPERATOR,
    ApiKeyCredential,
    ClientTokenCredential,
    Principal,
    PrincipalKind,
)
from api.core.request_context import RequestContext
from api.subscriptions import make_subscriptions
from tests.support import make_principal

pytestmark = pytest.mark.usefixtures("context")

ADA = UUID(int=7)
ROOT = make_principal(UUID(int=1))
BATCH = Principal(
    kind=PrincipalKind.SERVICE_ACCOUNT, id=UUID(int=2), credential=ClientTokenCredential(ADA)
)


def read_events() -> list[AuditEvent]:
    return list(db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)))


def read_counter(event: Event) -> float | None:
    return REGISTRY.get_sample_value("rollbook_audit_events_total", {"event": event})


@contextmanager
def in_request(request: RequestContext) -> Iterator[None]:
    request_context.set_current_request(request)
    yield
    request_context.clear_current_request()


def fail_to_delete() -> None:
    with transaction():
        emit(Event.USER_DELETED, subject=ADA, by=ROOT)
        raise LookupError


def test_an_event_has_subject_actor_time_and_request(monkeypatch):
    time = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: time)

    with transaction(), in_request(RequestContext("4f2a", "192.0.2.7")):
        emit(Event.USER_UPDATED, subject=ADA, by=ROOT, changed=["role"])

    [event] = read_events()
    assert (event.event, event.at) == ("user.updated", time)
    assert (event.subject_id, event.actor_id) == (ADA, ROOT.id)
    assert (event.request_id, event.address) == ("4f2a", "192.0.2.7")
    assert event.details == {"changed": ["role"]}
    assert event.id.version == 7


def test_an_event_is_logged_and_counted_once():
    before = read_counter(Event.USER_CREATED)

    with capture_logs() as lines, transaction():
        emit(Event.USER_CREATED, subject=ADA, by=ROOT)

    [line] = lines
    assert (line["actor_kind"], line["credential_id"]) == ("user", None)
    assert (line["event"], line["subject_id"], line["actor_id"]) == ("user.created", ADA, ROOT.id)
    assert read_counter(Event.USER_CREATED) == before + 1


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (None, (None, None, None)),
        (OPERATOR, (None, "operator", None)),
        (ROOT, (ROOT.id, "user", None)),
        (replace(ROOT, credential=ApiKeyCredential(ADA)), (ROOT.id, "user", ADA)),
        (BATCH, (BATCH.id, "service_account", ADA)),
    ],
    ids=["unknown", "operator", "user", "API key", "service account"],
)
def test_O_03_an_event_has_the_kind_and_the_credential_of_its_actor(by, expected):
    with transaction():
        emit(Event.USER_UPDATED, subject=ADA, by=by)

    [event] = read_events()
    assert (event.actor_id, event.actor_kind, event.credential_id) == expected


@pytest.mark.parametrize("event", [Event.USER_SUSPENDED, Event.USER_REACTIVATED])
def test_O_01_text_of_an_administrator_is_recorded_and_not_logged(event):
    with capture_logs() as lines, transaction():
        emit(event, subject=ADA, by=ROOT, reason="Lost her key.", other="known")

    assert read_events()[0].details.items() >= {"reason": "Lost her key.", "other": "known"}.items()
    assert "reason" not in lines[0]["details"]


def test_an_event_that_is_rolled_back_is_neither_recorded_nor_logged():
    before = read_counter(Event.USER_DELETED)

    with capture_logs() as lines:
        with pytest.raises(LookupError):
            fail_to_delete()
        with transaction():
            emit(Event.USER_UPDATED, subject=ADA, by=ROOT)

    assert [row.event for row in read_events()] == ["user.updated"]
    assert [line["event"] for line in lines] == ["user.updated"]
    assert read_counter(Event.USER_DELETED) == before


def test_events_in_savepoints_are_logged_after_the_commit():
    with capture_logs() as lines, transaction():
        with db.session.begin_nested():
            emit(Event.USER_UPDATED, subject=ADA, by=ROOT)
        with db.session.begin_nested() as savepoint:
            emit(Event.USER_DELETED, subject=ADA, by=ROOT)
            savepoint.rollback()
        assert lines == []

    assert [line["event"] for line in lines] == ["user.updated"]


def test_an_event_outside_a_request_has_no_request_id_and_no_address():
    with transaction():
        emit(Event.USER_CREATED, subject=ADA, by=None)

    assert (read_events()[0].request_id, read_events()[0].address) == (None, None)


def test_the_log_line_has_no_client_ip_address_and_no_reason():
    with (
        capture_logs() as lines,
        transaction(),
        in_request(RequestContext("4f2a", "192.0.2.7")),
    ):
        emit(Event.USER_SUSPENDED, subject=ADA, by=ROOT, reason="She wept")

    assert lines[0]["details"] == {"sessions_ended": 0}
    assert "192.0.2.7" not in str(lines)
    assert read_events()[0].details["reason"] == "She wept"


def test_A_03_a_denial_is_recorded_in_a_separate_transaction():
    request = {
        "permission": "users:write",
        "method": "DELETE",
        "route": "/api/users/<uuid:user_id>",
    }

    record_denial(by=make_principal(ADA), **request)
    db.session.rollback()

    [event] = read_events()
    assert (event.event, event.actor_id, event.subject_id) == ("access.denied", ADA, None)
    assert event.details == request


def test_every_event_has_a_counter_from_the_start():
    assert None not in [read_counter(event) for event in Event]


def test_event_names_are_sorted_and_have_two_parts():
    names = list(map(str, Event))

    assert names == sorted(names)
    assert all(len(name.split(".")) == 2 and len(name) <= 64 for name in names)


def test_other_subscribers_know_the_id_and_the_time_of_the_row(app):
    seen: list[Occurrence] = []
    subscriptions = make_subscriptions()
    subscriptions.subscribe(seen.append, [Event.USER_CREATED])
    app.extensions[EXTENSION], before = subscriptions, app.extensions[EXTENSION]
    with transaction():
        emit(Event.USER_CREATED, subject=ADA, by=ROOT)
    app.extensions[EXTENSION] = before

    [row], [occurrence] = read_events(), seen
    assert (row.id, row.at) == (occurrence.id, occurrence.at)
