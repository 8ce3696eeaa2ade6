"""`rollbook migrate`."""

import sqlite3
import stat
from contextlib import closing

import pytest
from click.testing import CliRunner

from api.cli import main
from api.migrations import newest_revision


def read_revision(database) -> str | None:
    with closing(sqlite3.connect(database)) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return row and row[0]


def test_migrate_upgrades_checks_and_downgrades(build, tmp_path):
    database = tmp_path / "database"
    run = CliRunner().invoke

    with build(SQLALCHEMY_DATABASE_URI=f"sqlite:///{database}").app_context():
        assert run(main, ["migrate", "--check"]).exit_code == 2
        assert run(main, ["migrate"]).exit_code == 0
        assert run(main, ["migrate", "--check"]).exit_code == 0
        assert read_revision(database) == newest_revision()
        assert run(main, ["migrate", "--to", "base"]).exit_code == 0
        assert read_revision(database) is None


def test_only_the_owner_can_read_the_database_file(build, tmp_path):
    database = tmp_path / "database"

    with build(SQLALCHEMY_DATABASE_URI=f"sqlite:///{database}").app_context():
        CliRunner().invoke(main, ["migrate"])

    assert stat.S_IMODE(database.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "arguments",
    [
        ("--check", "--first-administrator"),
        ("--check", "--to", "base"),
        ("--to", "base", "--first-administrator"),
    ],
)
def test_options_that_exclude_each_other_are_rejected(rollbook, arguments):
    done = rollbook("migrate", *arguments)

    assert done.exit_code == 2
    assert "exclude each other" in done.output
    assert rollbook("users", "list").output == ""


def test_the_first_administrator_is_created_once(rollbook, anyone):
    first = rollbook("migrate", "--first-administrator").output
    password = first.rpartition("password")[2].strip()
    anyone.post("/api/login", {"username": "admin", "password": password}, expecting=200)

    assert "password" not in rollbook("migrate", "--first-administrator").output
    assert rollbook("users", "list").output.count("\n") == 1


def test_no_first_administrator_is_created_where_a_user_exists(rollbook, user):
    user("Ada")

    assert "password" not in rollbook("migrate", "--first-administrator").output
