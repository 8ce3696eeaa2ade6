"""Mistakes of operators: one line, and no traceback (N-01, N-02)."""

import sqlite3
from contextlib import closing
from pathlib import Path
from secrets import token_urlsafe

import pytest
from sqlalchemy import make_url

from api.migrations import newest_revision
from tests.pgbouncer import pgbouncer
from tests.postgresql import connect

SECRET = "canary5e1f"
UNREACHABLE = f"postgresql://rollbook:{SECRET}@127.0.0.1:1/rollbook"
COMMANDS = {
    "migrate": ("migrate",),
    "migrate --check": ("migrate", "--check"),
    "keys list": ("keys", "list"),
    "users list": ("users", "list"),
    "roles list": ("roles", "list"),
    "purge": ("purge",),
    "audit verify": ("audit", "verify"),
    "users export": ("users", "export"),
}


@pytest.fixture
def run(installation):
    """Run a command in development with a database; return the process, which wrote one line."""

    def run_command(*arguments, url, expecting=1, **settings):
        done = installation.run(
            *arguments,
            ENVIRONMENT="development",
            ENCRYPTION_KEY=token_urlsafe(48),
            DATABASE_URL=url,
            **settings,
        )
        assert done.returncode == expecting, done.stderr
        assert SECRET not in done.stdout + done.stderr
        return done

    return run_command


@pytest.fixture
def fail(run):
    """Run a command that fails; return the one line that it writes."""

    def fail_once(*arguments, url, **settings):
        done = run(*arguments, url=url, **settings)
        [line] = done.stderr.splitlines()
        assert line.startswith("rollbook: ")
        return line

    return fail_once


@pytest.mark.parametrize("name", COMMANDS)
def test_N_02_an_unreachable_database_is_one_line_with_the_reason(fail, name):
    line = fail(*COMMANDS[name], url=UNREACHABLE)

    assert "Connection refused" in line
    assert "check host and port" in line


def test_N_02_a_program_that_is_started_ends_with_that_line_too(installation):
    done = installation.run_program(
        "users",
        "list",
        ENVIRONMENT="development",
        ENCRYPTION_KEY=token_urlsafe(48),
        DATABASE_URL=UNREACHABLE,
    )

    [line] = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (1, "")
    assert line.startswith("rollbook: DATABASE_URL: ")


@pytest.mark.parametrize("name", ["migrate", "keys list", "users list"])
def test_N_02_a_file_that_is_no_database_is_one_line(fail, tmp_path, name):
    (tmp_path / "file").write_text("a text that is long enough to look like no database at all")

    assert "file is not a database" in fail(*COMMANDS[name], url=f"sqlite:///{tmp_path}/file")


@pytest.mark.parametrize("name", ["migrate", "keys list"])
def test_N_02_a_missing_directory_is_one_line(fail, tmp_path, name):
    line = fail(*COMMANDS[name], url=f"sqlite:///{tmp_path}/missing/file")

    assert "the directory of the file does not exist" in line


def test_N_02_verbose_adds_the_traceback_without_secrets(run):
    done = run("--verbose", "keys", "list", url=UNREACHABLE)

    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("rollbook: DATABASE_URL: ")


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"migrate"}))
def test_N_01_a_database_without_a_schema_is_reported_as_such(fail, tmp_path, name):
    line = fail(*COMMANDS[name], url=f"sqlite:///{tmp_path}/file")

    assert "the database has no schema" in line
    assert "`rollbook migrate`" in line


