import pytest
from click.testing import CliRunner
from pytest_bdd import parsers, scenarios, then, when

from api.cli import main

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
