"""Reading, sealing and verifying the audit log, for operators."""

import re
from uuid import UUID

import click
from flask.cli import with_appcontext

from api.audit import chain, schemas, sealing, search, verification
from api.audit.chain import ChainHead
from api.commands.application import IN_APPLICATION
from api.commands.output import add_json_option, add_list_options, print_item, print_list
from api.commands.pages import PAGE_ROWS, read_pages
from api.core.database import autocommit, in_transaction
from api.core.events import Event
from api.jobs import service as jobs
from api.web.schemas import QueryString, renderer

HEAD = re.compile(r"(0|[1-9][0-9]{0,17}):([0-9a-f]{64})")
COLUMNS = ("at", "action", "actor_kind", "actor_id", "subject_id", "address", "details")

render_event = renderer(schemas.event)


class HeadType(click.ParamType[ChainHead]):
    name = "POSITION:DIGEST"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> ChainHead:
        head = HEAD.fullmatch(value)
        if head is None:
            self.fail("it is not a head as `rollbook audit seal` prints it", param, ctx)
        return ChainHead(int(head[1]), head[2])


@click.group(name="audit", context_settings=IN_APPLICATION)
def command() -> None:
    """Read the audit log, seal it, and verify it."""


@command.command(name="list")
@click.option("--actor", help="The id of the user or the service account that did it.")
@click.option("--credential", help="The id of the session, API key or client credential.")
@click.option("--subject", help="The id of the user whom it is about.")
@click.option("--action", type=click.Choice([event.value for event in Event]), metavar="ACTION")
@click.option("--request-id")
@click.option("--after", help="At this time or later, such as 2026-01-31T12:00:00Z.")
@click.option("--before", help="Earlier than this time.")
@click.option(
    "--sort", type=click.Choice(schemas.SORTS), default="-at", help="`-` for newest first."
)
@add_list_options
@with_appcontext
def list_events(*, limit: int, as_json: bool, **filters: str | None) -> None:
    """List the events, newest first."""
    texts = {"limit": str(PAGE_ROWS), **filters}
    given = [(name, [text]) for name, text in texts.items() if text is not None]
    query = schemas.AuditEventSearch(**QueryString(schemas.event_search).read(given))  # type: ignore[typeddict-item]
    found = read_pages(search.find_events, query)
    print_list(found, COLUMNS, render=render_event, limit=limit, as_json=as_json)


@command.command
@click.argument("event_id", metavar="EVENT", type=click.UUID)
@add_json_option
@with_appcontext
def show(event_id: UUID, *, as_json: bool) -> None:
    """Show an event with this id."""
    print_item(search.get_event(event_id), render=render_event, as_json=as_json)


@command.command
@click.option("--all", "everything", is_flag=True, help="Look for events of any age.")
@with_appcontext
def seal(*, everything: bool) -> None:
    """Seal new events into the chain, and print its head; keep that elsewhere."""
    count = sealing.seal(everything=everything)
    in_transaction(lambda: jobs.record_success(sealing.JOB))
    click.echo(f"{count} sealed", err=True)
    with autocommit() as connection:
        click.echo(chain.read_head(connection))


@command.command
@click.option("--head", "noted", type=HeadType(), help="The head as it was printed at some time.")
@click.pass_context
@with_appcontext
def verify(context: click.Context, noted: ChainHead | None) -> None:
    """Compare every event with the chain; exit with status 1 if something is wrong."""
    wrong = 0
    for damage in verification.find_damage(noted):
        click.echo(damage)
        wrong += 1
    click.echo(f"{verification.count_unsealed()} not sealed yet, {wrong} wrong", err=True)
    if wrong:
        context.exit(1)
