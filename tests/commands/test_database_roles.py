"""Commands as a database role that lacks privileges: what is missing, and who can grant it."""

from contextlib import closing
from secrets import token_hex, token_urlsafe

import pytest
from psycopg import sql
from sqlalchemy import make_url

from tests.postgresql import connect


@pytest.fixture
def role(databases):
    """Create a database and a role that may only connect to it; return a function for SQL."""
    if not hasattr(databases, "create"):
        pytest.skip("SQLite has no roles")
    created = []

    def create(*statements, migrated=False):
        owner = make_url(databases.clone() if migrated else databases.create())
        name = f"role_{token_hex(4)}"
        created.append((owner, name))
        with closing(connect(owner)) as connection:
            create_role = sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'unprivileged'")
            connection.execute(create_role.format(sql.Identifier(name)))
            for statement in statements:
                connection.execute(statement.format(role=name, database=owner.database))
        url = owner.set(username=name, password="unprivileged")
        return url.render_as_string(hide_password=False)

    yield create
    for owner, name in created:
        databases.drop(owner.render_as_string(hide_password=False))
        databases.connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


@pytest.fixture
def run(installation):
    """Run a command with a database; return its status and everything that it writes."""

    def run_command(*arguments, url):
        settings = {"ENVIRONMENT": "development", "ENCRYPTION_KEY": token_urlsafe(48)}
        done = installation.run(*arguments, DATABASE_URL=url, WORKERS="1", **settings)
        return done.returncode, done.stdout + done.stderr

    return run_command


ALL = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"


def test_a_role_that_may_not_create_tables_is_told_so_by_migrate(run, role):
    url = role("REVOKE CREATE ON SCHEMA public FROM PUBLIC")

    status, output = run("migrate", url=url)

    assert status == 1
    assert output == (
        "rollbook: DATABASE_URL: may not create tables in the schema public; make the role the "
        "owner of the database, or GRANT CREATE ON SCHEMA public\n"
    )


def test_a_role_that_may_not_create_the_extension_is_told_its_name(run, role):
    url = role("GRANT CREATE ON SCHEMA public TO {role}")

    status, output = run("migrate", url=url)

    assert status == 1
    assert output == (
        "rollbook: DATABASE_URL: may not create the extension pg_trgm; let a superuser run "
        "CREATE EXTENSION pg_trgm once in this database\n"
    )


def test_migrate_works_once_a_superuser_has_created_the_extension(run, role):
    url = role("GRANT CREATE ON SCHEMA public TO {role}", "CREATE EXTENSION pg_trgm")

    assert run("migrate", url=url)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "table"),
    [("migrate", "alembic_version"), ("users list", "users"), ("doctor", "alembic_version")],
)
def test_a_role_that_may_not_read_tables_is_referred_to_grants(run, role, arguments, table):
    status, output = run(*arguments.split(), url=role(migrated=True))

    assert status == 1
    assert output.endswith(
        f"DATABASE_URL: permission denied for table {table}; "
        "grant what `rollbook grants ROLE` prints\n"
    )


def test_a_role_that_does_not_own_the_tables_is_told_so_by_migrate(run, role):
    url = role(ALL, "UPDATE alembic_version SET version_num = '0011'", migrated=True)

    status, output = run("migrate", url=url)

    assert status == 1
    assert "must be owner of table" in output
    assert "run it as the role that owns the tables" in output


@pytest.mark.parametrize("command", ["doctor", "config check --connect"])
@pytest.mark.parametrize(
    ("revoked", "reason"),
    [
        ("INSERT ON users, audit_events, sessions", "INSERT on audit_events, sessions, users"),
        ("UPDATE ON roles", "UPDATE on roles"),
        ("DELETE ON kept_answers", "DELETE on kept_answers"),
        ("SELECT ON task_runs", "SELECT on task_runs"),
    ],
)
def test_the_privileges_that_a_role_lacks_are_problems(run, role, command, revoked, reason):
    url = role(ALL, f"REVOKE {revoked} FROM {{role}}", migrated=True)

    status, output = run(*command.split(), url=url)

    assert status == 1
    assert f"the role may not {reason}; grant what `rollbook grants ROLE` prints\n" in output


@pytest.mark.parametrize("command", ["doctor", "config check --connect"])
def test_a_role_with_what_grants_prints_has_no_problem(run, role, databases, command):
    url = role(migrated=True)
    owner = make_url(databases.server.url).set(database=make_url(url).database)
    owner_url = owner.render_as_string(hide_password=False)
    _, statements = run("grants", str(make_url(url).username), url=owner_url)
    with closing(connect(owner)) as connection:
        connection.execute(statements)

    assert run(*command.split(), url=url)[0] == 0
