"""Reading the trail: every fact once, in order, and never by a long search."""

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
from tests.audit.conftest import BEGAN

pytestmark = pytest.mark.usefixtures("context")
ADA, GRACE = new_id(), new_id()
FILTERS = {  # with the columns of the index that answers each
    "actor": (ADA, "actor_id_at_id"),
    "subject": (ADA, "subject_id_at_id"),
    "action": ("user.updated", "event_at_id"),
    "request_id": ("4f2a", "request_id_at_id"),
    "after": (BEGAN, "at_id"),
    "before": (BEGAN, "at_id"),
}


@pytest.fixture
def find(auditor):
    return lambda **query: search.find({"limit": 100, "sort": "-at", **query})


def ids(facts):
    return [fact.id for fact in facts]


@pytest.mark.parametrize("limit", [1, 3, 8])
@pytest.mark.parametrize("sort", SORTS)
def test_following_the_cursor_shows_everything_once_and_in_order(happened, find, sort, limit):
    kept = happened(4) + happened(4)  # two of each moment
    order = sorted(kept, key=lambda fact: (fact.at, fact.id), reverse=sort == "-at")

    seen, cursor = [], {}
    while cursor is not None:
        page = find(sort=sort, limit=limit, **cursor)
        seen += ids(page.items)
        cursor = {"cursor": page.next} if page.next else None

    assert seen == ids(order)


def test_a_fact_tells_all_that_is_kept(happened, find, auditor):
    told = {"actor_id": ADA, "subject_id": GRACE, "request_id": "4f2a", "address": "192.0.2.7"}
    [kept] = happened(1, **told)

    [fact] = find().items

    assert fact._asdict() == told | {
        "id": kept.id,
        "at": BEGAN,
        "action": "user.updated",
        "details": {"changed": ["status"]},
    }
    assert search.read(kept.id) == fact


def test_each_filter_finds_its_own(happened, find):
    happened()
    mine = {
        "actor": happened(1, actor_id=ADA),
        "subject": happened(1, subject_id=ADA),
        "action": happened(1, event=Event.USER_DELETED),
        "request_id": happened(1, request_id="4f2a"),
    }
    asked = {"actor": ADA, "subject": ADA, "action": "user.deleted", "request_id": "4f2a"}

    found = {name: ids(find(**{name: value}).items) for name, value in asked.items()}

    assert found == {name: ids(facts) for name, facts in mine.items()}


def test_filters_combine(happened, find):
    happened(2, actor_id=ADA)
    both = happened(1, actor_id=ADA, subject_id=GRACE)

    assert ids(find(actor=ADA, subject=GRACE).items) == ids(both)
    assert find(actor=GRACE, subject=GRACE).items == []


def test_the_time_can_be_bounded(happened, find):
    kept = happened(5)
    third = BEGAN + timedelta(seconds=2)

    assert ids(find(before=third, sort="at").items) == ids(kept[:2])
    assert ids(find(after=third, sort="at").items) == ids(kept[2:])


@pytest.mark.parametrize("filters", [{}, {"actor": ADA}], ids=["all", "of one"])
@pytest.mark.parametrize("sort", SORTS)
def test_every_page_keeps_to_the_time(happened, find, sort, filters):
    happened(9, actor_id=ADA)
    happened(9 if filters else 0, actor_id=GRACE)
    moments = {BEGAN + timedelta(seconds=second) for second in range(2, 6)}
    asked = {**filters, "after": min(moments), "before": max(moments) + timedelta(seconds=1)}

    seen, cursor = [], {}
    while cursor is not None:
        page = find(sort=sort, limit=3, **asked, **cursor)
        seen += [fact.at for fact in page.items]
        cursor = {"cursor": page.next} if page.next else None

    assert seen == sorted(moments, reverse=sort == "-at")


@pytest.mark.parametrize("sort", SORTS)
def test_a_cursor_does_not_lead_out_of_another_time(happened, find, sort):
    happened(9)
    cursor = find(sort=sort, limit=1).next
    moment = BEGAN + timedelta(seconds=4)

    narrow = {"after": moment, "before": moment + timedelta(seconds=1)}

    assert [fact.at for fact in find(sort=sort, cursor=cursor, **narrow).items] == [moment]


def test_a_cursor_of_the_other_order_is_refused(happened, find):
    happened(2)

    with pytest.raises(InvalidRequest):
        find(cursor=find(limit=1).next, sort="at")


def test_a_fact_that_nobody_kept_is_not_found(auditor):
    with pytest.raises(AuditEventNotFound):
        search.read(new_id())


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("name", FILTERS)
def test_each_filter_is_answered_in_the_order_of_its_index(happened, find, name, sort):
    happened(3)
    value, columns = FILTERS[name]
    query = {"limit": 1, "sort": sort, "cursor": find(limit=1, sort=sort).next}

    page_query, values = search.bind_query({**query, name: value})
    plan = explained(page_query.statement.params(values))

    assert f"ix_audit_events_{columns}" in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


def explained(statement):
    """Return how the database would go about it, were the table too long to be looked through."""
    text_of = statement.compile(db.engine, compile_kwargs={"literal_binds": True})
    on_sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.connect() as connection:
        if not on_sqlite:
            for choice in ("seqscan", "bitmapscan"):
                connection.execute(text(f"SET LOCAL enable_{choice} = off"))
        explain = "EXPLAIN QUERY PLAN" if on_sqlite else "EXPLAIN"
        return "\n".join(map(str, connection.exec_driver_sql(f"{explain} {text_of}")))
