"""A database that takes no writes for a while, as after a failover (B-34)."""

import json
from itertools import count

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from tests.hostile.corpus import GOOD
from tests.hostile.wire import Wire
from tests.support import dispose

numbers = count(1)


class Database:
    """What an operator does to the database of a service."""

    def __init__(self, url: str) -> None:
        self.name = make_url(url).database
        address = make_url(url).set(drivername="postgresql", database="postgres")
        self.address = address.render_as_string(hide_password=False)

    def run(self, *statements: str) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            for statement in statements:
                name = sql.Identifier(self.name)
                connection.execute(sql.SQL(statement).format(name=name, text=self.name))

    def end_connections(self) -> None:
        self.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {text}")

    def demote(self) -> None:
        """Let all new connections be read-only, as those to a standby are."""
        self.run("ALTER DATABASE {name} SET default_transaction_read_only = on")

    def promote(self) -> None:
        self.run("ALTER DATABASE {name} RESET default_transaction_read_only")


@pytest.fixture(scope="module")
def service(start_shared, database_url):
    if not make_url(database_url).host:
        pytest.skip("SQLite has no server that fails over")
    return start_shared(workers=1, redis_url=None, login_attempts=1000)


@pytest.fixture
def database(service):
    database = Database(service.database_url)
    yield database
    database.promote()


@pytest.fixture
def writes(service):
    """Return each kind of request that writes, with the status it normally has."""
    dispose(service.local_service.app)  # its connections, which an earlier test has ended
    name = f"late{next(numbers)}"
    person = service.person(f"Ada{name}")
    wire, anyone = Wire(service.port).as_person(person), Wire(service.port)
    account = {"username": name, "email": f"{name}@example.org", "password": GOOD}
    right = {"username": person.username, "password": person.password}
    wrong = {**right, "password": "wrong"}
    refresh = {"refresh_token": person.refresh_token}
    return {
        "change": (wire.patch, ("/api/me", {"display_name": "Ada"}), 200),
        "login": (anyone.post, ("/api/login", right), 200),
        "failed login": (anyone.post, ("/api/login", wrong), 401),
        "refresh": (anyone.post, ("/api/refresh", refresh), 200),
        "registration": (anyone.post, ("/api/register", account), 201),
    }


def require_unavailable(writes):
    for name, (act, arguments, _) in writes.items():
        answer = act(*arguments)
        assert (answer.status, answer.error) == (503, "database_unavailable"), name
        assert int(answer.headers["Retry-After"]) >= 1


def require_success(writes):
    for name, (act, arguments, expected) in writes.items():
        assert act(*arguments).status == expected, name


def find_lines(service, event):
    return [line for line in map(json.loads, service.log().splitlines()) if line["event"] == event]


def test_B_34_a_server_without_writes_gives_503_until_writes_are_possible_again(
    service, database, writes
):
    wire = Wire(service.port)
    database.demote()
    database.end_connections()

    for _ in range(2):
        require_unavailable(writes)
        ready = wire.get("/health/ready")
        assert (ready.status, ready.json["checks"]["database"]) == (503, "read_only")
        assert wire.get("/health/live").status == 200

    database.promote()
    assert wire.get("/health/ready").status == 200
    require_success(writes)


def test_B_34_connections_to_a_demoted_server_are_thrown_away_without_a_health_check(
    service, database, writes
):
    database.demote()
    database.end_connections()
    require_unavailable(writes)

    database.promote()

    require_success(writes)


def test_B_34_the_log_has_the_reason_once_a_minute(service, database, writes):
    database.demote()
    database.end_connections()
    for _ in range(3):
        require_unavailable(writes)
        Wire(service.port).get("/health/ready")

    reasons = [line["reason"] for line in find_lines(service, "database.unavailable")]
    assert [reason for reason in reasons if "read-only transaction" in reason]
    assert len(reasons) == len(set(reasons))
    not_ready = [line["reason"] for line in find_lines(service, "not_ready")]
    assert "cannot execute DELETE in a read-only transaction" in not_ready
    assert len(not_ready) == len(set(not_ready))


def test_B_34_clients_do_not_notice_a_column_that_a_migration_widens(service, database, writes):
    """PostgreSQL then rejects prepared statements: the cached plan must not change result type."""
    dispose(service.local_service.app)
    person = service.person(f"Grace{next(numbers)}")
    wire = Wire(service.port).as_person(person)
    assert {wire.get("/api/me").status for _ in range(10)} == {200}
    require_success(writes)
    with psycopg.connect(database.address.replace("/postgres", f"/{database.name}")) as connection:
        connection.execute("ALTER TABLE users ALTER COLUMN display_name TYPE text")

    assert {wire.get("/api/me").status for _ in range(10)} == {200}
    assert wire.patch("/api/me", {"display_name": "Grace"}).status == 200
