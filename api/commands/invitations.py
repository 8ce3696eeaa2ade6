"""Inviting people, for operators, with the rules of the API."""

from collections.abc import Iterator
from uuid import UUID

import click
from flask.cli import with_appcontext

from api.commands.application import IN_APPLICATION
from api.commands.given_options import select_given
from api.commands.output import add_json_option, add_list_options, print_item, print_list
from api.commands.pages import PAGE_ROWS, read_pages
from api.core.database import in_transaction
from api.core.principal import OPERATOR
from api.invitations import schemas, search, service
from api.invitations.models import InvitationRow, State
from api.invitations.schemas import InvitationCreation, InvitationSearch
from api.web.schemas import Input, renderer

COLUMNS = ("id", "state", "email", "roles", "expires_at")

render_invitation = renderer(schemas.invitation)


@click.group(name="invitations", context_settings=IN_APPLICATION)
def command() -> None:
    """Invite people, who choose their passwords themselves. INVITATION is an id."""


@command.command
@click.argument("email")
@click.option("--username", help="The receiver can choose another one.")
@click.option("--display-name")
@click.option("--role", "roles", multiple=True, help="A role to grant; can be repeated.")
@click.option("--locale", help="The language of the mail and of the account, such as de.")
@with_appcontext
def create(roles: tuple[str, ...], **members: str | None) -> None:
    """Invite a person by e-mail, and print the id of the invitation."""
    given = {"roles": list(roles), **select_given(members)}
    Input(schemas.invitation_creation).check(given)
    creation = InvitationCreation(**given)  # type: ignore[typeddict-item]
    invitation = in_transaction(lambda: service.create(creation, by=OPERATOR))
    click.echo(invitation.id)
    click.echo(f"Invited {invitation.email}.", err=True)


@command.command(name="list")
@click.option("--state", type=click.Choice([state.value for state in State]))
@add_list_options
@with_appcontext
def list_invitations(*, state: str | None, limit: int, as_json: bool) -> None:
    """List the invitations, newest first."""
    found = _search(state)
    print_list(found, COLUMNS, render=render_invitation, limit=limit, as_json=as_json)


@command.command
@click.argument("invitation", type=click.UUID)
@add_json_option
@with_appcontext
def show(invitation: UUID, *, as_json: bool) -> None:
    """Show an invitation."""
    print_item(search.read(invitation), render=render_invitation, as_json=as_json)


@command.command
@click.argument("invitation", type=click.UUID)
@with_appcontext
def resend(invitation: UUID) -> None:
    """Send an invitation again, with a new link."""
    sent = in_transaction(lambda: service.resend(invitation, by=OPERATOR))
    click.echo(f"Sent the invitation to {sent.email} again.")


@command.command
@click.argument("invitation", type=click.UUID)
@with_appcontext
def revoke(invitation: UUID) -> None:
    """Let the link of an invitation no longer work."""
    in_transaction(lambda: service.revoke(invitation, by=OPERATOR))
    click.echo("Revoked the invitation.")


def _search(state: str | None) -> Iterator[InvitationRow]:
    query = InvitationSearch(limit=PAGE_ROWS, sort="-created_at")
    if state is not None:
        query["state"] = state
    return read_pages(search.find, query)
