"""Many at once: C-03, C-04, F-18."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import make_url, text

from api.core.database import db
from tests.hostile.wire import Wire, at_once

TRIES = 3
SECONDS = 3
STATES = {"serialisation failure": "40001", "deadlock": "40P01"}


class TestConflicts:
    @pytest.mark.parametrize("field", ["username", "email"])
    def test_C_04_are_refused_but_for_one(self, root, somebody, field):
        wanted = {"username": f"wanted-{field}", "email": f"wanted-{field}@example.org"}[field]
        people = [somebody() for _ in range(20)]
        acts = [
            partial(root.patch, f"/api/users/{person.id}", {field: wanted}) for person in people
        ]

        answers = at_once(acts)

        assert sorted(answer.status for answer in answers) == [200] + [409] * 19
        assert {answer.error for answer in answers} == {None, f"{field}_taken"}

    def test_C_04_of_two_administrators_who_demote_each_other_one_stays(self, serve):
        service = serve()
        one, other = (service.person(name, role="admin") for name in ("One", "Other"))
        wire = Wire(service.port)
        for _ in range(5):
            acts = [
                partial(wire.of(one).ask, "DELETE", f"/api/users/{other.id}/roles/admin"),
                partial(wire.of(other).ask, "DELETE", f"/api/users/{one.id}/roles/admin"),
            ]
            statuses = sorted(answer.status for answer in at_once(acts))
            assert statuses in ([204, 403], [204, 409])
            left = next(way for way in (one, other) if wire.of(way).get("/api/users").status == 200)
            for person in (one, other):
                its = f"/api/users/{person.id}/roles/admin"
                assert wire.of(left).ask("PUT", its).status == 204


class TestTheSameVersion:
    @pytest.mark.parametrize("database", ["service", "on_sqlite"])
    def test_C_03_of_twenty_who_change_it_one_does(self, request, database):
        service = request.getfixturevalue(database)
        person = service.person("Contested")
        wire, its = Wire(service.port).of(service.administrator), f"/api/users/{person.id}"
        assert service.settings["workers"] == 2
        for version in range(1, 6):
            condition = f'If-Match: "{version}"'
            acts = [
                partial(wire.patch, its, {"display_name": f"Name {version}-{number}"}, condition)
                for number in range(20)
            ]

            answers = at_once(acts)

            assert sorted(answer.status for answer in answers) == [200] + [412] * 19
            assert {answer.error for answer in answers} == {None, "precondition_failed"}
            changed = next(answer for answer in answers if answer.status == 200)
            assert changed.headers["ETag"] == f'"{version + 1}"'
            assert wire.get(its).json == changed.json

    def test_C_03_the_condition_may_be_told_on_several_lines(self, wire, somebody):
        me, lines = wire.of(somebody()), ('If-Match: "7"', 'If-Match: W/"1"', 'If-Match: "1"')
        assert me.patch("/api/me", {"display_name": "A"}, *lines[:2]).status == 412
        assert me.patch("/api/me", {"display_name": "A"}, *lines).status == 200

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_C_03_who_has_it_is_sent_nothing(self, wire, somebody, method):
        me = wire.of(somebody())
        tag = me.get("/api/me").headers["ETag"]
        answer = me.ask(method, "/api/me", None, 'If-None-Match: "x", "y"', f"If-None-Match: {tag}")
        assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", tag)
        assert "Content-Type" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"


class TestOneGone:
    def test_C_04_an_account_that_is_deleted_meanwhile_is_not_found(self, wire, root, somebody):
        seen = set()
        for _ in range(10):
            person = somebody()
            its, me = f"/api/users/{person.id}", wire.of(person)
            acts = [
                *[partial(root.patch, its, {"display_name": f"Name {n}"}) for n in range(4)],
                *[partial(me.patch, "/api/me", {"display_name": f"Name {n}"}) for n in range(2)],
                *[partial(root.ask, "DELETE", its)] * 2,
            ]
            seen |= {answer.status for answer in at_once(acts)}
            assert root.get(its).status == 404
        assert seen <= {200, 204, 401, 404}


class TestGivingWay:
    """A trigger gives up as the database does when two transactions are in each other's way."""

    @pytest.fixture
    def give_up(self, service):
        """Let the next so many changes of that name fail with that state."""

        def install(name, state, times):
            run(service, f"CREATE SEQUENCE tries_{name}")
            run(
                service,
                f"""CREATE FUNCTION give_up_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.display_name = '{name}' AND nextval('tries_{name}') <= {times} THEN
                RAISE EXCEPTION 'giving up' USING ERRCODE = '{state}'; END IF; RETURN NEW;
                END $$""",
            )
            run(
                service,
                f"""CREATE TRIGGER give_up_{name} BEFORE UPDATE ON users
                FOR EACH ROW EXECUTE FUNCTION give_up_{name}()""",
            )

        return install

    @pytest.mark.parametrize("state", STATES.values(), ids=STATES)
    def test_C_04_is_tried_again_without_the_client_noticing(
        self, service, wire, somebody, give_up, state
    ):
        person, name = somebody(), f"twice{state.lower()}"
        give_up(name, state, times=TRIES - 1)
        answer = wire.of(person).patch("/api/me", {"display_name": name})
        assert (answer.status, answer.json["display_name"]) == (200, name)
        assert tries(service, name) == TRIES
        assert wire.of(person).get("/api/me").json["display_name"] == name

    @pytest.mark.parametrize("state", STATES.values(), ids=STATES)
    def test_C_04_is_told_to_the_client_when_it_does_not_end(
        self, service, wire, somebody, give_up, state
    ):
        person, name = somebody(), f"always{state.lower()}"
        give_up(name, state, times=1000)
        answer = wire.of(person).patch("/api/me", {"display_name": name})
        assert (answer.status, answer.error) == (503, "database_unavailable")
        assert tries(service, name) == TRIES
        assert wire.of(person).get("/api/me").json["display_name"] is None


