"""Reading the audit log: each event once, in order, and from an index."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from api.audit import search
from api.audit.errors import AuditEventNotFound
from api.audit.schemas import SORTS
from api.core.database import db
from api.core.errors import InvalidRequest
from api.core.events import Event
from api.core.secrets import new_id
from tests.audit.conftest import FIRST_AT

pytestmark = pytest.mark.usefixtures("context")
ADA, GRACE = new_id(), new_id()
FILTERS = {  # with the columns of the index that each filter uses
    "actor": (ADA, "actor_id_at_id"),
    "credential": (ADA, "credential_id_at_id"),
    "subject": (ADA, "subject_id_at_id"),
    "action": ("user.updated", "event_at_id"),
    "request_id": ("4f2a", "request_id_at_id"),
    "after": (FIRST_AT, "at_id"),
    "before": (FIRST_AT, "at_id"),
}


@pytest.fixture
def find(auditor):
    return lambda **query: search.find_events({"limit": 100, "sort": "-at", **query})


def list_ids(events):
    return [event.id for event in events]


@pytest.mark.parametrize("limit", [1, 3, 8])
@pytest.mark.parametrize("sort", SORTS)
def test_the_pages_have_each_event_once_and_in_order(add_events, find, sort, limit):
    events = add_events(4) + add_events(4)  # two of each time
    expected = sorted(events, key=lambda event: (event.at, event.id), reverse=sort == "-at")

    seen, cursor = [], {}
    while cursor is not None:
        page = find(sort=sort, limit=limit, **cursor)
        seen += list_ids(page.items)
        cursor = {"cursor": page.next} if page.next else None

    assert seen == list_ids(expected)


def test_an_event_has_every_column(add_events, find, auditor):
    values = {
        "actor_id": ADA,
        "actor_kind": "user",
        "credential_id": new_id(),
        "subject_id": GRACE,
        "request_id": "4f2a",
        "address": "192.0.2.7",
    }
    [added] = add_events(1, **values)

    [event] = find().items

    assert event._asdict() == values | {
        "id": added.id,
        "at": FIRST_AT,
        "action": "user.updated",
        "details": {"changed": ["status"]},
    }
    assert search.get_event(added.id) == event


def test_each_filter_finds_the_events_that_match(add_events, find):
    add_events()
    matching = {
        "actor": add_events(1, actor_id=ADA),
        "credential": add_events(1, credential_id=ADA),
        "subject": add_events(1, subject_id=ADA),
        "action": add_events(1, event=Event.USER_DELETED),
        "request_id": add_events(1, request_id="4f2a"),
    }
    filters = dict.fromkeys(matching, ADA) | {"action": "user.deleted", "request_id": "4f2a"}

    found = {name: list_ids(find(**{name: value}).items) for name, value in filters.items()}

    assert found == {name: list_ids(events) for name, events in matching.items()}


def test_filters_combine(add_events, find):
    add_events(2, actor_id=ADA)
    both = add_events(1, actor_id=ADA, subject_id=GRACE)

    assert list_ids(find(actor=ADA, subject=GRACE).items) == list_ids(both)
    assert find(actor=GRACE, subject=GRACE).items == []


def test_after_is_inclusive_and_before_is_exclusive(add_events, find):
    events = add_events(5)
    third = FIRST_AT + timedelta(seconds=2)

    assert list_ids(find(before=third, sort="at").items) == list_ids(events[:2])
    assert list_ids(find(after=third, sort="at").items) == list_ids(events[2:])


@pytest.mark.parametrize("filters", [{}, {"actor": ADA}], ids=["all", "of one"])
@pytest.mark.parametrize("sort", SORTS)
def test_every_page_is_within_the_time_range(add_events, find, sort, filters):
    add_events(9, actor_id=ADA)
    add_events(9 if filters else 0, actor_id=GRACE)
    times = {FIRST_AT + timedelta(seconds=second) for second in range(2, 6)}
    query = {**filters, "after": min(times), "before": max(times) + timedelta(seconds=1)}

    seen, cursor = [], {}
    while cursor is not None:
        page = find(sort=sort, limit=3, **query, **cursor)
        seen += [event.at for event in page.items]
        cursor = {"cursor": page.next} if page.next else None

    assert seen == sorted(times, reverse=sort == "-at")


@pytest.mark.parametrize("sort", SORTS)
def test_a_cursor_of_another_time_range_does_not_leave_the_range(add_events, find, sort):
    add_events(9)
    cursor = find(sort=sort, limit=1).next
    time = FIRST_AT + timedelta(seconds=4)

    page = find(sort=sort, cursor=cursor, after=time, before=time + timedelta(seconds=1))

    assert [event.at for event in page.items] == [time]


def test_a_cursor_of_the_other_order_is_rejected(add_events, find):
    add_events(2)

    with pytest.raises(InvalidRequest):
        find(cursor=find(limit=1).next, sort="at")


def test_an_unknown_event_is_not_found(auditor):
    with pytest.raises(AuditEventNotFound):
        search.get_event(new_id())


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("name", FILTERS)
def test_each_filter_reads_its_index_in_order(add_events, find, name, sort):
    add_events(3)
    value, columns = FILTERS[name]
    query = {"limit": 1, "sort": sort, "cursor": find(limit=1, sort=sort).next}

    page_query, values = search.bind_query({**query, name: value})
    plan = explain(page_query.statement.params(values))

    assert f"ix_audit_events_{columns}" in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


def explain(statement):
    """Return the query plan for a table that is too long for a sequential scan."""
    sql = statement.compile(db.engine, compile_kwargs={"literal_binds": True})
    on_sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.connect() as connection:
        if not on_sqlite:
            for method in ("seqscan", "bitmapscan"):
                connection.execute(text(f"SET LOCAL enable_{method} = off"))
        command = "EXPLAIN QUERY PLAN" if on_sqlite else "EXPLAIN"
        return "\n".join(map(str, connection.exec_driver_sql(f"{command} {sql}")))
