"""Managing API keys, for operators, with the rules of the API."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import click
from flask.cli import with_appcontext

from api.api_keys import listing, schemas, service
from api.api_keys.listing import ApiKeyRow
from api.api_keys.owners import Owner, make_account_owner, make_user_owner
from api.api_keys.schemas import DEFAULT_OVERLAP_SECONDS, ApiKeyCreation, ApiKeyRotation
from api.commands.application import IN_APPLICATION
from api.commands.given_options import select_given
from api.commands.lookups import find_service_account, find_user
from api.commands.output import add_list_options, print_list
from api.core.database import in_transaction
from api.core.permissions import Permission
from api.core.principal import OPERATOR
from api.web.schemas import Input, renderer

COLUMNS = ("id", "hint", "name", "scopes", "expires_at", "last_used_at", "last_used_address")

render_key = renderer(schemas.api_key)
Command = TypeVar("Command", bound=Callable[..., Any])


def add_owner(command: Command) -> Command:
    """Add the argument that names the owner of keys, and the option that says what it is."""
    flag = click.option(
        "--service-account", "is_account", is_flag=True, help="OWNER is a service account."
    )
    return click.argument("owner")(flag(command))


@click.group(name="api-keys", context_settings=IN_APPLICATION)
def command() -> None:
    """Manage API keys. OWNER is a username, an e-mail address, or the id of a user.

    With --service-account it is the name or id of a service account.
    """


@command.command(name="list")
@add_owner
@add_list_options
@with_appcontext
def list_keys(owner: str, *, is_account: bool, limit: int, as_json: bool) -> None:
    """List the API keys of an owner, newest first."""
    keys = listing.list_keys(_find_owner(owner, is_account=is_account))
    print_list(keys, COLUMNS, render=render_key, limit=limit, as_json=as_json)


@command.command
@add_owner
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([permission.value for permission in Permission]),
    metavar="PERMISSION",
    help="A permission that the key may use; can be repeated.",
)
@click.option("--expires-at", help="A timestamp, such as 2027-02-28T00:00:00Z.")
@click.option(
    "--network",
    "allowed_networks",
    multiple=True,
    help="A network from which the key is valid; can be repeated.",
)
@click.option("--requests-per-minute", type=int, help="The maximum number of requests.")
@with_appcontext
def create(owner: str, name: str, *, is_account: bool, **members: Any) -> None:
    """Create an API key, and print it. It cannot be read again."""
    given = {"name": name, "scopes": [], **select_given(members)}
    Input(schemas.api_key_creation).check(given)
    body = ApiKeyCreation(**given)  # type: ignore[typeddict-item]
    found = _find_owner(owner, is_account=is_account)
    key = in_transaction(lambda: service.create(body, owner=found, by=OPERATOR))
    _print_key(key, f"Created the API key {key.id} of {owner}.")


@command.command
@add_owner
@click.argument("key", type=click.UUID)
@with_appcontext
def revoke(owner: str, key: UUID, *, is_account: bool) -> None:
    """Revoke an API key. It is not valid from the next request on. KEY is its id."""
    found = _find_owner(owner, is_account=is_account)
    in_transaction(lambda: service.revoke(key, owner=found, by=OPERATOR))
    click.echo(f"Revoked the API key {key} of {owner}.")


@command.command
@add_owner
@click.argument("key", type=click.UUID)
@click.option(
    "--overlap-seconds",
    type=int,
    default=DEFAULT_OVERLAP_SECONDS,
    show_default=True,
    help="How long the present key stays valid.",
)
@with_appcontext
def rotate(owner: str, key: UUID, *, is_account: bool, overlap_seconds: int) -> None:
    """Replace an API key by a new one, and print it. KEY is the id of the present one."""
    body: ApiKeyRotation = {"overlap_seconds": overlap_seconds}
    Input(schemas.api_key_rotation).check(body)
    found = _find_owner(owner, is_account=is_account)
    new = in_transaction(lambda: service.rotate(key, body, owner=found, by=OPERATOR))
    _print_key(new, f"Created the API key {new.id} of {owner}, which replaces {key}.")


def _find_owner(name: str, *, is_account: bool) -> Owner:
    if is_account:
        return make_account_owner(find_service_account(name).id)
    return make_user_owner(find_user(name).id)


def _print_key(key: ApiKeyRow, sentence: str) -> None:
    click.echo(key.key)
    click.echo(sentence, err=True)