def run(service, statement):
    with service.local_service.app.app_context(), db.engine.begin() as connection:
        return connection.execute(text(statement))


def tries(service, name):
    with service.local_service.app.app_context(), db.engine.connect() as connection:
        return connection.scalar(text(f"SELECT last_value FROM tries_{name}"))


class TestOnSQLite:
    """One file, two processes, and sixteen who write to it without pause."""

    def test_F_18_writers_wait_in_line_and_nothing_is_lost(self, on_sqlite):
        people = [on_sqlite.person(f"Writer{number}") for number in range(16)]
        wire, deadline = Wire(on_sqlite.port), time.monotonic() + SECONDS
        with ThreadPoolExecutor(32) as pool:
            writing = [pool.submit(write, wire.of(person), deadline) for person in people]
            reading = [pool.submit(read, wire.of(person), deadline) for person in people]
            written, statuses = (
                [each.result() for each in writing],
                [each.result() for each in reading],
            )

        assert {status for each in statuses for status in each} == {200}
        assert {status for _, each in written for status in each} == {200}
        assert sum(len(each) for _, each in written) > 16 * SECONDS
        for person, (last, _) in zip(people, written, strict=True):
            assert wire.of(person).get("/api/me").json["display_name"] == last
        assert integrity(on_sqlite.database_url) == "ok"


def write(wire, deadline):
    """Change a name until the time is over; return the last that was acknowledged."""
    statuses, last = [], None
    while time.monotonic() < deadline:
        answer = wire.patch("/api/me", {"display_name": f"Name {len(statuses)}"})
        statuses.append(answer.status)
        last = answer.json.get("display_name", last)
    return last, statuses


def read(wire, deadline):
    statuses = []
    while time.monotonic() < deadline:
        statuses.append(wire.get("/api/me").status)
    return statuses


def integrity(url):
    connection = sqlite3.connect(make_url(url).database)
    try:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        return connection.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        connection.close()
