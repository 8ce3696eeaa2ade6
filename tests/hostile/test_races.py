"""Simultaneous requests: C-03, C-04, F-18."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import make_url, text

from api.core.database import db
from tests.hostile.wire import Wire, at_once

ATTEMPTS = 3
SECONDS = 3
STATES = {"serialisation failure": "40001", "deadlock": "40P01"}


class TestConflicts:
    @pytest.mark.parametrize("field", ["username", "email"])
    def test_C_04_one_of_twenty_gets_a_unique_value(self, root, make_person, field):
        wanted = {"username": f"wanted-{field}", "email": f"wanted-{field}@example.org"}[field]
        people = [make_person() for _ in range(20)]
        acts = [
            partial(root.patch, f"/api/users/{person.id}", {field: wanted}) for person in people
        ]

        answers = at_once(acts)

        assert sorted(answer.status for answer in answers) == [200] + [409] * 19
        assert {answer.error for answer in answers} == {None, f"{field}_taken"}

    def test_C_04_two_administrators_cannot_withdraw_each_others_role(self, serve):
        service = serve()
        one, other = (service.person(name, role="admin") for name in ("One", "Other"))
        wire = Wire(service.port)
        for _ in range(5):
            acts = [
                partial(wire.as_person(one).ask, "DELETE", f"/api/users/{other.id}/roles/admin"),
                partial(wire.as_person(other).ask, "DELETE", f"/api/users/{one.id}/roles/admin"),
            ]
            statuses = sorted(answer.status for answer in at_once(acts))
            assert statuses in ([204, 403], [204, 409])
            left = next(
                way for way in (one, other) if wire.as_person(way).get("/api/users").status == 200
            )
            for person in (one, other):
                its = f"/api/users/{person.id}/roles/admin"
                assert wire.as_person(left).ask("PUT", its).status == 204


class TestVersions:
    @pytest.mark.parametrize("database", ["service", "on_sqlite"])
    def test_C_03_one_of_twenty_updates_of_a_version_succeeds(self, request, database):
        service = request.getfixturevalue(database)
        person = service.person("Contested")
        wire, its = Wire(service.port).as_person(service.administrator), f"/api/users/{person.id}"
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

    def test_C_03_a_condition_may_span_several_lines(self, wire, make_person):
        me, lines = (
            wire.as_person(make_person()),
            ('If-Match: "7"', 'If-Match: W/"1"', 'If-Match: "1"'),
        )
        assert me.patch("/api/me", {"display_name": "A"}, *lines[:2]).status == 412
        assert me.patch("/api/me", {"display_name": "A"}, *lines).status == 200

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_C_03_a_client_with_the_current_version_gets_304(self, wire, make_person, method):
        me = wire.as_person(make_person())
        tag = me.get("/api/me").headers["ETag"]
        answer = me.ask(method, "/api/me", None, 'If-None-Match: "x", "y"', f"If-None-Match: {tag}")
        assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", tag)
        assert "Content-Type" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store, no-transform"


class TestDeletion:
    def test_C_04_a_user_deleted_meanwhile_is_404(self, wire, root, make_person):
        statuses = set()
        for _ in range(10):
            person = make_person()
            its, me = f"/api/users/{person.id}", wire.as_person(person)
            acts = [
                *[partial(root.patch, its, {"display_name": f"Name {n}"}) for n in range(4)],
                *[partial(me.patch, "/api/me", {"display_name": f"Name {n}"}) for n in range(2)],
                *[partial(root.ask, "DELETE", its)] * 2,
            ]
            statuses |= {answer.status for answer in at_once(acts)}
            assert root.get(its).status == 404
        assert statuses <= {200, 204, 401, 404}


class TestRetries:
    """A trigger fails as the database does when two transactions conflict."""

    @pytest.fixture
    def fail_changes(self, service):
        """Make the next changes to that name fail with that SQLSTATE."""

        def install(name, state, times):
            run(service, f"CREATE SEQUENCE attempts_{name}")
            run(
                service,
                f"""CREATE FUNCTION give_up_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.display_name = '{name}' AND nextval('attempts_{name}') <= {times} THEN
                RAISE EXCEPTION 'made to fail' USING ERRCODE = '{state}'; END IF; RETURN NEW;
                END $$""",
            )
            run(
                service,
                f"""CREATE TRIGGER give_up_{name} BEFORE UPDATE ON users
                FOR EACH ROW EXECUTE FUNCTION give_up_{name}()""",
            )

        return install

    @pytest.mark.parametrize("state", STATES.values(), ids=STATES)
    def test_C_04_a_conflict_is_retried(self, service, wire, make_person, fail_changes, state):
        person, name = make_person(), f"twice{state.lower()}"
        fail_changes(name, state, times=ATTEMPTS - 1)
        answer = wire.as_person(person).patch("/api/me", {"display_name": name})
        assert (answer.status, answer.json["display_name"]) == (200, name)
        assert count_attempts(service, name) == ATTEMPTS
        assert wire.as_person(person).get("/api/me").json["display_name"] == name

    @pytest.mark.parametrize("state", STATES.values(), ids=STATES)
    def test_C_04_a_conflict_that_remains_is_503(
        self, service, wire, make_person, fail_changes, state
    ):
        person, name = make_person(), f"always{state.lower()}"
        fail_changes(name, state, times=1000)
        answer = wire.as_person(person).patch("/api/me", {"display_name": name})
        assert (answer.status, answer.error) == (503, "database_unavailable")
        assert count_attempts(service, name) == ATTEMPTS
        assert wire.as_person(person).get("/api/me").json["display_name"] is None


def run(service, statement):
    with service.local_service.app.app_context(), db.engine.begin() as connection:
        return connection.execute(text(statement))


def count_attempts(service, name):
    with service.local_service.app.app_context(), db.engine.connect() as connection:
        return connection.scalar(text(f"SELECT last_value FROM attempts_{name}"))


class TestOnSQLite:
    """One file, two processes, and sixteen users who write without pause."""

    def test_F_18_writers_wait_and_no_change_is_lost(self, on_sqlite):
        people = [on_sqlite.person(f"Writer{number}") for number in range(16)]
        wire, deadline = Wire(on_sqlite.port), time.monotonic() + SECONDS
        with ThreadPoolExecutor(32) as pool:
            writing = [pool.submit(write, wire.as_person(person), deadline) for person in people]
            reading = [pool.submit(read, wire.as_person(person), deadline) for person in people]
            written, statuses = (
                [each.result() for each in writing],
                [each.result() for each in reading],
            )

        assert {status for each in statuses for status in each} == {200}
        assert {status for _, each in written for status in each} == {200}
        assert sum(len(each) for _, each in written) > 16 * SECONDS
        for person, (last, _) in zip(people, written, strict=True):
            assert wire.as_person(person).get("/api/me").json["display_name"] == last
        assert check_integrity(on_sqlite.database_url) == "ok"


def write(wire, deadline):
    """Change a name until the deadline; return the last acknowledged one and all statuses."""
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


def check_integrity(url):
    connection = sqlite3.connect(make_url(url).database)
    try:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        return connection.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        connection.close()
