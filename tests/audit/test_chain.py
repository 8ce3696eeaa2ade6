"""Sealing the trail, and noticing whatever was done to it since, on either database."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, update

from api.audit import chain, verification
from api.audit.chain import BEGINNING, EMPTY, Head, canonical
from api.audit.models import AuditEvent, AuditLink, Fact
from api.audit.verification import Damage, Harm
from api.core.database import autocommit, db, in_transaction
from tests.audit.conftest import BEGAN
from tests.support import unguarded

pytestmark = pytest.mark.usefixtures("context")
FACT = Fact(
    UUID(int=7),
    datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
    "user.updated",
    UUID(int=1),
    None,
    "4f2a",
    "192.0.2.7",
    {"b": [1, "ä"], "a": None},
)
DIGIT = "f" * 64


@pytest.fixture(autouse=True)
def few_at_a_time(monkeypatch):
    """Let every longer walk take several batches."""
    monkeypatch.setattr(chain, "BATCH", 3)
    monkeypatch.setattr(verification, "BATCH", 3)


def seal_all(place=BEGINNING):
    """Seal as the command does, and return how many facts were linked."""
    number = 0
    while place is not None:
        sealed = in_transaction(lambda after=place: chain.seal(after))
        number, place = number + sealed.number, sealed.onwards
    return number


def seal_new():
    with autocommit() as connection:
        place = chain.start(connection)
    return seal_all(place)


def head():
    with autocommit() as connection:
        return chain.head(connection)


def links():
    with autocommit() as connection:
        rows = select(AuditLink.position, AuditLink.event_id).order_by(AuditLink.position)
        return [tuple(row) for row in connection.execute(rows)]


def damage(noted=None):
    return list(verification.damage(noted))


def tamper(*statements):
    """Do what only the owner of the database can."""
    with db.engine.begin() as connection, unguarded(connection):
        for statement in statements:
            connection.execute(statement)


def of(fact):
    return AuditEvent.id == fact.id


def at(position):
    return AuditLink.position == position


@pytest.fixture
def sealed(happened):
    """Seven facts in the chain, none of which anybody has touched."""
    facts = happened(7)
    seal_all()
    assert damage(head()) == []
    return facts


class TestTheCanonicalForm:
    def test_is_sorted_json_without_blanks(self):
        assert canonical(FACT) == (
            b'{"action":"user.updated","actor_id":"00000000-0000-0000-0000-000000000001",'
            b'"address":"192.0.2.7","at":"2026-11-23T09:30:00.000000Z",'
            b'"details":{"a":null,"b":[1,"\\u00e4"]},"id":"00000000-0000-0000-0000-000000000007",'
            b'"request_id":"4f2a","subject_id":null}'
        )

    def test_tells_a_moment_in_utc(self):
        elsewhere = FACT.at.astimezone(timezone(timedelta(hours=5, minutes=30)))

        assert canonical(FACT._replace(at=elsewhere)) == canonical(FACT)

    def test_is_what_either_database_gives_back(self, happened):
        moment = datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC)
        details = {"z": 1.5, "a": {"ä": [True, None, 10**17]}}
        [kept] = happened(1, moment, details=details, actor_id=UUID(int=1), address="192.0.2.7")

        with autocommit() as connection:
            [row] = chain.batch(connection, BEGINNING)

        told = json.loads(canonical(Fact(*row[:-1])))
        assert (told["id"], told["at"]) == (str(kept.id), "2026-11-23T09:30:00.123456Z")
        assert (told["details"], told["actor_id"]) == (details, str(UUID(int=1)))

    def test_tells_all_that_is_kept_of_a_fact(self):
        columns = {column.name for column in AuditEvent.__table__.columns}

        assert json.loads(canonical(FACT)).keys() == columns - {"event"} | {"action"}


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
            for row in chain.batch(connection, BEGINNING):
                expected = sha256(expected.encode() + canonical(Fact(*row[:-1]))).hexdigest()

        assert head() == Head(2, expected)

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
        assert verification.unsealed() == 1
        assert seal_all() == 1

    def test_is_not_led_astray_by_a_clock_that_ran_ahead(self, happened):
        happened(3)
        happened(1, BEGAN + timedelta(days=400))
        seal_new()
        happened(3, BEGAN + timedelta(minutes=1))

        assert seal_new() == 3

    def test_begins_anew_where_all_that_was_sealed_is_gone(self, sealed, happened):
        tamper(delete(AuditEvent))
        happened(1)

        assert seal_new() == 1

    def test_can_be_done_by_two_at_once(self, app, happened):
        facts = happened(40)
        begin = Barrier(2)

        def seal():
            with app.app_context():
                begin.wait()
                return seal_all()

        with ThreadPoolExecutor(2) as pool:
            numbers = [future.result() for future in [pool.submit(seal), pool.submit(seal)]]

        assert sum(numbers) == 40
        assert links() == list(enumerate([fact.id for fact in facts], 1))
        assert damage(head()) == []

    def test_keeps_nobody_waiting_who_records(self, app, happened, pytestconfig):
        if pytestconfig.getoption("database") != "postgresql":
            pytest.skip("on SQLite only one writes at a time")
        happened(4)

        def record():
            with app.app_context(), db.engine.begin() as connection:
                kept = {"at": BEGAN, "event": "user.updated", "details": {}}
                connection.execute(insert(AuditEvent).values(kept))

        with ThreadPoolExecutor(1) as pool:
            chain.seal(BEGINNING)  # and not committed yet
            pool.submit(record).result(timeout=20)
            db.session.commit()

        assert verification.unsealed() == 2


TAMPERED = {
    "what": {"event": "user.praised"},
    "when": {"at": BEGAN},
    "who": {"actor_id": UUID(int=5)},
    "whom": {"subject_id": UUID(int=5)},
    "request": {"request_id": "other"},
    "where": {"address": "192.0.2.9"},
    "more": {"details": {}},
    "more than numbers hold": {"details": {"a": 10**40}},
}


class TestVerifying:
    @pytest.mark.parametrize("position", [1, 3, 4, 7])
    @pytest.mark.parametrize("name", TAMPERED)
    def test_O_04_notices_an_event_that_was_changed(self, sealed, name, position):
        values = TAMPERED[name]
        if name == "when" and position == 1:
            values = {"at": BEGAN + timedelta(microseconds=1)}
        fact = sealed[position - 1]
        tamper(update(AuditEvent).where(of(fact)).values(values))

        assert damage() == [Damage(position, fact.id, Harm.CHANGED)]

    @pytest.mark.parametrize("position", [1, 3, 4, 7])
    def test_O_04_notices_an_event_that_is_missing(self, sealed, position):
        fact = sealed[position - 1]
        tamper(delete(AuditEvent).where(of(fact)))

        assert damage() == [Damage(position, fact.id, Harm.MISSING)]

    @pytest.mark.parametrize("position", [1, 3, 4, 6])
    def test_O_04_tells_a_link_that_was_altered_from_an_event_that_was(self, sealed, position):
        tamper(update(AuditLink).where(at(position)).values(digest=DIGIT))

        assert damage() == [Damage(position, sealed[position - 1].id, Harm.LINK_ALTERED)]

    def test_O_04_notices_that_the_last_link_was_altered(self, sealed):
        tamper(update(AuditLink).where(at(7)).values(digest=DIGIT))

        assert [(each.position, each.harm) for each in damage()] == [(7, Harm.CHANGED)]

    @pytest.mark.parametrize(("first", "last"), [(1, None), (3, None), (3, 4), (2, 6)])
    def test_O_04_notices_links_that_are_missing(self, sealed, first, last):
        lost = AuditLink.position.between(first, last or first)
        tamper(delete(AuditLink).where(lost))

        assert damage() == [Damage(first, None, Harm.LINK_MISSING, last)]
        assert verification.unsealed() == (last or first) - first + 1

    def test_O_04_notices_that_an_event_was_taken_out_with_its_link(self, sealed):
        tamper(
            delete(AuditEvent).where(of(sealed[2])),
            delete(AuditLink).where(at(3)),
            *(
                update(AuditLink).where(at(place)).values(position=place - 1)
                for place in range(4, 8)
            ),
        )

        assert damage() == [Damage(3, sealed[3].id, Harm.CHANGED)]

    def test_O_04_notices_that_two_events_changed_places(self, sealed):
        third, fourth = sealed[2].id, sealed[3].id
        tamper(
            update(AuditLink).where(at(3)).values(event_id=UUID(int=0)),
            update(AuditLink).where(at(4)).values(event_id=third),
            update(AuditLink).where(at(3)).values(event_id=fourth),
        )

        assert [each.position for each in damage()] == [3, 4]

    def test_O_04_notices_an_event_that_was_slipped_in_with_a_link(self, sealed, happened):
        [forged] = happened(1)
        link = {"position": 8, "event_id": forged.id, "digest": DIGIT}
        tamper(insert(AuditLink).values(link))

        assert damage() == [Damage(8, forged.id, Harm.CHANGED)]

    def test_tells_all_that_is_wrong(self, sealed):
        tamper(
            update(AuditEvent).where(of(sealed[0])).values(address="x"),
            update(AuditEvent).where(of(sealed[1])).values(address="x"),
            delete(AuditEvent).where(of(sealed[3])),
            update(AuditLink).where(at(5)).values(digest=DIGIT),
        )

        found = [(each.position, each.harm) for each in damage()]

        assert found == [
            (1, Harm.CHANGED),
            (2, Harm.CHANGED),
            (4, Harm.MISSING),
            (5, Harm.LINK_ALTERED),
        ]

    def test_a_link_that_was_moved_far_away_does_not_keep_it_for_ever(self, sealed):
        tamper(update(AuditLink).where(at(7)).values(position=2**62))

        assert str(damage()[0]) == f"7 to {2**62 - 1}: the link is missing"


class TestWithTheHeadThatWasNoted:
    def test_O_04_it_notices_that_the_end_was_cut_off(self, sealed):
        noted = head()
        tamper(
            delete(AuditLink).where(AuditLink.position > 5), delete(AuditEvent).where(of(sealed[6]))
        )

        assert damage() == []
        assert damage(noted) == [Damage(6, None, Harm.LINK_MISSING, 7)]

    def test_O_04_it_notices_that_the_chain_was_made_anew(self, sealed):
        noted = head()
        tamper(update(AuditEvent).where(of(sealed[2])).values(address="x"), delete(AuditLink))
        seal_all()

        assert damage() == []
        assert damage(noted) == [Damage(7, sealed[6].id, Harm.OTHER_HEAD)]

    def test_it_may_be_of_some_time_ago(self, sealed, happened):
        noted = head()
        happened(4, BEGAN + timedelta(days=1))
        seal_new()

        assert damage(noted) == []
        assert damage(noted._replace(digest=DIGIT)) == [Damage(7, sealed[6].id, Harm.OTHER_HEAD)]
