"""The messages of the outbox, for operators, with the rules of the API."""

from collections.abc import Iterator
from uuid import UUID

import click
from flask.cli import with_appcontext

from api.commands.application import IN_APPLICATION
from api.commands.output import add_list_options, print_list
from api.commands.pages import PAGE_ROWS, read_pages
from api.core.database import in_transaction
from api.core.principal import OPERATOR
from api.outbox import schemas, search, service
from api.outbox.models import State
from api.outbox.schemas import MessageSearch
from api.outbox.search import ListedMessage
from api.web.schemas import renderer

COLUMNS = ("id", "state", "name", "attempts", "created_at", "next_attempt_at", "last_error")

render_message = renderer(schemas.message)


@click.group(name="outbox", context_settings=IN_APPLICATION)
def command() -> None:
    """List messages such as mails, and retry dead ones. MESSAGE is an id."""


@command.command(name="list")
@click.option("--state", type=click.Choice([state.value for state in State]))
@add_list_options
@with_appcontext
def list_messages(*, state: str | None, limit: int, as_json: bool) -> None:
    """List the messages, newest first. Their contents and recipients are never shown."""
    found = _search(state)
    print_list(found, COLUMNS, render=render_message, limit=limit, as_json=as_json)


@command.command
@click.argument("message", type=click.UUID)
@with_appcontext
def retry(message: UUID) -> None:
    """Let the worker deliver a dead message again."""
    retried = in_transaction(lambda: service.retry(message, by=OPERATOR))
    click.echo(f"A worker will deliver the message {retried.id} again.")


def _search(state: str | None) -> Iterator[ListedMessage]:
    query = MessageSearch(limit=PAGE_ROWS, sort="-created_at")
    if state is not None:
        query["state"] = state
    return read_pages(search.find_messages, query)
