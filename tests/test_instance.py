import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing

import pytest
from sqlalchemy import make_url

from api import instance
from api.config import ConfigError, load
from api.migrations import newest_revision

NAMES = ("ENVIRONMENT", "DATABASE_URL", "ENCRYPTION_KEY", "WORKERS")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The path of an instance, on a machine on which no setting is set."""
    before = os.umask(0o022)
    for name in NAMES:
        for variant in (name, f"{name}_FILE"):
            monkeypatch.setenv(variant, "")  # so that monkeypatch restores it
            monkeypatch.delenv(variant)
    yield tmp_path / "instance"
    os.umask(before)


class TestAdopt:
    def test_the_service_can_start_with_it(self, place):
        instance.adopt(place)

        settings = load()
        assert (settings.environment, settings.workers) == ("development", 1)
        assert settings.database_url == f"sqlite:///{place}/rollbook.sqlite"

    @pytest.mark.parametrize("name", ["a?b", "a#b", "a%b", "a%41b", "a b+c", "ü"])
    def test_the_directory_may_have_any_name(self, place, name):
        directory = place.with_name(name)

        instance.adopt(directory)

        found = make_url(load().database_url)
        assert found.database == str(directory / "rollbook.sqlite")
        assert not found.query

    def test_a_name_that_is_not_utf_8_is_rejected(self, place):
        with pytest.raises(ConfigError, match="not UTF-8"):
            instance.adopt(place.with_name("a\udcff"))

    def test_only_the_owner_can_read_it(self, place):
        instance.adopt(place)

        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in place.iterdir()} == {0o600}

    def test_secrets_are_kept(self, place, monkeypatch):
        instance.adopt(place)
        first = load().encryption_key
        monkeypatch.delenv("ENCRYPTION_KEY_FILE")
        instance.adopt(place)

        assert load().encryption_key == first

    def test_two_places_have_two_secrets(self, place, monkeypatch):
        instance.adopt(place)
        first = load().encryption_key
        monkeypatch.delenv("ENCRYPTION_KEY_FILE")
        instance.adopt(place.with_name("other"))

        assert load().encryption_key != first

    def test_the_environment_overrides_the_instance(self, place, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", "postgresql://rollbook@database/rollbook")
        monkeypatch.setenv("ENCRYPTION_KEY", "Zw4v0pZqk1R8m2T7b5N9x3C6y8L0a2D4")

        instance.adopt(place)

        settings = load()
        assert settings.database_url.startswith("postgresql")
        assert settings.encryption_key.startswith("Zw4v")

    def test_a_file_overrides_the_instance_too(self, place, monkeypatch, tmp_path):
        file = tmp_path / "url"
        file.write_text("postgresql://rollbook@database/rollbook")
        monkeypatch.setenv("DATABASE_URL_FILE", str(file))

        instance.adopt(place)

        assert load().database_url.startswith("postgresql")

    def test_an_empty_variable_counts_as_not_set(self, place, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", "")

        instance.adopt(place)

        assert load().database_url.startswith("sqlite")


class TestSettle:
    @pytest.fixture
    def started(self, monkeypatch):
        """The commands that would be started."""
        commands = []

        def run(command, **_):
            commands.append(command)
            return subprocess.CompletedProcess(command, 0)

        monkeypatch.setattr("subprocess.run", run)
        return commands

    def test_a_migration_that_fails_ends_the_start_with_its_status(self, tmp_path):
        with pytest.raises(SystemExit) as ended:
            instance.settle(f"sqlite:///{tmp_path}/rollbook.sqlite")  # no setting is set

        assert ended.value.code == 2

    def test_a_new_database_is_migrated_and_gets_an_administrator(self, started, tmp_path):
        instance.settle(f"sqlite:///{tmp_path}/rollbook.sqlite")

        assert started == [[sys.executable, "-m", "api.cli", "migrate", "--first-administrator"]]

    @pytest.mark.parametrize(
        ("revision", "has_user", "times"),
        [
            pytest.param(newest_revision(), True, 0, id="current"),
            pytest.param(newest_revision(), False, 1, id="no_user"),
            pytest.param("0000", True, 1, id="behind"),
        ],
    )
    def test_only_what_is_missing_is_done(self, started, tmp_path, revision, has_user, times):
        database = tmp_path / "rollbook.sqlite"
        self.fill(database, revision, users=[["1"]] * has_user)

        instance.settle(f"sqlite:///{database}")

        assert len(started) == times

    @pytest.mark.parametrize("name", ["a?b", "a#b", "a%b", "a%41b", "ü"])
    def test_the_directory_may_have_any_name(self, started, place, name):
        directory = place.with_name(name)
        instance.adopt(directory)
        self.fill(directory / "rollbook.sqlite", newest_revision(), users=[["1"]])

        instance.settle(load().database_url)

        assert started == []

    @staticmethod
    def fill(file, revision, users):
        with closing(sqlite3.connect(file)) as database:
            database.execute("CREATE TABLE alembic_version (version_num)")
            database.execute("INSERT INTO alembic_version VALUES (?)", [revision])
            database.execute("CREATE TABLE users (id)")
            database.executemany("INSERT INTO users VALUES (?)", users)
            database.commit()

    def test_the_command_runs_for_every_other_database(self, started):
        instance.settle("postgresql+psycopg://rollbook@database/rollbook")

        assert len(started) == 1
