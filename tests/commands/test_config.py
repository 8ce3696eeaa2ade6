"""`rollbook config`, and how the other commands report wrong settings."""

from secrets import token_urlsafe

import pytest
from click.testing import CliRunner

from api.cli import main

SETTINGS = {"DATABASE_URL": "sqlite:///x", "PUBLIC_BASE_URL": "https://users.example.org"}


def test_check_accepts_valid_settings(installation):
    done = installation.run_program("config", "check", ENCRYPTION_KEY=token_urlsafe(), **SETTINGS)

    assert (done.returncode, done.stdout) == (0, "The settings are in order.\n")


def test_check_names_the_setting_that_is_wrong_but_not_its_value(installation):
    done = installation.run("config", "check", ENCRYPTION_KEY="changeme", **SETTINGS)

    assert done.returncode == 2
    assert done.stderr == "rollbook: ENCRYPTION_KEY: needs at least 32 bytes\n"
    assert "changeme" not in done.stdout


def test_N_12_check_reports_a_misspelt_setting(installation):
    done = installation.run(
        "config", "check", ENCRYPTION_KEY=token_urlsafe(), LOG_LEVLE="hidden", **SETTINGS
    )

    assert done.returncode == 1
    assert "LOG_LEVLE: no such setting; did you mean LOG_LEVEL?" in done.stderr
    assert "hidden" not in done.stderr


@pytest.mark.parametrize("command", ["serve", "migrate", "run"])
def test_no_command_starts_with_wrong_settings(command, monkeypatch):
    monkeypatch.setattr("api.instance.adopt", lambda: None)

    done = CliRunner().invoke(main, [command], env={"PORT": "nowhere"})

    assert done.exit_code == 2
    assert done.stderr.startswith("rollbook: ")
    assert "PORT: " in done.stderr
    assert "nowhere" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_docs_writes_the_page_and_check_compares_it(rollbook, tmp_path):
    page = str(tmp_path / "page.md")

    assert rollbook("config", "docs", "--check", "--file", page).exit_code == 1
    assert rollbook("config", "docs", "--file", page).exit_code == 0
    assert rollbook("config", "docs", "--check", "--file", page).exit_code == 0
