"""Passwords are never arguments of a command: other users of the machine could read those."""

import sys

import click
from flask.cli import with_appcontext

from api.commands.lookups import find_user, name_user
from api.core.database import in_transaction
from api.core.errors import InvalidRequest, ValidationError
from api.core.principal import OPERATOR
from api.passwords import service as passwords
from api.users import credentials
from api.users.errors import UserNotFound
from api.users.models import Credentials, Profile


@click.command
@click.argument("name", metavar="USER")
@with_appcontext
def set_password(name: str) -> None:
    """Set a new password for a user and end their sessions."""
    user = find_user(name)  # before the operator types a password
    password = read_password()
    passwords.check_policy(password, context=(user.username, user.email))
    in_transaction(lambda: credentials.set_password(_read_credentials(user), password, by=OPERATOR))
    click.echo(f"Set the password of {name_user(user)}; their sessions have ended.")


def _read_credentials(user: Profile) -> Credentials:
    account = credentials.by_id.first(id=user.id)
    if account is None:  # deleted while the operator typed
        raise UserNotFound
    return account


def read_password() -> str:
    """Return a password from the terminal, where it is asked for twice, or from standard input.

    Raises:
        InvalidRequest: it is not UTF-8.
    """
    try:
        password = _read_password()
        password.encode()  # in some locales Python decodes other bytes to lone surrogates
    except UnicodeError:
        raise InvalidRequest([ValidationError("/password", "pattern", "is not UTF-8")]) from None
    return password


def _read_password() -> str:
    if not _is_terminal():
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def _is_terminal() -> bool:
    return sys.stdin.isatty()
