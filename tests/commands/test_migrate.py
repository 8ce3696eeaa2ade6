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
        assert run(main, ["migrate", "--check"]).exit_code == 1
        assert run(main, ["migrate"]).exit_code == 0
        assert run(main, ["migrate", "--check"]).exit_code == 0
        assert read_revision(database) == newest_revision()
        assert run(main, ["migrate", "--to", "base"]).exit_code == 0
        assert read_revision(database) is None


def test_case_N_03_migrate_says_from_which_revision_to_which(build, tmp_path):
    newest = newest_revision()

    with build(SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path}/database").app_context():
        lines = [
            CliRunner().invoke(main, ["migrate", *arguments]).output.splitlines()[-1]
            for arguments in ([], [], ["--check"], ["--to", "0003"], [], ["--to", "base"])
        ]

    assert lines == [
        f"Migrated the schema from revision base to {newest}.",
        f"The schema has revision {newest}; there was nothing to do.",
        f"The schema has revision {newest}; there was nothing to do.",
        f"Migrated the schema from revision {newest} to 0003.",
        f"Migrated the schema from revision 0003 to {newest}.",
        f"Migrated the schema from revision {newest} to base.",
    ]


@pytest.mark.parametrize("revision", ["nosuch", "0099", "head"])
def test_migrate_lists_the_revisions_to_which_it_can_go_back(build, tmp_path, revision):
    run = CliRunner().invoke
    with build(SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path}/database").app_context():
        run(main, ["migrate"])
        run(main, ["migrate", "--to", "0002"])

        done = run(main, ["migrate", "--to", revision])

    assert done.exit_code == 2
    assert done.stderr == (
        f"rollbook: --to {revision}: the schema cannot go back to that; "
        "give one of base, 0001, 0002\n"
    )


def test_migrate_does_not_go_back_to_a_newer_revision(build, tmp_path):
    with build(SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path}/database").app_context():
        done = CliRunner().invoke(main, ["migrate", "--to", "0002"])

    assert (done.exit_code, "give one of base\n" in done.stderr) == (2, True)


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
    assert rollbook("users", "list").output.count("\n") == 1  # the header


def test_the_first_administrator_is_created_once(rollbook, anyone):
    first = rollbook("migrate", "--first-administrator").output
    password = first.rpartition("password")[2].strip()
    anyone.post("/api/login", {"username": "admin", "password": password}, expecting=200)

    assert "password" not in rollbook("migrate", "--first-administrator").output
    assert rollbook("users", "list").output.count("\n") == 2


def test_no_first_administrator_is_created_where_a_user_exists(rollbook, user):
    user("Ada")

    assert "password" not in rollbook("migrate", "--first-administrator").output
