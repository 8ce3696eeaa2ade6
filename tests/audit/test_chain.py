"""Sealing the audit log: each event is sealed once."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import delete, text

from api.audit import chain, verification
from api.audit.chain import BEGINNING, EMPTY, ChainHead
from api.audit.formats import encode_format_1, encode_format_2
from api.audit.models import AuditEvent, AuditEventRow
from api.core.database import autocommit, db
from tests.audit.conftest import FIRST_AT
from tests.audit.sealing import find_damage, read_entries, read_head, seal_all, seal_new
from tests.support import tamper

COUNT_AWAITED_LOCKS = """
SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
WHERE NOT granted AND datname = current_database()
"""
pytestmark = pytest.mark.usefixtures("context", "small_batches")
ROW = AuditEventRow(
    UUID(int=7),
    datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
    "user.updated",
    UUID(int=1),
    "service_account",
    UUID(int=2),
    None,
    "4f2a",
    "192.0.2.7",
    {"b": [1, "ä"], "a": None},
)


@pytest.fixture
def on_postgresql(pytestconfig):
    if pytestconfig.getoption("database") != "postgresql":
        pytest.skip("SQLite has one writer at a time")


def run_in_own_context(app, *functions):
    """Call the functions with another database session, and return their results."""
    with app.app_context():
        return [function() for function in functions]


def is_lock_awaited():
    with autocommit() as connection:
        return connection.scalar(text(COUNT_AWAITED_LOCKS))


class TestCanonicalForm:
    def test_it_is_sorted_json_without_whitespace(self):
        assert encode_format_2(ROW) == (
            b'{"action":"user.updated","actor_id":"00000000-0000-0000-0000-000000000001",'
            b'"actor_kind":"service_account","address":"192.0.2.7",'
            b'"at":"2026-11-23T09:30:00.000000Z",'
            b'"credential_id":"00000000-0000-0000-0000-000000000002",'
            b'"details":{"a":null,"b":[1,"\\u00e4"]},"format":2,'
            b'"id":"00000000-0000-0000-0000-000000000007","request_id":"4f2a","subject_id":null}'
        )

    def test_format_1_of_earlier_versions_has_no_credential(self):
        assert encode_format_1(ROW) == (
            b'{"action":"user.updated","actor_id":"00000000-0000-0000-0000-000000000001",'
            b'"address":"192.0.2.7","at":"2026-11-23T09:30:00.000000Z",'
            b'"details":{"a":null,"b":[1,"\\u00e4"]},"id":"00000000-0000-0000-0000-000000000007",'
            b'"request_id":"4f2a","subject_id":null}'
        )

    def test_times_are_in_utc(self):
        in_india = ROW.at.astimezone(timezone(timedelta(hours=5, minutes=30)))

        assert encode_format_2(ROW._replace(at=in_india)) == encode_format_2(ROW)

    def test_rows_from_both_databases_have_the_same_form(self, add_events):
        time = datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC)
        details = {"z": 1.5, "a": {"ä": [True, None, 10**17]}}
        [event] = add_events(1, time, details=details, actor_id=UUID(int=1), address="192.0.2.7")

        with autocommit() as connection:
            [row] = chain.read_batch(connection, BEGINNING)

        encoded = json.loads(encode_format_2(AuditEventRow(*row[:-1])))
        assert (encoded["id"], encoded["at"]) == (str(event.id), "2026-11-23T09:30:00.123456Z")
        assert (encoded["details"], encoded["actor_id"]) == (details, str(UUID(int=1)))

    def test_it_contains_every_column(self):
        columns = {column.name for column in AuditEvent.__table__.columns}

        members = json.loads(encode_format_2(ROW)).keys()
        assert members == columns - {"event"} | {"action", "format"}


class TestSealing:
    def test_all_events_are_sealed_in_order(self, add_events):
        late, early = add_events(4), add_events(4, FIRST_AT - timedelta(minutes=1))

        assert seal_all() == 8
        assert read_entries() == list(enumerate([event.id for event in early + late], 1))

    def test_each_digest_is_computed_from_the_previous_one_and_the_event(self, add_events):
        add_events(2)
        seal_all()

        expected = EMPTY.digest
        with autocommit() as connection:
            for row in chain.read_batch(connection, BEGINNING):
                expected = sha256(
                    expected.encode() + encode_format_2(AuditEventRow(*row[:-1]))
                ).hexdigest()

        assert read_head() == ChainHead(2, expected)

    def test_sealing_continues_after_the_last_entry(self, add_events):
        add_events(4)
        seal_new()
        before = read_head()
        add_events(4, FIRST_AT + timedelta(days=1))

        assert seal_new() == 4
        assert seal_new() == 0
        assert find_damage(before) == []
        assert read_head().position == 8

    def test_an_empty_log_has_an_empty_chain(self):
        assert seal_new() == 0
        assert read_head() == EMPTY
        assert find_damage(EMPTY) == []

    def test_an_event_that_is_committed_late_is_sealed_next(self, add_events):
        add_events(4)
        seal_new()
        [late] = add_events(1, FIRST_AT - timedelta(minutes=59))

        assert seal_new() == 1
        assert read_entries()[-1] == (5, late.id)
        assert find_damage(read_head()) == []

    def test_much_older_events_are_sealed_only_from_the_beginning(self, add_events):
        add_events(4, FIRST_AT)
        seal_new()
        add_events(1, FIRST_AT - timedelta(days=400))

        assert seal_new() == 0
        assert verification.count_unsealed() == 1
        assert seal_all() == 1

    def test_an_event_in_the_future_does_not_hide_others(self, add_events):
        add_events(3)
        add_events(1, FIRST_AT + timedelta(days=400))
        seal_new()
        add_events(3, FIRST_AT + timedelta(minutes=1))

        assert seal_new() == 3

    def test_new_events_are_sealed_although_all_sealed_events_are_missing(self, add_events):
        add_events(3)
        seal_all()
        tamper(delete(AuditEvent))
        add_events(1)

        assert seal_new() == 1

    def test_two_processes_seal_each_event_once(self, app, add_events):
        events = add_events(40)
        start = Barrier(2)

        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(run_in_own_context, app, start.wait, seal_all) for _ in range(2)]
            counts = [future.result()[-1] for future in futures]

        assert sum(counts) == 40
        assert read_entries() == list(enumerate([event.id for event in events], 1))
        assert find_damage(read_head()) == []

    @pytest.mark.usefixtures("on_postgresql")
    def test_sealing_waits_for_a_process_that_seals(self, app, add_events):
        add_events(7)

        with ThreadPoolExecutor(1) as pool:
            first = chain.seal_batch(BEGINNING)  # not committed yet
            second = pool.submit(run_in_own_context, app, seal_all)
            while not is_lock_awaited() and not second.done():
                pass
            db.session.commit()

            assert (first.event_count, second.result()) == (3, [4])
        assert find_damage(read_head()) == []

    @pytest.mark.usefixtures("on_postgresql")
    def test_recording_events_does_not_wait_for_sealing(self, app, add_events):
        add_events(4)

        with ThreadPoolExecutor(1) as pool:
            chain.seal_batch(BEGINNING)  # not committed yet
            pool.submit(run_in_own_context, app, add_events).result(timeout=20)
            db.session.commit()

        assert verification.count_unsealed() == 2
