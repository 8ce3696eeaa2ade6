"""Managing users, for operators, with the rules of the API."""

import click
from flask.cli import with_appcontext

from api.commands import transfer, user_changes, user_passwords
from api.commands.application import IN_APPLICATION
from api.commands.lookups import find_user, name_user
from api.commands.output import add_json_option, add_list_options, print_item, print_list
from api.commands.pages import PAGE_ROWS, read_pages
from api.commands.user_passwords import read_password
from api.core.database import in_transaction
from api.core.principal import OPERATOR
from api.users import role_assignments, schemas, search, service
from api.users.models import Status
from api.users.search_schemas import SORTS, UserSearch
from api.web.schemas import Input, renderer

COLUMNS = ("id", "status", "username", "email", "roles")

render_user = renderer(schemas.user)


@click.group(name="users", context_settings=IN_APPLICATION)
def command() -> None:
    """Manage users. USER is a username, an e-mail address or an id."""


for each in (
    transfer.import_users,
    transfer.export_users,
    user_changes.update,
    user_changes.suspend,
    user_changes.reactivate,
    user_changes.delete,
    user_changes.restore,
    user_passwords.set_password,
    user_passwords.login_attempts,
):
    command.add_command(each)


@command.command
@click.argument("username")
@click.argument("email")
@click.option("--display-name")
@click.option("--role", "roles", multiple=True, help="A role to grant; can be repeated.")
@click.option("--no-password", is_flag=True, help="Ask for none: the user cannot log in yet.")
@with_appcontext
def create(roles: tuple[str, ...], *, no_password: bool, **profile: str | None) -> None:
    """Create a user, and print the id.

    An empty USERNAME is none. The password is read from the terminal or from standard input.
    """
    given = {name: value for name, value in profile.items() if value}
    account = given if no_password else {**given, "password": read_password()}
    Input(schemas.user_creation).check({**account, "roles": list(roles)})
    prepared = service.prepare(schemas.UserCreation(**account))  # type: ignore[typeddict-item]
    user = in_transaction(
        lambda: service.create(prepared, by=OPERATOR, roles=role_assignments.find_roles(roles))
    )
    click.echo(user.id)
    click.echo(f"Created the user {name_user(user)}.", err=True)


@command.command(name="list")
@click.option("--q", help="Words anywhere in the username, e-mail address or display name.")
@click.option("--role", help="Only users with this role.")
@click.option("--status", type=click.Choice([status.value for status in Status]))
@click.option("--deleted", is_flag=True, help="Only deleted users.")
@click.option("--sort", type=click.Choice(SORTS), default="username", help="`-` for descending.")
@add_list_options
@with_appcontext
def list_users(
    *, limit: int, as_json: bool, deleted: bool, sort: str, **filters: str | None
) -> None:
    """List users in the order of their usernames."""
    given = {name: value for name, value in filters.items() if value is not None}
    page = {"limit": PAGE_ROWS, "sort": sort, "deleted": deleted}
    query = UserSearch(**page, **given)  # type: ignore[typeddict-item]
    found = read_pages(search.find, query)
    print_list(found, COLUMNS, render=render_user, limit=limit, as_json=as_json)


@command.command
@click.argument("name", metavar="USER")
@add_json_option
@with_appcontext
def show(name: str, *, as_json: bool) -> None:
    """Show a user who is not deleted."""
    print_item(find_user(name), render=render_user, as_json=as_json)
