"""Managing service accounts, for operators, with the rules of the API."""

from collections.abc import Iterator
from typing import Any

import click
from flask.cli import with_appcontext

from api.commands import client_credentials
from api.commands.application import IN_APPLICATION
from api.commands.lookups import find_service_account
from api.commands.output import add_json_option, add_list_options, print_item, print_list
from api.commands.pages import PAGE_ROWS, read_pages
from api.core.database import in_transaction
from api.core.principal import OPERATOR
from api.service_accounts import role_assignments, schemas, search, service
from api.service_accounts.models import Status
from api.service_accounts.schemas import (
    ServiceAccountCreation,
    ServiceAccountPatch,
    ServiceAccountSearch,
)
from api.service_accounts.search import ServiceAccountRow
from api.web.schemas import Input, renderer

COLUMNS = ("id", "status", "name", "roles", "created_at")

render_account = renderer(schemas.service_account)


@click.group(name="service-accounts", context_settings=IN_APPLICATION)
def command() -> None:
    """Manage the accounts of programs. ACCOUNT is a name or an id."""


command.add_command(client_credentials.command)


@command.command
@click.argument("name")
@click.option("--description", default="", help="What the account is for.")
@click.option("--role", "roles", multiple=True, help="A role to grant; can be repeated.")
@with_appcontext
def create(name: str, description: str, roles: tuple[str, ...]) -> None:
    """Create a service account, and print its id, which is its client_id."""
    given = {"name": name, "description": description, "roles": list(roles)}
    Input(schemas.service_account_creation).check(given)
    creation = ServiceAccountCreation(**given)  # type: ignore[typeddict-item]
    account = in_transaction(lambda: service.create(creation, by=OPERATOR))
    click.echo(account.id)
    click.echo(f"Created the service account {account.name}.", err=True)


@command.command(name="list")
@click.option("--status", type=click.Choice([status.value for status in Status]))
@click.option("--role", help="Accounts with this role.")
@add_list_options
@with_appcontext
def list_accounts(*, status: str | None, role: str | None, limit: int, as_json: bool) -> None:
    """List the service accounts, newest first."""
    found = _search(status, role)
    print_list(found, COLUMNS, render=render_account, limit=limit, as_json=as_json)


@command.command
@click.argument("account")
@add_json_option
@with_appcontext
def show(account: str, *, as_json: bool) -> None:
    """Show a service account."""
    print_item(find_service_account(account), render=render_account, as_json=as_json)


@command.command
@click.argument("account")
@click.option("--reason", help="Only administrators see it.")
@with_appcontext
def suspend(account: str, reason: str | None) -> None:
    """Let no credential of a service account be accepted any more."""
    name = _set_status(account, Status.SUSPENDED, reason)
    click.echo(f"Suspended the service account {name}.")


@command.command
@click.argument("account")
@click.option("--reason")
@with_appcontext
def reactivate(account: str, reason: str | None) -> None:
    """Let the credentials of a suspended service account be accepted again."""
    name = _set_status(account, Status.ACTIVE, reason)
    click.echo(f"Reactivated the service account {name}.")


@command.command
@click.argument("account")
@with_appcontext
def delete(account: str) -> None:
    """Delete a service account with its credentials and API keys. It cannot be restored."""
    found = find_service_account(account)
    in_transaction(lambda: service.delete(found.id, by=OPERATOR))
    click.echo(f"Deleted the service account {found.name}.")


@command.command
@click.argument("account")
@click.argument("role")
@with_appcontext
def grant(account: str, role: str) -> None:
    """Grant a role to a service account."""
    found = find_service_account(account)
    in_transaction(lambda: role_assignments.grant_role(found.id, role, by=OPERATOR))
    click.echo(f"Granted the role {role} to {found.name}.")


@command.command
@click.argument("account")
@click.argument("role")
@with_appcontext
def withdraw(account: str, role: str) -> None:
    """Withdraw a role from a service account."""
    found = find_service_account(account)
    in_transaction(lambda: role_assignments.withdraw_role(found.id, role, by=OPERATOR))
    if role in found.roles:
        click.echo(f"Withdrew the role {role} from {found.name}.")
    else:
        click.echo(f"{found.name} does not have the role {role}.")


def _set_status(name: str, status: Status, reason: str | None) -> str:
    """Change the status of an account, and return its name."""
    changes: dict[str, Any] = {"status": status.value}
    if reason is not None:
        changes["status_reason"] = reason
    Input(schemas.service_account_patch).check(changes)
    patch = ServiceAccountPatch(**changes)  # type: ignore[typeddict-item]
    account = find_service_account(name)
    return in_transaction(lambda: service.update(account.id, patch, by=OPERATOR)).name


def _search(status: str | None, role: str | None) -> Iterator[ServiceAccountRow]:
    query = ServiceAccountSearch(limit=PAGE_ROWS, sort="-created_at")
    if status is not None:
        query["status"] = status
    if role is not None:
        query["role"] = role
    return read_pages(search.find, query)
