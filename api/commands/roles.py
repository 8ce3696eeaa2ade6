"""Granting roles from a terminal, for operators, who may do everything."""

import click
from flask.cli import with_appcontext

from api.commands.application import IN_APPLICATION
from api.core.database import in_transaction
from api.core.principal import OPERATOR
from api.roles import service as roles
from api.users import accounts, credentials, grants
from api.users.errors import UserNotFound
from api.users.models import User

LINE = "{role.name:<20}  {role.description}  [{permissions}]"


@click.group(name="roles", context_settings=IN_APPLICATION)
def command() -> None:
    """Look at roles, grant and withdraw them."""


@command.command(name="list")
@with_appcontext
def list_roles() -> None:
    """Show the roles, one to a line, with what they allow."""
    for role in roles.find().items:
        click.echo(LINE.format(role=role, permissions=" ".join(role.permissions)))


@command.command
@click.argument("username")
@click.argument("role")
@with_appcontext
def grant(username: str, role: str) -> None:
    """Let a user hold a role."""
    in_transaction(
        lambda: grants.give(_account(username), roles.require_role(role, lock="share"), by=OPERATOR)
    )


@command.command
@click.argument("username")
@click.argument("role")
@with_appcontext
def withdraw(username: str, role: str) -> None:
    """Let a user no longer hold a role."""
    in_transaction(
        lambda: grants.take(
            _account(username), roles.require_role(role, lock="change"), by=OPERATOR
        )
    )


def _account(username: str) -> User:
    claimed = credentials.find_credentials(username, None)
    if claimed is None:
        raise UserNotFound
    return accounts.locked(claimed.id)
