"""The command, in this process where it can be and in one of its own where that is the point."""

import json
import os
import re
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from secrets import token_urlsafe
from urllib.request import urlopen

import pytest
from click.testing import CliRunner

from api.cli import COMMANDS, main
from api.commands import users
from api.core.clock import now
from api.migrations import newest_revision
from tests.processes import free_port, start, stop, wait_until
from tests.service import KEPT, ROOT
from tests.support import PASSWORD

NEW = "a nanosecond is a foot of wire"
ROLLBOOK = [sys.executable, "-m", "api.cli"]


@pytest.fixture(autouse=True)
def _umask():
    """Undo what the command sets for its process, which here is that of the tests."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def rollbook(context):
    """Run a command on the application of the tests."""

    def run(*arguments, stdin=None):
        return CliRunner().invoke(main, arguments, input=stdin)

    return run


@pytest.fixture
def elsewhere(tmp_path):
    """Run a command in an empty directory, on a machine on which nothing is set."""
    kept = {n: v for n, v in os.environ.items() if n in KEPT or n.startswith("COVERAGE")}

    def run(*arguments, stdin=None, place=tmp_path, **settings):
        environment = {**kept, "PYTHONPATH": str(ROOT), **settings}
        return subprocess.run(
            [*ROLLBOOK, *arguments],
            cwd=place,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    run.environment = {**kept, "PYTHONPATH": str(ROOT)}
    return run


class TestCommands:
    def test_each_is_found_and_explains_itself(self, rollbook):
        told = rollbook("--help").output

        for name in COMMANDS:
            assert f"  {name} " in told
            assert rollbook(name, "--help").exit_code == 0

    def test_one_that_does_not_exist_is_refused(self, rollbook):
        assert "No such command" in rollbook("fly").output

    @pytest.mark.parametrize(
        "arguments",
        [
            ("users", "create", "abc\udcff", "ada@example.org"),
            ("users", "list", "--q", "\udcff"),
            ("users", "set-password", "x\udcff"),
        ],
    )
    def test_an_argument_that_is_not_text_is_refused(self, rollbook, arguments):
        done = rollbook(*arguments, stdin=NEW)

        assert (done.exit_code, done.output) == (2, "rollbook: an argument is not UTF-8\n")

    def test_settings_are_checked_before_the_application_is_loaded(self):
        loaded = (
            "import sys, api.cli, api.instance, api.commands.config;"
            "print({'flask', 'sqlalchemy', 'alembic', 'api.app'} & sys.modules.keys())"
        )

        done = subprocess.run(
            [sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True
        )

        assert done.stdout == "set()\n"


class TestConfig:
    def test_settings_in_order_are_said_to_be(self, elsewhere):
        done = elsewhere(
            "config", "check", ENCRYPTION_KEY=token_urlsafe(), DATABASE_URL="sqlite:///x",
            PUBLIC_BASE_URL="https://users.example.org",
        )  # fmt: skip

        assert (done.returncode, done.stdout) == (0, "The settings are in order.\n")

    def test_one_line_says_what_is_wrong_and_not_the_value(self, elsewhere):
        done = elsewhere(
            "config", "check", ENCRYPTION_KEY="changeme", DATABASE_URL="sqlite:///x",
            PUBLIC_BASE_URL="https://users.example.org",
        )  # fmt: skip

        assert done.returncode == 2
        assert done.stderr == "rollbook: ENCRYPTION_KEY: needs at least 32 bytes\n"
        assert "changeme" not in done.stdout

    @pytest.mark.parametrize("command", ["serve", "migrate", "run"])
    def test_nothing_starts_with_wrong_settings(self, command, monkeypatch):
        monkeypatch.setattr("api.instance.adopt", lambda: None)

        done = CliRunner().invoke(main, [command], env={"PORT": "nowhere"})

        assert done.exit_code == 2
        assert done.stderr.startswith("rollbook: ")
        assert "PORT: " in done.stderr
        assert "nowhere" not in done.stderr
        assert done.stderr.count("\n") == 1

    def test_the_page_is_written_and_checked(self, rollbook, tmp_path):
        page = str(tmp_path / "page.md")

        assert rollbook("config", "docs", "--check", "--file", page).exit_code == 1
        assert rollbook("config", "docs", "--file", page).exit_code == 0
        assert rollbook("config", "docs", "--check", "--file", page).exit_code == 0


class TestOpenapi:
    def test_the_contract_and_the_codes_are_written_and_checked(self, rollbook, tmp_path):
        root = ("--root", str(tmp_path))

        assert rollbook("openapi", "--check", *root).exit_code == 1
        assert rollbook("openapi", *root).exit_code == 0
        assert rollbook("openapi", "--check", *root).exit_code == 0
        contract = json.loads((tmp_path / "openapi/openapi.json").read_text())
        assert contract["openapi"].startswith("3.1")
        assert "`email_taken`" in (tmp_path / "docs/errors.md").read_text()

    def test_it_does_not_depend_on_settings(self, rollbook):
        settings = {
            "DOCS_ENABLED": "false",
            "ENVIRONMENT": "testing",
            "METRICS_PUBLIC": "true",
            "PASSWORD_MIN_LENGTH": "20",
            "PORT": "1234",
            "REGISTRATION_ENABLED": "false",
        }
        printed = rollbook("openapi", "--stdout").output

        assert printed == CliRunner().invoke(main, ["openapi", "--stdout"], env=settings).output
        assert json.loads(printed)["paths"]


class TestUsers:
    def test_the_password_comes_from_standard_input(self, rollbook, anyone, recorded):
        done = rollbook("users", "create", "Ada", "ada@example.org", stdin=f"{NEW}\n")

        assert done.exit_code == 0, done.output
        assert NEW not in done.output
        anyone.post("/api/login", {"username": "ada", "password": NEW}, expecting=200)
        assert recorded()[0] == "user.created"

    def test_it_is_asked_for_twice_at_a_terminal(self, rollbook, anyone, monkeypatch):
        monkeypatch.setattr("api.commands.users._typed_by_a_person", lambda: True)

        done = rollbook("users", "create", "Ada", "ada@example.org", stdin=f"{NEW}\n{NEW}\n")

        assert done.exit_code == 0, done.output
        assert NEW not in done.output
        anyone.post("/api/login", {"username": "ada", "password": NEW}, expecting=200)

    def test_an_administrator_is_made_by_role(self, rollbook):
        arguments = ("Ada", "ada@example.org", "--role", "admin", "--display-name", "Ada Lovelace")

        rollbook("users", "create", *arguments, stdin=NEW)

        assert "ada@example.org  admin user\n" in rollbook("users", "list").output

    @pytest.mark.parametrize(
        ("username", "email", "password", "told"),
        [
            ("a", "ada@example.org", NEW, "username must have 3 characters or more"),
            ("ada", "ada", NEW, "email must be a valid email"),
            ("ada", "ada@example.org", "short", "password must have 8 characters or more"),
            ("grace", "ada@example.org", NEW, "username"),
        ],
    )
    def test_the_same_rules_hold_as_over_http(
        self, rollbook, user, username, email, password, told
    ):
        user("Grace")

        done = rollbook("users", "create", username, email, stdin=password)

        assert done.exit_code == 2
        assert told in done.output
        assert "Traceback" not in done.output
        assert password not in done.output

    def test_the_list_is_whole_and_can_be_filtered(self, rollbook, user, monkeypatch):
        monkeypatch.setattr(users, "PAGE_ROWS", 2)
        for name in ("Ada", "Grace", "Edsger"):
            user(name)
        user("Root", role="admin")
        user("Mallory", status="suspended")

        everyone = rollbook("users", "list").output.splitlines()

        assert [line.split()[2] for line in everyone] == [
            "Ada",
            "Edsger",
            "Grace",
            "Mallory",
            "Root",
        ]
        assert rollbook("users", "list", "--role", "admin").output.count("\n") == 1
        assert "Mallory" in rollbook("users", "list", "--status", "suspended").output
        assert "Edsger" in rollbook("users", "list", "--q", "ed").output

    def test_a_new_password_ends_every_token(self, rollbook, person, anyone):
        ada = person("Ada")

        done = rollbook("users", "set-password", "ada", stdin=NEW)

        assert done.exit_code == 0, done.output
        ada.get("/api/me", expecting=401)
        anyone.post("/api/login", {"username": "ada", "password": PASSWORD}, expecting=401)
        anyone.post("/api/login", {"username": "ada", "password": NEW}, expecting=200)

    @pytest.mark.parametrize(
        "arguments", [("create", "Ada", "a@example.org"), ("set-password", "g")]
    )
    @pytest.mark.parametrize(
        ("typed", "told"),
        [
            (b"correct horse \xff battery", "password is not UTF-8"),
            (b"correct horse\tbattery", "password has characters or a form that are not allowed"),
        ],
    )
    def test_a_password_that_login_would_refuse_is_refused(
        self, rollbook, user, arguments, typed, told
    ):
        user("g")

        done = rollbook("users", *arguments, stdin=typed)

        assert (done.exit_code, done.output) == (2, f"rollbook: {told}\n")

    def test_a_locale_does_not_let_other_bytes_pass(self, rollbook, user, monkeypatch):
        monkeypatch.setattr(
            "api.commands.users._read_password", lambda: "correct horse \udcff battery"
        )
        user("Ada")

        done = rollbook("users", "set-password", "ada")

        assert (done.exit_code, done.output) == (2, "rollbook: password is not UTF-8\n")

    def test_what_changes_while_one_types_is_no_hindrance(self, rollbook, person, monkeypatch):
        ada = person("Ada")
        change = {"current_password": PASSWORD, "new_password": f"{NEW} or so"}

        def typed():
            ada.post("/api/me/password", change, expecting=200)
            return NEW

        monkeypatch.setattr("api.commands.users._read_password", typed)
        done = rollbook("users", "set-password", "ada")

        assert done.exit_code == 0, done.output
        credentials = {"username": "ada", "password": NEW}
        ada.post("/api/login", credentials, expecting=200)

    def test_nobody_gets_no_password(self, rollbook):
        done = rollbook("users", "set-password", "nobody", stdin=NEW)

        assert done.exit_code == 2
        assert "Traceback" not in done.output


class TestRoles:
    def test_they_are_listed_with_what_they_allow(self, rollbook):
        admin, everybody = rollbook("roles", "list").output.splitlines()

        assert admin.startswith("admin ")
        assert "users:write" in admin
        assert everybody.endswith("[]")

    def test_they_are_granted_and_withdrawn(self, rollbook, user, recorded):
        user("Root", role="admin")
        user("Ada")

        assert rollbook("roles", "grant", "ada", "admin").exit_code == 0
        assert "ada@example.org  admin user" in rollbook("users", "list").output
        assert rollbook("roles", "withdraw", "ada", "admin").exit_code == 0
        assert rollbook("users", "list", "--role", "admin").output.count("\n") == 1
        assert recorded() == ["role.granted", "role.withdrawn"]

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (("grant", "nobody", "admin"), "There is no such user."),
            (("grant", "root", "nope"), "There is no such role."),
            (("withdraw", "root", "user"), "This role belongs to the service"),
            (("withdraw", "root", "admin"), "This is the last active administrator"),
        ],
    )
    def test_the_same_rules_hold_as_over_http(self, rollbook, user, arguments, told):
        user("Root", role="admin")

        done = rollbook("roles", *arguments)

        assert done.exit_code == 2
        assert told in done.output

    def test_an_account_is_opened_only_with_roles_that_there_are(self, rollbook, recorded):
        done = rollbook("users", "create", "Ada", "a@example.org", "--role", "nope", stdin=NEW)

        assert done.exit_code == 2
        assert "roles/0 is not a role" in done.output
        assert recorded() == []


class TestKeys:
    @pytest.fixture
    def rollbook(self, build):
        """Run a command on an application that encrypts signing keys; it has begun with two."""
        with build(ENCRYPTION_KEY=token_urlsafe(48)).app_context():
            runner = CliRunner()
            runner.invoke(main, ["keys", "rotate"])
            yield lambda *arguments: runner.invoke(main, arguments)

    @staticmethod
    def listed(rollbook):
        """Return the kid of each state; of the retired the last."""
        lines = [line.split() for line in rollbook("keys", "list").output.splitlines()]
        return {state: kid for kid, state, _ in lines}

    def test_they_are_listed_with_their_state_and_since_when(self, rollbook):
        active, following = rollbook("keys", "list").output.splitlines()

        assert re.fullmatch(r"[\w-]{43}  active   \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", active)
        assert re.fullmatch(r"[\w-]{43}  next     \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", following)

    def test_the_next_one_signs_and_is_printed(self, rollbook, recorded):
        before = self.listed(rollbook)

        done = rollbook("keys", "rotate", "--now")

        assert done.exit_code == 0
        assert done.output.splitlines()[-1] == before["next"]
        after = self.listed(rollbook)
        assert (after["active"], after["retired"]) == (before["next"], before["active"])
        assert recorded() == ["key.rotated", "key.rotated"]

    def test_one_that_not_every_verifier_knows_yet_does_not_sign_unless_it_has_to(self, rollbook):
        before = self.listed(rollbook)

        done = rollbook("keys", "rotate")

        assert done.exit_code == 2
        assert done.output == (
            "rollbook: The next key has not been published for long enough to be known to all "
            "verifiers.\n"
        )
        assert self.listed(rollbook) == before

    def test_after_ten_minutes_it_does(self, rollbook, monkeypatch):
        later = now() + timedelta(seconds=601)
        monkeypatch.setattr("api.core.clock.now", lambda: later)

        assert rollbook("keys", "rotate").exit_code == 0

    def test_one_is_withdrawn(self, rollbook, recorded):
        before = self.listed(rollbook)

        done = rollbook("keys", "retire", before["active"])

        assert done.exit_code == 0
        after = self.listed(rollbook)
        assert (after["active"], after["retired"]) == (before["next"], before["active"])
        assert sorted(recorded()) == ["key.retired", "key.rotated", "key.rotated"]

    def test_one_that_there_is_not_cannot_be_withdrawn(self, rollbook):
        done = rollbook("keys", "retire", "nothing")

        assert (done.exit_code, done.output) == (2, "rollbook: There is no such signing key.\n")

    @pytest.mark.parametrize("arguments", [("rotate", "--now"), ("retire", "nothing")])
    def test_without_an_encryption_key_there_are_none(self, context, recorded, arguments):
        done = CliRunner().invoke(main, ["keys", *arguments])

        assert done.exit_code == 2
        assert done.output == (
            "rollbook: ENCRYPTION_KEY: required, since signing keys are encrypted with it\n"
        )
        assert CliRunner().invoke(main, ["keys", "list"]).output == ""
        assert recorded() == []

    def test_those_of_another_encryption_key_are_replaced(self, rollbook, build):
        before = self.listed(rollbook)

        with build(ENCRYPTION_KEY=token_urlsafe(48)).app_context():
            CliRunner().invoke(main, ["keys", "rotate", "--now"])

        assert self.listed(rollbook)["active"] not in before.values()


class TestPurge:
    def test_it_tells_how_many_were_deleted_long_ago(self, rollbook, user, recorded):
        for number in range(3):
            user(f"Ada{number}", deleted_at=now() - timedelta(days=20 * number))

        told = [rollbook("purge").output.splitlines()[-1] for _ in range(2)]
        assert told == ["1 users, 0 sessions purged.", "0 users, 0 sessions purged."]
        assert recorded() == ["user.purged"]


class TestMigrate:
    def test_up_checked_and_down(self, build, tmp_path):
        database = tmp_path / "database"
        run = CliRunner().invoke

        with build(SQLALCHEMY_DATABASE_URI=f"sqlite:///{database}").app_context():
            assert run(main, ["migrate", "--check"]).exit_code == 2
            assert run(main, ["migrate"]).exit_code == 0
            assert run(main, ["migrate", "--check"]).exit_code == 0
            assert revision(database) == newest_revision()
            assert run(main, ["migrate", "--to", "base"]).exit_code == 0
            assert revision(database) is None

    def test_nobody_else_can_read_the_file(self, build, tmp_path):
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
    def test_one_thing_at_a_time(self, rollbook, arguments):
        done = rollbook("migrate", *arguments)

        assert done.exit_code == 2
        assert "exclude each other" in done.output
        assert rollbook("users", "list").output == ""

    def test_the_first_administrator_is_made_once(self, rollbook, anyone):
        first = rollbook("migrate", "--first-administrator").output
        password = first.rpartition("password")[2].strip()
        anyone.post("/api/login", {"username": "admin", "password": password}, expecting=200)

        assert "password" not in rollbook("migrate", "--first-administrator").output
        assert rollbook("users", "list").output.count("\n") == 1

    def test_where_there_are_users_there_is_none_to_make(self, rollbook, user):
        user("Ada")

        assert "password" not in rollbook("migrate", "--first-administrator").output


class TestInstance:
    def test_where_there_is_none_none_is_made(self, elsewhere, tmp_path):
        done = elsewhere("--instance", "users", "list")

        assert done.returncode == 2
        assert done.stderr == (
            "rollbook: there is no instance here; start one with `rollbook run`\n"
        )
        assert list(tmp_path.iterdir()) == []

    def test_its_directory_may_be_called_anything(self, elsewhere, tmp_path):
        place = tmp_path / "is it 100%? #1"
        made = place / "instance"
        made.mkdir(parents=True)
        (made / "encryption-key").write_text(token_urlsafe())

        assert elsewhere("--instance", "migrate", place=place).returncode == 0
        assert (made / "rollbook.sqlite").stat().st_size > 0
        assert elsewhere("--instance", "users", "list", place=place).returncode == 0


class TestRun:
    def test_it_makes_what_it_needs_once_and_keeps_it(self, elsewhere, tmp_path):
        first = self.start(elsewhere, tmp_path, "first")
        made = tmp_path / "instance"
        secret = (made / "encryption-key").read_bytes()
        second = self.start(elsewhere, tmp_path, "second")

        assert len(first.rpartition("password")[2].split()[0]) == 24
        assert "shown once" not in second
        assert "/docs" in second
        assert (made / "encryption-key").read_bytes() == secret
        assert {stat.S_IMODE(file.stat().st_mode) for file in made.iterdir()} == {0o600}
        with closing(sqlite3.connect(made / "rollbook.sqlite")) as database:
            users = database.execute("SELECT username, role FROM users JOIN user_roles").fetchall()
        assert users == [("admin", "admin")]

    @staticmethod
    def start(elsewhere, place, name) -> str:
        """Start the service until it answers, and return what it wrote."""
        port, log = free_port(), place / name
        settings = {"PORT": str(port), "METRICS_PORT": "0"}
        environment = {**elsewhere.environment, **settings}
        process = start([*ROLLBOOK, "run"], log, cwd=place, env=environment)

        def answers() -> bool:
            try:
                return urlopen(f"http://127.0.0.1:{port}/health/ready").status == 200
            except OSError:
                return False

        try:
            wait_until(answers, process, log)
        finally:
            stop(process)
        return log.read_text()


def revision(database) -> str | None:
    with closing(sqlite3.connect(database)) as connection:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return found and found[0]
