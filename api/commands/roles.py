"""Listing, granting and withdrawing roles, for operators."""

import click
from flask.cli import with_appcontext

from api.commands.application import IN_APPLICATION
from api.core.database import in_transaction
from api.core.principal import OPERATOR
from api.roles import service as roles
from api.users import accounts, credentials, role_assignments
from api.users.errors import UserNotFound
from api.users.models import User

LINE = "{role.name:<20}  {role.description}  [{permissions}]"


@click.group(name="roles", context_settings=IN_APPLICATION)
def command() -> None:
    """List, grant and withdraw roles."""


@command.command(name="list")
@with_appcontext
def list_roles() -> None:
    """List the roles with their permissions, one per line."""
    for role in roles.list_roles().items:
        click.echo(LINE.format(role=role, permissions=" ".join(role.permissions)))


@command.command
@click.argument("username")
@click.argument("role")
@with_appcontext
def grant(username: str, role: str) -> None:
    """Grant a role to a user."""
    in_transaction(
        lambda: role_assignments.add_role(
            _lock_account(username), roles.require_role(role, lock="share"), by=OPERATOR
        )
    )


@command.command
@click.argument("username")
@click.argument("role")
@with_appcontext
def withdraw(username: str, role: str) -> None:
    """Withdraw a role from a user."""
    in_transaction(
        lambda: role_assignments.remove_role(
            _lock_account(username), roles.require_role(role, lock="change"), by=OPERATOR
        )
    )


def _lock_account(username: str) -> User:
    account = credentials.find_credentials(username, None)
    if account is None:
        raise UserNotFound
    return accounts.lock_user(account.id)
