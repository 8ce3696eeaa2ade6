"""Passwords are never arguments of a command: other users of the machine could read those."""

import sys

import click
from flask.cli import with_appcontext

from api.commands.lookups import find_user, name_user
from api.commands.output import add_json_option, print_item
from api.core.database import in_transaction
from api.core.errors import InvalidRequest, ValidationError
from api.core.principal import OPERATOR
from api.core.validation_rules import ValidationRule
from api.credentials import schemas, service
from api.credentials.schemas import PasswordAssignment
from api.passwords import service as passwords
from api.users.models import Profile
from api.web.schemas import renderer

render_attempts = renderer(schemas.login_attempts)


@click.command
@click.argument("name", metavar="USER")
@click.option("--temporary", is_flag=True, help="The user has to choose a new one at the login.")
@click.option("--generate", is_flag=True, help="Print a temporary password, and ask for none.")
@with_appcontext
def set_password(name: str, *, temporary: bool, generate: bool) -> None:
    """Set a new password for a user and end their sessions."""
    user = find_user(name)  # before the operator types a password
    given = PasswordAssignment(must_change_password=temporary or generate)
    if generate:
        given["generate"] = True
    else:
        given["password"] = _read_new_password(user)
    assigned = in_transaction(lambda: service.set_password(user.id, given, by=OPERATOR))
    if assigned.password:
        click.echo(assigned.password)
    kind = "temporary password" if assigned.must_change_password else "password"
    message = f"Set the {kind} of {name_user(user)}; their sessions have ended."
    click.echo(message, err=generate)


def _read_new_password(user: Profile) -> str:
    password = read_password()
    passwords.check_policy(password, context=(user.username, user.email))
    return password


@click.command
@click.argument("name", metavar="USER")
@click.option("--clear", is_flag=True, help="Forget them, so that a pause ends.")
@add_json_option
@with_appcontext
def login_attempts(name: str, *, clear: bool, as_json: bool) -> None:
    """Show the failed logins of a user, and until when logins are paused."""
    user = find_user(name)
    if clear:
        in_transaction(lambda: service.clear_attempts(user.id, by=OPERATOR))
        click.echo(f"Forgot the failed logins of {name_user(user)}.")
    else:
        print_item(service.read_attempts(user.id), render=render_attempts, as_json=as_json)


def read_password(*, is_new: bool = True) -> str:
    """Return a password from the terminal or standard input. The terminal asks twice for a new one.

    Raises:
        InvalidRequest: it is not UTF-8.
    """
    try:
        password = _read_password(is_new=is_new)
        password.encode()  # in some locales Python decodes other bytes to lone surrogates
    except UnicodeError:
        raise InvalidRequest(
            [ValidationError("/password", ValidationRule.PATTERN, "is not UTF-8")]
        ) from None
    return password


def _read_password(*, is_new: bool) -> str:
    if not _is_terminal():
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=is_new)
    return password


def _is_terminal() -> bool:
    return sys.stdin.isatty()
