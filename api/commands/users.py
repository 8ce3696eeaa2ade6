"""Managing users, for operators. Passwords are never arguments: other users could read those."""

import sys
from collections.abc import Iterator

import click
from flask.cli import with_appcontext

from api.commands import transfer
from api.commands.application import IN_APPLICATION
from api.core.database import in_transaction
from api.core.errors import InvalidRequest, ValidationError
from api.core.principal import OPERATOR
from api.passwords import service as passwords
from api.users import credentials, role_assignments, schemas, search, search_schemas, service
from api.users.errors import UserNotFound
from api.users.models import Credentials, Profile, Status
from api.web.schemas import Input

PAGE_ROWS = 100
LINE = "{user.id}  {user.status:<9}  {user.username:<32}  {user.email}  {roles}"


@click.group(name="users", context_settings=IN_APPLICATION)
def command() -> None:
    """Manage users."""


command.add_command(transfer.import_users)
command.add_command(transfer.export_users)


@command.command
@click.argument("username")
@click.argument("email")
@click.option("--display-name")
@click.option("--role", "roles", multiple=True, help="A role to grant; can be repeated.")
@with_appcontext
def create(roles: tuple[str, ...], **profile: str | None) -> None:
    """Create a user. The password is read from the terminal or from standard input."""
    given = {name: value for name, value in profile.items() if value is not None}
    account = {**given, "password": _password()}
    Input(schemas.user_creation).check({**account, "roles": list(roles)})
    prepared = service.prepare(schemas.UserCreation(**account))  # type: ignore[typeddict-item]
    user = in_transaction(
        lambda: service.create(prepared, by=OPERATOR, roles=role_assignments.find_roles(roles))
    )
    click.echo(user.id)


@command.command(name="list")
@click.option("--q", help="The beginning of the username, e-mail address or name.")
@click.option("--role", help="Only users with this role.")
@click.option("--status", type=click.Choice([status.value for status in Status]))
@with_appcontext
def list_users(q: str | None, role: str | None, status: str | None) -> None:
    """List users, one per line."""
    query = search_schemas.UserSearch(limit=PAGE_ROWS, sort="username")
    if q is not None:
        query["q"] = q
    if role is not None:
        query["role"] = role
    if status is not None:
        query["status"] = status
    for user in _find_all(query):
        click.echo(LINE.format(user=user, roles=" ".join(user.roles)))


def _find_all(query: search_schemas.UserSearch) -> Iterator[Profile]:
    while True:
        page = search.find(query)
        yield from page.items
        if page.next is None:
            return
        query["cursor"] = page.next


@command.command
@click.argument("username")
@with_appcontext
def set_password(username: str) -> None:
    """Set a new password for a user and end their sessions."""
    account = _find_account(username)  # before the operator types a password
    password = _password()
    passwords.check_policy(password, context=(account.username, account.email))
    in_transaction(lambda: credentials.set_password(_find_account(username), password, by=OPERATOR))


def _find_account(username: str) -> Credentials:
    account = credentials.find_credentials(username, None)
    if account is None:
        raise UserNotFound
    return account


def _password() -> str:
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
