"""Denials of one kind by one principal: one row per minute, which counts them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from api.audit.denials import close_windows, record_denial
from api.audit.models import AuditEvent
from api.core import clock
from api.core.database import db, in_transaction
from api.core.principal import ApiKeyCredential
from api.core.request_context import RequestContext, clear_current_request, set_current_request
from tests.support import make_principal

pytestmark = pytest.mark.usefixtures("context")

ADA, EVE = make_principal(UUID(int=7)), make_principal(UUID(int=8))
MINUTE = timedelta(minutes=1)


@pytest.fixture
def advance_clock(monkeypatch):
    """Stop the clock, and return a function that moves it by a timedelta."""
    now = [datetime(2026, 11, 23, 9, 30, tzinfo=UTC)]
    monkeypatch.setattr(clock, "now", lambda: now[-1])
    return lambda duration: now.append(now[-1] + duration)


@pytest.fixture
def current():
    """Return a function that sets the request that this thread serves."""
    yield set_current_request
    clear_current_request()


def deny(by=ADA, times=1, method="GET"):
    for _ in range(times):
        record_denial(by=by, permission="users:read", method=method, route="/api/users")


def read_rows():
    db.session.rollback()
    return db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()


def with_key(number):
    """Return Ada, who is called by a program with an API key."""
    return replace(ADA, credential=ApiKeyCredential(UUID(int=number)))


def read_counts():
    return [(row.actor_id, row.details.get("repeated")) for row in read_rows()]


def test_S_09_repeated_denials_are_one_row_per_minute(advance_clock):
    deny(times=600)
    assert read_counts() == [(ADA.id, None)]

    advance_clock(MINUTE)
    deny(times=600)
    advance_clock(MINUTE)
    deny()
    assert read_counts() == [(ADA.id, None), (ADA.id, 599), (ADA.id, 599)]


def test_S_09_each_principal_and_each_kind_has_its_own_count(advance_clock):
    deny()
    deny(by=EVE)
    deny(method="DELETE")

    assert read_counts() == [(ADA.id, None), (EVE.id, None), (ADA.id, None)]


def test_S_09_each_credential_has_its_own_count(advance_clock):
    deny(by=with_key(1), times=3)
    deny(by=with_key(2), times=2)
    deny()
    advance_clock(MINUTE)
    in_transaction(close_windows)

    found = {(row.credential_id, row.details.get("repeated")) for row in read_rows()}
    keys = UUID(int=1), UUID(int=2)
    assert found == {(keys[0], None), (keys[1], None), (None, None), (keys[0], 2), (keys[1], 1)}
    assert {(row.actor_id, row.actor_kind) for row in read_rows()} == {(ADA.id, "user")}


def test_S_09_repetitions_are_recorded_when_the_window_closes(advance_clock):
    deny(times=3)
    advance_clock(MINUTE)

    assert in_transaction(close_windows) == 1
    assert in_transaction(close_windows) == 0
    assert read_counts() == [(ADA.id, None), (ADA.id, 2)]


def test_S_09_the_next_denial_closes_windows_that_have_ended(advance_clock):
    deny(times=3)
    advance_clock(MINUTE)
    deny(by=EVE)

    assert sorted(read_counts(), key=str) == sorted(
        [(ADA.id, None), (EVE.id, None), (ADA.id, 2)], key=str
    )


def test_S_09_a_count_does_not_name_the_request_of_another_principal(advance_clock, current):
    deny(times=3)
    advance_clock(MINUTE)
    current(RequestContext("request of Eve", "192.0.2.8"))
    deny(by=EVE)

    rows = {(row.actor_id, row.request_id, row.address) for row in read_rows()}
    assert rows == {(ADA.id, None, None), (EVE.id, "request of Eve", "192.0.2.8")}


def test_S_09_a_window_that_has_not_ended_stays_open(advance_clock):
    deny(times=3)

    assert in_transaction(close_windows) == 0
    assert read_counts() == [(ADA.id, None)]
