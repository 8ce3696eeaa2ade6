"""Managing roles and their assignment to users, for operators, with the rules of the API."""

from typing import Any

import click
from flask.cli import with_appcontext

from api.commands.application import IN_APPLICATION
from api.commands.lookups import find_user, name_user
from api.commands.output import add_json_option, add_list_options, print_item, print_list
from api.core.database import in_transaction
from api.core.principal import OPERATOR
from api.roles import schemas, service
from api.users import role_assignments
from api.web.schemas import Input, renderer

COLUMNS = ("name", "built_in", "description", "permissions")

render_role = renderer(schemas.role)
render_permission = renderer(schemas.permission)


@click.group(name="roles", context_settings=IN_APPLICATION)
def command() -> None:
    """Manage roles, and grant and withdraw them. USER is a username, an e-mail address or an id."""


@command.command(name="list")
@add_list_options
@with_appcontext
def list_roles(*, limit: int, as_json: bool) -> None:
    """List the roles with their permissions."""
    roles = service.list_roles().items
    print_list(roles, COLUMNS, render=render_role, limit=limit, as_json=as_json)


@command.command
@click.argument("name")
@add_json_option
@with_appcontext
def show(name: str, *, as_json: bool) -> None:
    """Show a role."""
    print_item(service.read(name), render=render_role, as_json=as_json)


@command.command
@add_list_options
@with_appcontext
def permissions(*, limit: int, as_json: bool) -> None:
    """List the permissions that a role can carry."""
    found = service.list_permissions().items
    columns = ("name", "description")
    print_list(found, columns, render=render_permission, limit=limit, as_json=as_json)


@command.command
@click.argument("name")
@click.option("--description", default="")
@click.option("--permission", "permissions", multiple=True, help="Can be repeated.")
@with_appcontext
def create(name: str, description: str, permissions: tuple[str, ...]) -> None:
    """Define a role."""
    given = {"name": name, "description": description, "permissions": list(permissions)}
    Input(schemas.role_creation).check(given)
    definition = schemas.RoleCreation(**given)  # type: ignore[typeddict-item]
    in_transaction(lambda: service.create(definition, by=OPERATOR))
    click.echo(f"Created the role {name}.")


@command.command
@click.argument("name")
@click.option("--description")
@click.option(
    "--permission", "permissions", multiple=True, help="Replaces all permissions; can be repeated."
)
@click.option("--no-permissions", is_flag=True, help="Remove all permissions.")
@with_appcontext
def update(
    name: str, description: str | None, permissions: tuple[str, ...], *, no_permissions: bool
) -> None:
    """Change the description or the permissions of a role."""
    changes: dict[str, Any] = {} if description is None else {"description": description}
    if permissions or no_permissions:
        changes["permissions"] = list(permissions)
    if not changes or (permissions and no_permissions):
        raise click.UsageError("Give --description, and --permission or --no-permissions.")
    Input(schemas.role_patch).check(changes)
    patch = schemas.RolePatch(**changes)  # type: ignore[typeddict-item]
    in_transaction(lambda: service.update(name, patch, by=OPERATOR))
    click.echo(f"Changed the role {name}: {', '.join(changes)}.")


@command.command
@click.argument("name")
@with_appcontext
def delete(name: str) -> None:
    """Delete a role that no user has."""
    in_transaction(lambda: service.delete(name, by=OPERATOR))
    click.echo(f"Deleted the role {name}.")


@command.command
@click.argument("user_name", metavar="USER")
@click.argument("role")
@with_appcontext
def grant(user_name: str, role: str) -> None:
    """Grant a role to a user."""
    user = find_user(user_name)
    in_transaction(lambda: role_assignments.grant_role(user.id, role, by=OPERATOR))
    click.echo(f"Granted the role {role} to {name_user(user)}.")


@command.command
@click.argument("user_name", metavar="USER")
@click.argument("role")
@with_appcontext
def withdraw(user_name: str, role: str) -> None:
    """Withdraw a role from a user."""
    user = find_user(user_name)
    in_transaction(lambda: role_assignments.withdraw_role(user.id, role, by=OPERATOR))
    if role in user.roles:
        click.echo(f"Withdrew the role {role} from {name_user(user)}.")
    else:
        click.echo(f"{name_user(user)} does not have the role {role}.")
