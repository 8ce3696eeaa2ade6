"""Keeping the audit trail honest, for operators: sealing it, and looking whether it holds."""

import re

import click
from flask.cli import with_appcontext

from api.audit import chain, verification
from api.audit.chain import BEGINNING, Head, Place
from api.commands.application import IN_APPLICATION
from api.core.database import autocommit, in_transaction

HEAD = re.compile(r"(0|[1-9][0-9]{0,17}):([0-9a-f]{64})")


class HeadType(click.ParamType[Head]):
    name = "POSITION:DIGEST"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Head:
        head = HEAD.fullmatch(value)
        if head is None:
            self.fail("it is not a head as `rollbook audit seal` prints it", param, ctx)
        return Head(int(head[1]), head[2])


@click.group(name="audit", context_settings=IN_APPLICATION)
def command() -> None:
    """Seal the audit trail, and verify it."""


@command.command
@click.option("--all", "everything", is_flag=True, help="Look for events of any age.")
@with_appcontext
def seal(*, everything: bool) -> None:
    """Link new events into the chain, and print its head; keep that elsewhere."""
    with autocommit() as connection:
        place: Place | None = BEGINNING if everything else chain.start(connection)
    number = 0
    while place is not None:
        sealed = in_transaction(lambda after=place: chain.seal(after))  # type: ignore[misc]
        number, place = number + sealed.number, sealed.onwards
    click.echo(f"{number} sealed", err=True)
    with autocommit() as connection:
        click.echo(chain.head(connection))


@command.command
@click.option("--head", "noted", type=HeadType(), help="The head as it was printed at some time.")
@click.pass_context
@with_appcontext
def verify(context: click.Context, noted: Head | None) -> None:
    """Hold every event to the chain; status 1 where something is wrong."""
    wrong = 0
    for damage in verification.damage(noted):
        click.echo(damage)
        wrong += 1
    click.echo(f"{verification.unsealed()} not sealed yet, {wrong} wrong", err=True)
    if wrong:
        context.exit(1)
