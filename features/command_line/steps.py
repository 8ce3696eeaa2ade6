import pytest
from click.testing import CliRunner
from pytest_bdd import parsers, scenarios, then, when

from api.cli import main
from features.personas import log_in, use_tokens

scenarios(".")

LOG_LINE = "{"  # in a test, logs and output are one stream


@pytest.fixture
def run_command(app):
    """Return a function that runs ``rollbook`` for the operator."""

    def run(*arguments, entered=None):
        with app.app_context():
            return CliRunner().invoke(main, arguments, input=entered)

    return run


@when(parsers.parse("the operator suspends {name:w}"), target_fixture="result")
def suspend(run_command, name):
    return run_command("users", "suspend", name)


@when(parsers.parse("the operator ends all sessions of {name:w}"))
def end_sessions(run_command, name):
    run_command("sessions", "end", name, "--all")


@when(parsers.parse("the operator restores {name:w}'s account"))
def restore(run_command, name):
    run_command("users", "restore", name)


@when(parsers.parse('the operator assigns {name:w} the role "{role}"'), target_fixture="result")
def grant_role(run_command, name, role):
    return run_command("roles", "grant", name, role)


@when(parsers.parse("the operator creates the administrator {name:w}"), target_fixture="result")
def create_administrator(run_command, people, name):
    person = people[name]
    arguments = ("users", "create", person.username, person.email, "--role", "admin")
    return run_command(*arguments, entered=f"{person.password}\n")


@when(
    parsers.parse('the operator sets {name:w}\'s password to "{password}"'),
    target_fixture="result",
)
def set_password(run_command, name, password):
    return run_command("users", "set-password", name, entered=f"{password}\n")


@when(parsers.parse("the operator sets a temporary password for {name:w}"), target_fixture="result")
def set_temporary_password(run_command, name):
    return run_command("users", "set-password", name, "--generate")


@then(parsers.parse("{name:w} can log in and list users"))
def check_administrator(people, name):
    person = use_tokens(people[name], log_in(people[name]))
    assert person.get("/api/users").json["items"][0]["username"] == person.username


@then(parsers.parse("the operator reads a temporary password, which {name:w} can log in with"))
def check_temporary_password(result, people, name):
    [password] = [line for line in result.stdout.splitlines() if not line.startswith(LOG_LINE)]
    response = log_in(people[name], password)
    assert response.json["must_change_password"] is True


@then(parsers.parse('the operator reads "{message}"'))
def check_output(result, message):
    assert message in result.output
