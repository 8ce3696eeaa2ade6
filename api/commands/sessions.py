"""Listing and ending the sessions of a user, for operators."""

from uuid import UUID

import click
from flask.cli import with_appcontext

from api.commands.application import IN_APPLICATION
from api.commands.lookups import find_user, name_user
from api.commands.output import add_list_options, print_list
from api.core.database import in_transaction
from api.core.principal import OPERATOR
from api.sessions import schemas, user_sessions
from api.web.schemas import renderer

COLUMNS = ("id", "device", "address", "created_at", "last_used_at", "expires_at", "end_reason")

render_session = renderer(schemas.session)


@click.group(name="sessions", context_settings=IN_APPLICATION)
def command() -> None:
    """List and end the sessions of a user. USER is a username, an e-mail address or an id."""


@command.command(name="list")
@click.argument("name", metavar="USER")
@add_list_options
@with_appcontext
def list_sessions(name: str, *, limit: int, as_json: bool) -> None:
    """List the sessions of a user, the most recently used first."""
    sessions = user_sessions.list_sessions(find_user(name).id, by=OPERATOR)
    print_list(sessions, COLUMNS, render=render_session, limit=limit, as_json=as_json)


@command.command
@click.argument("name", metavar="USER")
@click.argument("session_id", metavar="[SESSION]", type=click.UUID, required=False)
@click.option("--all", "every", is_flag=True, help="End all sessions of the user.")
@with_appcontext
def end(name: str, session_id: UUID | None, *, every: bool) -> None:
    """End one session of a user, or all. Their tokens stop working at once."""
    if every is (session_id is not None):
        raise click.UsageError("Give either the id of a session or --all.")
    user = find_user(name)
    if session_id is None:
        in_transaction(lambda: user_sessions.end_sessions(user.id, by=OPERATOR))
        click.echo(f"Ended all sessions of {name_user(user)}.")
    else:
        in_transaction(lambda: user_sessions.end_session(user.id, session_id, by=OPERATOR))
        click.echo(f"Ended the session {session_id} of {name_user(user)}.")
