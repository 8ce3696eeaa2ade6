"""Which database rights the audit log needs (O-04); no change without its audit row (C-05)."""

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
def restricted(start_shared, databases) -> Iterator[Any]:
    """A service whose database role has only the privileges that `rollbook grants` prints."""
    url, role, password = databases.clone(), f"rollbook_test_{token_hex(4)}", token_hex()
    make = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
    with session(url) as connection:
        connection.execute(make.format(sql.Identifier(role), sql.Literal(password)))
        connection.execute(rollbook(url, "grants", role))
    as_role = make_url(url).set(username=role, password=password)
    service = start_shared(database_url=as_role.render_as_string(hide_password=False))
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


AUDIT_LOG_CHANGES = [
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
SCHEMA_CHANGES = [
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


class TestDatabaseRole:
    def test_O_04_the_granted_privileges_suffice_to_serve(self, restricted):
        wire, root = Wire(restricted.port), restricted.administrator
        ada = restricted.person("Ada")
        assert wire.get("/health/ready").status == 200
        assert wire.log_in("Ada", PASSWORD).status == 200
        assert wire.log_in("Ada", "wrong").status == 401
        assert wire.as_person(ada).patch("/api/me", {"display_name": "Ada"}).status == 200
        assert wire.as_person(ada).get("/api/users").status == 403
        its = f"/api/users/{ada.id}"
        assert wire.as_person(root).patch(its, {"status": "suspended"}).status == 200
        assert wire.as_person(root).ask("DELETE", its).status == 204
        events = wire.as_person(root).get(f"/api/audit-events?subject={ada.id}").json["items"]
        assert [event["action"] for event in reversed(events)] == [
            "login.succeeded", "login.failed", "user.updated", "user.suspended", "user.deleted",
        ]  # fmt: skip

    def test_O_04_the_granted_privileges_suffice_to_seal_and_to_verify(self, restricted):
        assert restricted.administrator.patch("/api/me", {"display_name": "Sealed"})

        head = rollbook(restricted.database_url, "audit", "seal").strip()

        assert int(head.partition(":")[0]) >= 1
        assert not rollbook(restricted.database_url, "audit", "verify", "--head", head)

    @pytest.mark.parametrize("statement", AUDIT_LOG_CHANGES)
    def test_O_04_the_role_cannot_change_the_audit_log(self, restricted, statement):
        with (
            session(restricted.database_url) as connection,
            pytest.raises(InsufficientPrivilege),
        ):
            connection.execute(statement)

    @pytest.mark.parametrize("statement", SCHEMA_CHANGES)
    def test_O_04_the_role_cannot_change_the_schema(self, restricted, statement):
        with (
            session(restricted.database_url) as connection,
            pytest.raises(InsufficientPrivilege),
        ):
            connection.execute(statement)


FAULTS = {
    "the privilege to insert is revoked": (
        "REVOKE INSERT ON audit_events FROM {role}",
        "GRANT INSERT ON audit_events TO {role}",
    ),
    "the table is renamed": (
        "ALTER TABLE audit_events RENAME TO hidden",
        "ALTER TABLE hidden RENAME TO audit_events",
    ),
}


@contextmanager
def broken(url: str, database: URL, fault: str) -> Iterator[None]:
    """Make audit rows fail, as the owner of the database, and repair it at the end."""
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
def test_C_05_nothing_changes_without_its_audit_row(restricted, databases, fault):
    wire, root = Wire(restricted.port), restricted.administrator
    ada = restricted.person(f"C05.{next(numbers)}")
    newcomer = {"username": f"late.{ada.username}", "email": "l@example.org", "password": GOOD}
    changes = [
        (wire.as_person(ada), "PATCH", "/api/me", {"display_name": "Other"}),
        (wire.as_person(root), "PATCH", f"/api/users/{ada.id}", {"status": "suspended"}),
        (wire.as_person(root), "DELETE", f"/api/users/{ada.id}", None),
        (wire, "POST", "/api/register", newcomer),
        (wire, "POST", "/api/login", {"username": ada.username, "password": PASSWORD}),
        (wire, "POST", "/api/login", {"username": ada.username, "password": "wrong"}),
        (wire.as_person(ada), "GET", "/api/users", None),
    ]

    with broken(restricted.database_url, databases.server.url, fault):
        answers = [who.ask(method, path, body) for who, method, path, body in changes]

    outcomes = {(answer.status, answer.error) for answer in answers}
    assert outcomes == {(503, "database_unavailable")}
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers)
    account = wire.as_person(ada).get("/api/me").json
    assert (account["display_name"], account["status"]) == (None, "active")
    assert wire.log_in(newcomer["username"], GOOD).status == 401
    assert wire.log_in(ada.username, PASSWORD).status == 200
