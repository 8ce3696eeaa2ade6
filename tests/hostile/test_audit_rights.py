"""Who can touch the audit trail (O-04), and that nothing stands without it (C-05)."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from secrets import token_hex
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import URL, make_url

from tests.hostile.corpus import GOOD
from tests.hostile.wire import Wire
from tests.postgresql import connect
from tests.service import ROOT, environment_of
from tests.support import PASSWORD

numbers = count(1)


@contextmanager
def session(url: str) -> Iterator[psycopg.Connection]:
    connection = connect(make_url(url))
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def restricted(another, databases) -> Iterator[Any]:
    """A service whose role of the database has the rights that `rollbook grants` prints."""
    url, role, password = databases.clone(), f"rollbook_test_{token_hex(4)}", token_hex()
    make = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
    with session(url) as connection:
        connection.execute(make.format(sql.Identifier(role), sql.Literal(password)))
        connection.execute(rollbook(url, "grants", role))
    as_role = make_url(url).set(username=role, password=password)
    service = another(database_url=as_role.render_as_string(hide_password=False))
    yield service
    service.close()
    databases.drop(url)
    databases.connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def rollbook(url: str, *arguments: str) -> str:
    """Run a command on a database, and return what it prints."""
    settings = {"environment": "development", "database_url": url, "jwt_secret_key": token_hex(32)}
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        cwd=ROOT,
        env=environment_of(settings),
        capture_output=True,
        text=True,
        check=True,
    ).stdout


CHANGES_OF_THE_TRAIL = [
    "UPDATE audit_events SET actor_id = NULL",
    "UPDATE audit_events SET actor_id = NULL WHERE false",
    "DELETE FROM audit_events",
    "TRUNCATE audit_events",
    "UPDATE audit_chain SET digest = ''",
    "DELETE FROM audit_chain",
    "TRUNCATE audit_chain",
    "INSERT INTO audit_events SELECT * FROM audit_events ON CONFLICT (id) DO UPDATE SET event = ''",
    "SELECT 1 FROM audit_events FOR UPDATE",
]
CHANGES_OF_THE_SCHEMA = [
    "CREATE TABLE mine (id int)",
    "CREATE TEMPORARY TABLE audit_events (id int)",
    "CREATE SCHEMA mine",
    "CREATE INDEX mine ON users (status)",
    "CREATE VIEW mine AS SELECT 1",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE internal AS 'x'",
    "CREATE TRIGGER mine BEFORE INSERT ON audit_events EXECUTE FUNCTION refuse_audit_change()",
    "CREATE ROLE mine",
    "CREATE DATABASE mine",
    "DROP TABLE users",
    "DROP TABLE audit_events",
    "DROP TRIGGER audit_events_only_grows ON audit_events",
    "DROP FUNCTION refuse_audit_change() CASCADE",
    "ALTER TABLE users ADD COLUMN mine int",
    "ALTER TABLE audit_events DISABLE TRIGGER ALL",
    "ALTER TABLE audit_events OWNER TO CURRENT_USER",
    "ALTER TABLE audit_chain RENAME TO mine",
    "SET session_replication_role = replica",
    "UPDATE alembic_version SET version_num = '0001'",
]


class TestTheRoleOfTheService:
    def test_O_04_is_enough_to_serve(self, restricted):
        wire, root = Wire(restricted.port), restricted.administrator
        ada = restricted.person("Ada")
        assert wire.get("/health/ready").status == 200
        assert wire.log_in("Ada", PASSWORD).status == 200
        assert wire.log_in("Ada", "wrong").status == 401
        assert wire.of(ada).patch("/api/me", {"display_name": "Ada"}).status == 200
        assert wire.of(ada).get("/api/users").status == 403
        its = f"/api/users/{ada.id}"
        assert wire.of(root).patch(its, {"status": "suspended"}).status == 200
        assert wire.of(root).ask("DELETE", its).status == 204
        events = wire.of(root).get(f"/api/audit-events?subject={ada.id}").json["items"]
        assert [event["action"] for event in reversed(events)] == [
            "login.succeeded", "login.failed", "user.updated", "user.suspended", "user.deleted",
        ]  # fmt: skip

    def test_O_04_is_enough_to_seal_and_to_verify(self, restricted):
        assert restricted.administrator.patch("/api/me", {"display_name": "Sealed"})

        head = rollbook(restricted.database_url, "audit", "seal").strip()

        assert int(head.partition(":")[0]) >= 1
        assert not rollbook(restricted.database_url, "audit", "verify", "--head", head)

    @pytest.mark.parametrize("statement", CHANGES_OF_THE_TRAIL)
    def test_O_04_changes_nothing_in_the_trail(self, restricted, statement):
        with (
            session(restricted.database_url) as connection,
            pytest.raises(InsufficientPrivilege),
        ):
            connection.execute(statement)

    @pytest.mark.parametrize("statement", CHANGES_OF_THE_SCHEMA)
    def test_O_04_makes_and_changes_no_table_or_anything_else(self, restricted, statement):
        with (
            session(restricted.database_url) as connection,
            pytest.raises(InsufficientPrivilege),
        ):
            connection.execute(statement)


FAULTS = {
    "the right to add to it is gone": (
        "REVOKE INSERT ON audit_events FROM {role}",
        "GRANT INSERT ON audit_events TO {role}",
    ),
    "its table is gone": (
        "ALTER TABLE audit_events RENAME TO hidden",
        "ALTER TABLE hidden RENAME TO audit_events",
    ),
}


@contextmanager
def broken(url: str, database: URL, fault: str) -> Iterator[None]:
    """Break the trail that the role of a URL writes, as the owner of the database, and mend it."""
    role = sql.Identifier(make_url(url).username)
    breaks, mends = (sql.SQL(text).format(role=role) for text in FAULTS[fault])
    of_owner = database.set(database=make_url(url).database)
    with session(of_owner.render_as_string(hide_password=False)) as connection:
        connection.execute(breaks)
        try:
            yield
        finally:
            connection.execute(mends)


@pytest.mark.parametrize("fault", FAULTS)
def test_C_05_nothing_stands_that_the_trail_cannot_tell(restricted, databases, fault):
    wire, root = Wire(restricted.port), restricted.administrator
    ada = restricted.person(f"C05.{next(numbers)}")
    newcomer = {"username": f"late.{ada.username}", "email": "l@example.org", "password": GOOD}
    changes = [
        (wire.of(ada), "PATCH", "/api/me", {"display_name": "Other"}),
        (wire.of(root), "PATCH", f"/api/users/{ada.id}", {"status": "suspended"}),
        (wire.of(root), "DELETE", f"/api/users/{ada.id}", None),
        (wire, "POST", "/api/register", newcomer),
        (wire, "POST", "/api/login", {"username": ada.username, "password": PASSWORD}),
        (wire, "POST", "/api/login", {"username": ada.username, "password": "wrong"}),
        (wire.of(ada), "GET", "/api/users", None),
    ]

    with broken(restricted.database_url, databases.server.url, fault):
        answers = [who.ask(method, path, body) for who, method, path, body in changes]

    told = {(answer.status, answer.error) for answer in answers}
    assert told == {(503, "database_unavailable")}
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers)
    account = wire.of(ada).get("/api/me").json
    assert (account["display_name"], account["status"]) == (None, "active")
    assert wire.log_in(newcomer["username"], GOOD).status == 401
    assert wire.log_in(ada.username, PASSWORD).status == 200
