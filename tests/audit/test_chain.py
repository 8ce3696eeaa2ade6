"""The chain: what is sealed, and that it is sealed once, whoever does so and when."""

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
from api.audit.formats import encode_format_1
from api.audit.models import AuditEvent, AuditEventRow
from api.core.database import autocommit, db
from tests.audit.conftest import BEGAN
from tests.audit.sealing import damage, head, links, seal_all, seal_new
from tests.support import tamper

WAITING = """
SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
WHERE NOT granted AND datname = current_database()
"""
pytestmark = pytest.mark.usefixtures("context", "few_at_a_time")
FACT = AuditEventRow(
    UUID(int=7),
    datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
    "user.updated",
    UUID(int=1),
    None,
    "4f2a",
    "192.0.2.7",
    {"b": [1, "ä"], "a": None},
)


@pytest.fixture
def on_postgresql(pytestconfig):
    if pytestconfig.getoption("database") != "postgresql":
        pytest.skip("on SQLite only one writes at a time")


def elsewhere(app, *acts):
    """Do something on a connection of its own."""
    with app.app_context():
        return [act() for act in acts]


def somebody_waits():
    with autocommit() as connection:
        return connection.scalar(text(WAITING))


class TestTheCanonicalForm:
    def test_is_sorted_json_without_blanks(self):
        assert encode_format_1(FACT) == (
            b'{"action":"user.updated","actor_id":"00000000-0000-0000-0000-000000000001",'
            b'"address":"192.0.2.7","at":"2026-11-23T09:30:00.000000Z",'
            b'"details":{"a":null,"b":[1,"\\u00e4"]},"id":"00000000-0000-0000-0000-000000000007",'
            b'"request_id":"4f2a","subject_id":null}'
        )

    def test_tells_a_moment_in_utc(self):
        elsewhere = FACT.at.astimezone(timezone(timedelta(hours=5, minutes=30)))

        assert encode_format_1(FACT._replace(at=elsewhere)) == encode_format_1(FACT)

    def test_is_what_either_database_gives_back(self, happened):
        moment = datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC)
        details = {"z": 1.5, "a": {"ä": [True, None, 10**17]}}
        [kept] = happened(1, moment, details=details, actor_id=UUID(int=1), address="192.0.2.7")

        with autocommit() as connection:
            [row] = chain.read_batch(connection, BEGINNING)

        told = json.loads(encode_format_1(AuditEventRow(*row[:-1])))
        assert (told["id"], told["at"]) == (str(kept.id), "2026-11-23T09:30:00.123456Z")
        assert (told["details"], told["actor_id"]) == (details, str(UUID(int=1)))

    def test_tells_all_that_is_kept_of_a_fact(self):
        columns = {column.name for column in AuditEvent.__table__.columns}

        assert json.loads(encode_format_1(FACT)).keys() == columns - {"event"} | {"action"}


class TestSealing:
    def test_links_every_fact_in_order(self, happened):
        late, early = happened(4), happened(4, BEGAN - timedelta(minutes=1))

        assert seal_all() == 8
        assert links() == list(enumerate([fact.id for fact in early + late], 1))

    def test_makes_each_digest_of_the_one_before_and_the_fact(self, happened):
        happened(2)
        seal_all()

        expected = EMPTY.digest
        with autocommit() as connection:
            for row in chain.read_batch(connection, BEGINNING):
                expected = sha256(
                    expected.encode() + encode_format_1(AuditEventRow(*row[:-1]))
                ).hexdigest()

        assert head() == ChainHead(2, expected)

    def test_goes_on_where_it_ended(self, happened):
        happened(4)
        seal_new()
        before = head()
        happened(4, BEGAN + timedelta(days=1))

        assert seal_new() == 4
        assert seal_new() == 0
        assert damage(before) == []
        assert head().position == 8

    def test_of_nothing_leaves_an_empty_chain(self):
        assert seal_new() == 0
        assert head() == EMPTY
        assert damage(EMPTY) == []

    def test_links_later_what_was_committed_late(self, happened):
        happened(4)
        seal_new()
        [late] = happened(1, BEGAN - timedelta(minutes=59))

        assert seal_new() == 1
        assert links()[-1] == (5, late.id)
        assert damage(head()) == []

    def test_looks_for_older_ones_when_it_is_to_look_at_everything(self, happened):
        happened(4, BEGAN)
        seal_new()
        happened(1, BEGAN - timedelta(days=400))

        assert seal_new() == 0
        assert verification.count_unsealed() == 1
        assert seal_all() == 1

    def test_is_not_led_astray_by_a_clock_that_ran_ahead(self, happened):
        happened(3)
        happened(1, BEGAN + timedelta(days=400))
        seal_new()
        happened(3, BEGAN + timedelta(minutes=1))

        assert seal_new() == 3

    def test_begins_anew_where_all_that_was_sealed_is_gone(self, happened):
        happened(3)
        seal_all()
        tamper(delete(AuditEvent))
        happened(1)

        assert seal_new() == 1

    def test_can_be_done_by_two_at_once(self, app, happened):
        facts = happened(40)
        begin = Barrier(2)

        with ThreadPoolExecutor(2) as pool:
            both = [pool.submit(elsewhere, app, begin.wait, seal_all) for _ in range(2)]
            numbers = [one.result()[-1] for one in both]

        assert sum(numbers) == 40
        assert links() == list(enumerate([fact.id for fact in facts], 1))
        assert damage(head()) == []

    @pytest.mark.usefixtures("on_postgresql")
    def test_waits_for_somebody_who_seals_already(self, app, happened):
        happened(7)

        with ThreadPoolExecutor(1) as pool:
            first = chain.seal_batch(BEGINNING)  # and not committed yet
            second = pool.submit(elsewhere, app, seal_all)
            while not somebody_waits() and not second.done():
                pass
            db.session.commit()

            assert (first.number, second.result()) == (3, [4])
        assert damage(head()) == []

    @pytest.mark.usefixtures("on_postgresql")
    def test_keeps_nobody_waiting_who_records(self, app, happened):
        happened(4)

        with ThreadPoolExecutor(1) as pool:
            chain.seal_batch(BEGINNING)  # and not committed yet
            pool.submit(elsewhere, app, happened).result(timeout=20)
            db.session.commit()

        assert verification.count_unsealed() == 2
