"""Sealing and verifying the audit log, for operators."""

import re

import click
from flask.cli import with_appcontext

from api.audit import chain, verification
from api.audit.chain import BEGINNING, ChainHead, LogPosition
from api.audit.denials import close_windows
from api.commands.application import IN_APPLICATION
from api.core.database import autocommit, in_transaction

HEAD = re.compile(r"(0|[1-9][0-9]{0,17}):([0-9a-f]{64})")


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
    """Seal the audit log, and verify it."""


@command.command
@click.option("--all", "everything", is_flag=True, help="Look for events of any age.")
@with_appcontext
def seal(*, everything: bool) -> None:
    """Seal new events into the chain, and print its head; keep that elsewhere."""
    while in_transaction(close_windows):
        pass
    with autocommit() as connection:
        position: LogPosition | None = BEGINNING if everything else chain.find_start(connection)
    count = 0
    while position is not None:
        sealed = in_transaction(lambda after=position: chain.seal_batch(after))  # type: ignore[misc]
        count, position = count + sealed.event_count, sealed.next
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
