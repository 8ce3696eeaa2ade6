"""Changing, suspending, deleting and restoring a user, for operators."""

from typing import Any

import click
from flask.cli import with_appcontext

from api.commands.lookups import find_deleted_user, find_user, name_user
from api.core import json_reader
from api.core.database import in_transaction
from api.core.principal import OPERATOR
from api.users import change_schemas, service
from api.users.models import Status, User
from api.web.schemas import Input


class JsonType(click.ParamType[Any]):
    name = "JSON"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> object:
        try:
            return json_reader.read(value)
        except ValueError:
            self.fail("it is not JSON", param, ctx)


@click.command
@click.argument("name", metavar="USER")
@click.option("--username", help="Empty to remove it.")
@click.option("--email")
@click.option("--display-name", help="Empty to remove it.")
@click.option("--locale", help="The language of mails, such as de-AT. Empty to remove it.")
@click.option("--user-metadata", type=JsonType(), help="Replaces all of it.")
@click.option("--app-metadata", type=JsonType(), help="Replaces all of it.")
@with_appcontext
def update(name: str, **options: object) -> None:
    """Change some members of a user."""
    given = {member: value for member, value in options.items() if value is not None}
    changes = {member: None if value == "" else value for member, value in given.items()}
    if not changes:
        raise click.UsageError("Give an option for each member to change.")
    user = _change(name, changes)
    click.echo(f"Changed the user {name_user(user)}: {', '.join(changes)}.")


@click.command
@click.argument("name", metavar="USER")
@click.option("--reason", help="Only administrators and the user see it.")
@with_appcontext
def suspend(name: str, reason: str | None) -> None:
    """Suspend a user, and end their sessions."""
    user = _change(name, _make_status_change(Status.SUSPENDED, reason))
    click.echo(f"Suspended the user {name_user(user)}; their sessions have ended.")


@click.command
@click.argument("name", metavar="USER")
@click.option("--reason")
@with_appcontext
def reactivate(name: str, reason: str | None) -> None:
    """Let a suspended user log in again."""
    user = _change(name, _make_status_change(Status.ACTIVE, reason))
    click.echo(f"Reactivated the user {name_user(user)}.")


@click.command
@click.argument("name", metavar="USER")
@with_appcontext
def delete(name: str) -> None:
    """Delete a user, who can be restored for DELETED_USERS_KEPT_DAYS."""
    user = find_user(name)
    in_transaction(lambda: service.delete(user.id, by=OPERATOR))
    click.echo(f"Deleted the user {name_user(user)}. To undo: rollbook users restore {user.id}")


@click.command
@click.argument("name", metavar="USER")
@with_appcontext
def restore(name: str) -> None:
    """Restore a deleted user with their roles."""
    user_id = find_deleted_user(name)
    user = in_transaction(lambda: service.restore(user_id, by=OPERATOR))
    click.echo(f"Restored the user {name_user(user)}.")


def _make_status_change(status: Status, reason: str | None) -> dict[str, object]:
    return {"status": status.value, **({} if reason is None else {"status_reason": reason})}


def _change(name: str, changes: dict[str, Any]) -> User:
    Input(change_schemas.user_patch).check(changes)
    user = find_user(name)
    patch = change_schemas.UserPatch(**changes)  # type: ignore[typeddict-item]
    return in_transaction(lambda: service.update(user.id, patch, by=OPERATOR))
