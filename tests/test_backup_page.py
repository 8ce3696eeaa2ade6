"""The commands of docs/operations.md that back up and restore, as the page shows them."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from secrets import token_urlsafe

import psycopg
import pytest
from sqlalchemy import make_url

from tests.databases import PostgreSQL
from tests.postgresql import find_client_programs
from tests.service import KEPT, ROOT

BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TABLES = ("users", "user_roles", "roles", "audit_events", "audit_chain", "task_runs")


def read_commands(heading: str) -> tuple[str, str]:
    """Return the blocks below a heading: how to back up, and how to restore."""
    page = (ROOT / "docs/operations.md").read_text("utf-8")
    section = page.partition(f"\n### {heading}\n")[2].partition("\n### ")[0]
    back_up, restore = BLOCK.findall(section)
    return back_up, restore


@pytest.fixture
def run(tmp_path):
    """Return a function that runs commands in an empty directory, with `rollbook` on the path."""

    def run_commands(commands: str, *programs: Path, **settings: str):
        kept = {name: value for name, value in os.environ.items() if name in KEPT}
        path = [*map(str, programs), str(Path(sys.executable).parent), kept.pop("PATH")]
        return subprocess.run(
            ["bash", "-eu", "-c", commands],
            cwd=tmp_path,
            env={**kept, "PATH": ":".join(path), "PYTHONPATH": str(ROOT), **settings},
            capture_output=True,
            text=True,
            check=False,
        )

    return run_commands


def is_private(file: Path) -> bool:
    return stat.S_IMODE(file.stat().st_mode) == 0o600


class TestPostgreSQL:
    @pytest.fixture
    def urls(self, databases, database_url, user):
        """The URLs of a database with users, and of the one to create."""
        if not isinstance(databases, PostgreSQL):
            pytest.skip("it is about PostgreSQL")
        user("Root", role="admin")
        user("Ada")
        url = make_url(database_url).set(drivername="postgresql")
        restored = url.set(database="rollbook_restored")
        yield tuple(each.render_as_string(hide_password=False) for each in (url, restored))
        databases.drop(str(restored))

    @pytest.fixture
    def settings(self, urls):
        return {
            "DATABASE_URL": urls[0],
            "RESTORED_URL": urls[1],
            "ENVIRONMENT": "development",
            "ENCRYPTION_KEY": token_urlsafe(48),
        }

    @pytest.fixture
    def programs(self, databases):
        """The directory of the programs of the server's version."""
        version = databases.connection.info.server_version // 10_000
        found = find_client_programs(version)
        if found is None:
            pytest.skip(f"there are no client programs of PostgreSQL {version}")
        return found

    def test_case_N_05_a_backup_is_restored_into_an_empty_database(
        self, run, urls, settings, programs, tmp_path
    ):
        back_up, restore = read_commands("PostgreSQL")
        run("rollbook audit seal", **settings)

        saved = run(back_up, programs, **settings)
        restored = run(restore, programs, **settings)

        assert (saved.returncode, saved.stderr) == (0, "")
        assert is_private(tmp_path / "rollbook.sql")
        assert restored.returncode == 0, restored.stderr
        assert "0 wrong" in restored.stderr
        assert count_rows(urls[1]) == count_rows(urls[0])

    def test_case_N_05_a_database_that_is_not_empty_is_left_as_it_is(
        self, run, urls, settings, programs
    ):
        back_up, restore = read_commands("PostgreSQL")
        run(back_up, programs, **settings)
        before = count_rows(urls[0])
        _, psql, *_ = restore.splitlines()

        done = run(psql, programs, **settings | {"RESTORED_URL": urls[0]})

        assert done.returncode == 3  # of psql, with ON_ERROR_STOP
        assert "already exists" in done.stderr
        assert count_rows(urls[0]) == before


def count_rows(url: str) -> list[tuple[int, ...]]:
    with psycopg.connect(url) as connection:
        return [connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in TABLES]


class TestSQLite:
    def test_case_N_05_a_backup_is_restored(self, run, tmp_path):
        back_up, restore = read_commands("SQLite")
        (tmp_path / "instance").mkdir()
        (tmp_path / "instance" / "encryption-key").write_text(token_urlsafe(48))
        run("rollbook migrate --instance --first-administrator")
        saved = run(back_up)
        users = run("rollbook users list --instance").stdout
        run("rm instance/rollbook.sqlite")

        restored = run(restore)

        assert (saved.returncode, saved.stderr) == (0, "")
        assert is_private(tmp_path / "rollbook.backup")
        assert is_private(tmp_path / "instance" / "rollbook.sqlite")
        assert restored.returncode == 0, restored.stderr
        assert "admin@rollbook.example" in users
        assert run("rollbook users list --instance").stdout == users
