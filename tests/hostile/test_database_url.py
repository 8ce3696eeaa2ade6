"""What DATABASE_URL says is what the service does (B-40, B-41)."""

import json
from secrets import token_hex

import pytest
from sqlalchemy import make_url

from tests.databases import migrate
from tests.hostile.corpus import GOOD
from tests.hostile.wire import Wire
from tests.postgresql import connect

ACCOUNT = {"username": "ada", "email": "ada@example.org", "password": GOOD}


@pytest.fixture
def server(databases):
    """The URL of an empty database on the server of the tests."""
    if not hasattr(databases, "create"):
        pytest.skip("SQLite has no hosts, schemas and passwords")
    url = databases.create()
    yield make_url(url)
    databases.drop(url)


def show(url):
    return url.render_as_string(hide_password=False)


def execute(url, *statements):
    with connect(url) as connection:
        return [connection.execute(statement) for statement in statements]


def test_B_40_the_service_works_on_the_schema_that_migrate_made(serve, server):
    execute(server, "CREATE SCHEMA other")
    url = show(server) + "?options=-csearch_path%3Dother"
    migrate(url)

    service = serve(database_url=url)

    assert Wire(service.port).post("/api/register", ACCOUNT).status == 201
    with connect(server) as connection:
        assert connection.execute("SELECT count(*) FROM other.users").fetchone() == (1,)
        assert connection.execute("SELECT to_regclass('public.users')").fetchone() == (None,)


def test_B_41_the_service_finds_the_host_that_accepts_writes(serve, server):
    migrate(show(server))
    address = f"{server.username}:{server.password}@127.0.0.1:1,{server.host}:{server.port}"

    service = serve(database_url=f"postgresql://{address}/{server.database}")

    assert Wire(service.port).post("/api/register", ACCOUNT).status == 201


def test_B_41_the_log_has_the_reason_once_and_no_secret(serve, server):
    role, password = f"rollbook_{token_hex(4)}", f"canary{token_hex(4)}"
    execute(server, f"CREATE ROLE {role} SUPERUSER LOGIN PASSWORD '{password}'")
    migrate(show(server))
    url = server.set(username=role, password=password)
    service = serve(database_url=show(url), workers=1, redis_url=None)
    wire = Wire(service.port)

    execute(
        server,
        f"ALTER ROLE {role} PASSWORD 'another'",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'",
    )
    for _ in range(3):
        assert wire.get("/health/ready").status == 503
        assert wire.post("/api/register", ACCOUNT).status == 503
    service.stop()
    execute(server, f"DROP ROLE {role}")

    lines = [json.loads(line) for line in service.log().splitlines()]
    for event in ("not_ready", "database.unavailable"):
        reasons = [line["reason"] for line in lines if line["event"] == event]
        expected = f'password authentication failed for user "{role}"'
        assert any(expected in reason for reason in reasons)
        assert len(reasons) == len(set(reasons))
    assert password not in service.log()