@pytest.mark.parametrize(
    ("revision", "reason"), [("0001", "the schema is older (0001)"), ("9999", "is newer (9999)")]
)
@pytest.mark.parametrize("name", ["migrate --check", "doctor"])
def test_N_01_another_schema_is_reported_with_both_revisions(
    run, sqlite_url, revision, reason, name
):
    with closing(sqlite3.connect(make_url(sqlite_url).database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [revision])

    done = run(*name.split(), url=sqlite_url)

    assert reason in done.stdout + done.stderr
    assert newest_revision() in done.stdout + done.stderr


def test_N_01_migrate_does_not_touch_a_newer_schema(fail, sqlite_url):
    with closing(sqlite3.connect(make_url(sqlite_url).database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    assert "the schema is newer (9999)" in fail("migrate", url=sqlite_url)


def test_N_01_serve_does_not_start_without_a_schema(fail_to_serve, tmp_path):
    line = fail_to_serve(url=f"sqlite:///{tmp_path}/file")

    assert line == (
        "rollbook: DATABASE_URL: the database has no schema; run `rollbook migrate`, "
        "or start with --wait"
    )


@pytest.fixture
def fail_to_serve(run):
    def serve(*, url):
        done = run("serve", url=url, expecting=2, PORT="0", METRICS_PORT="0")
        [line] = done.stderr.splitlines()
        return line

    return serve


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_N_01_a_database_in_another_encoding_is_rejected_at_start_and_by_migrate(
    fail, fail_to_serve, databases, encoding
):
    if not hasattr(databases, "create"):
        pytest.skip("SQLite stores UTF-8")
    url = databases.create(encoding)
    try:
        assert f"encoding {encoding} and not UTF8" in fail("migrate", url=url)
        assert f"encoding {encoding} and not UTF8" in fail_to_serve(url=url)
    finally:
        databases.drop(url)


@pytest.fixture
def settings(sqlite_url):
    return {
        "ENVIRONMENT": "development",
        "ENCRYPTION_KEY": token_urlsafe(48),
        "DATABASE_URL": sqlite_url,
    }


FULL = {"stdout": Path("/dev/full")}
NO_SPACE = "rollbook: standard output: No space left on device\n"


@pytest.fixture
def with_account(installation, settings):
    create = ("users", "create", "ada", "ada@example.org")
    assert installation.run(*create, input="a nanosecond is a foot", **settings).returncode == 0


@pytest.mark.parametrize("arguments", ["roles list", "users export", "--help", "--version"])
def test_B_35_a_full_disk_is_one_line(installation, settings, with_account, arguments):
    done = installation.run(*arguments.split(), streams=FULL, **settings)

    assert (done.returncode, done.stderr) == (1, NO_SPACE)


def test_B_35_a_program_that_is_started_ends_with_that_line_too(
    installation, settings, with_account
):
    program = " ".join(installation.program)

    done = installation.run_shell(f"{program} users export > /dev/full", **settings)

    assert (done.returncode, done.stderr) == (1, NO_SPACE)


def test_B_35_a_reader_that_has_seen_enough_is_no_error(installation):
    program = " ".join(installation.program)

    done = installation.run_shell(f"{{ {program} openapi --stdout; echo $? >&2; }} | head -c 9")

    assert done.stderr == "1\n"


CLOSED_OUTPUT = ("users list", "keys rotate", "doctor", "users export", "migrate", "--help")


@pytest.mark.parametrize("arguments", CLOSED_OUTPUT)
def test_a_closed_standard_output_discards_what_is_written(installation, settings, arguments):
    done = installation.run(*arguments.split(), streams={"stdout": None}, **settings)

    assert (done.returncode, "Traceback" in done.stderr) == (0, False)


def test_a_program_that_is_started_with_a_closed_standard_output_discards_it(
    installation, settings
):
    program = " ".join(installation.program)

    done = installation.run_shell(f"{program} users list >&-", **settings)

    assert (done.returncode, "Traceback" in done.stderr) == (0, False)


def test_serve_starts_with_a_closed_standard_output(installation, tmp_path):
    done = installation.run_shell(
        f"{' '.join(installation.program)} serve >&-",
        ENVIRONMENT="development",
        ENCRYPTION_KEY=token_urlsafe(48),
        DATABASE_URL=f"sqlite:///{tmp_path}/file",
        PORT="0",
        METRICS_PORT="0",
    )

    assert done.returncode == 2
    assert done.stderr.startswith("rollbook: DATABASE_URL: the database has no schema")


def test_a_closed_standard_input_is_an_empty_password(installation, settings):
    create = ("users", "create", "carl", "carl@example.org")

    done = installation.run(*create, streams={"stdin": None}, **settings)

    assert done.returncode == 1
    assert done.stderr == "rollbook: password must have 12 characters or more\n"


@pytest.mark.parametrize("url", ["sqlite:///:memory:", "sqlite://"])
def test_a_database_in_memory_is_rejected_by_migrate_and_serve(fail, fail_to_serve, url):
    assert "in memory: it is lost at the end" in fail("migrate", url=url)
    assert "in memory: it is lost at the end" in fail_to_serve(url=url)


def test_migrate_and_users_work_behind_pgbouncer_in_transaction_mode(run, databases, place):
    if not hasattr(databases, "create"):
        pytest.skip("SQLite has no pooler")
    direct = databases.create()
    with pgbouncer(place, direct) as url:
        pooled = {"url": url, "DATABASE_TRANSACTION_POOLING": "true"}
        assert "Migrated" in run("migrate", expecting=0, **pooled).stdout
        run("migrate", "--check", expecting=0, **pooled)
        run("doctor", expecting=0, **pooled)
        run("migrate", "--to", "base", expecting=0, **pooled)

        unset = run("doctor", url=url).stdout
    databases.drop(direct)

    assert "set DATABASE_TRANSACTION_POOLING=true for PgBouncer" in unset


def test_B_40_migrate_grants_and_doctor_obey_the_search_path_of_the_url(run, databases):
    if not hasattr(databases, "create"):
        pytest.skip("SQLite has no schemas")
    direct = databases.create()
    with connect(make_url(direct)) as connection:
        connection.execute("CREATE SCHEMA other")
    url = f"{direct}?options=-csearch_path%3Dother"

    run("migrate", url=url, expecting=0)

    with connect(make_url(direct)) as connection:
        found = connection.execute(
            "SELECT DISTINCT schemaname FROM pg_tables WHERE tablename IN ('users', 'sessions')"
        ).fetchall()
    assert found == [("other",)]
    run("migrate", "--check", url=url, expecting=0)
    assert '"other"' in run("grants", "service", url=url, expecting=0).stdout
    run("doctor", url=url, expecting=0)
    databases.drop(direct)
