import orjson
import pytest
from click.testing import CliRunner
from pytest_bdd import parsers, scenarios, then, when

from api.cli import main
from tests.other_systems import MAKERS
from tests.support import PASSWORD

scenarios(".")


@pytest.fixture
def run_command(app):
    """Return a function that runs ``rollbook`` and returns what the operator reads."""

    def run(*arguments):
        with app.app_context():
            return CliRunner().invoke(main, arguments).output

    return run


@when(parsers.parse("the operator suspends {name:w}"), target_fixture="output")
def suspend(run_command, name):
    return run_command("users", "suspend", name)


@when(parsers.parse("the operator ends all sessions of {name:w}"))
def end_sessions(run_command, name):
    run_command("sessions", "end", name, "--all")


@when(parsers.parse("the operator restores {name:w}'s account"))
def restore(run_command, name):
    run_command("users", "restore", name)


@when(parsers.parse('the operator grants {name:w} the role "{role}"'), target_fixture="output")
def grant_role(run_command, name, role):
    return run_command("roles", "grant", name, role)


@then(parsers.parse('the operator reads "{message}"'))
def check_output(output, message):
    assert message in output


@pytest.fixture
def import_row(app, tmp_path):
    """Return a function that imports a file with one row, and returns what the command did."""

    def run(row, *options):
        file = tmp_path / "users.ndjson"
        file.write_bytes(orjson.dumps(row))
        with app.app_context():
            return CliRunner().invoke(main, ["users", "import", str(file), *options])

    return run


GRACE = {"username": "Grace", "email": "grace@example.org"}
HASH = {"password_hash": MAKERS["bcrypt 2y"](PASSWORD)}


@when("the operator imports Grace without a password", target_fixture="done")
def import_without_password(import_row):
    return import_row(GRACE)


@when("the operator imports Grace as a suspended user", target_fixture="done")
def import_suspended(import_row):
    return import_row({**GRACE, **HASH, "status": "suspended"})


@when(
    "the operator imports Grace without a password, and says that it follows later",
    target_fixture="done",
)
def import_with_later_password(import_row):
    return import_row(GRACE, "--without-passwords")


@when(
    "the operator imports a user with the username of Root and another e-mail address, and "
    "requests the update",
    target_fixture="done",
)
def import_look_alike(import_row, people):
    row = {"username": people["Root"].username, "email": "stranger@example.org"}
    return import_row({**row, **HASH}, "--update")


@then("the command fails", target_fixture="output")
def check_failure(done):
    assert done.exit_code == 1
    return done.output


@then("the command succeeds")
def check_success(done):
    assert done.exit_code == 0
