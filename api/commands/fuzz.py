import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from secrets import randbelow
from urllib.parse import urlsplit

import click
import orjson

from api.commands.errors import CommandError
from api.fuzz.contract import Node
from api.fuzz.options import ALL_PHASES, CALLERS, Options
from api.fuzz.results import Reports, Results, describe

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
MAX_SEED = 2**31
FAILED = 1


@click.command(name="fuzz")
@click.option("--url", required=True, help="The instance, such as http://127.0.0.1:8000.")
@click.option(
    "--token",
    envvar="ROLLBOOK_TOKEN",
    help="An access token of an administrator; ROLLBOOK_TOKEN is safer than the option.",
)
@click.option(
    "--contract",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The contract; by default the instance is asked for /openapi.json.",
)
@click.option(
    "--examples",
    type=click.IntRange(1),
    default=25,
    show_default=True,
    help="The number of requests for each operation, in each phase.",
)
@click.option("--seed", type=click.IntRange(0), help="Repeat the run that printed this number.")
@click.option(
    "--caller",
    "callers",
    multiple=True,
    type=click.Choice(CALLERS),
    help="Only as this kind of caller. Can be repeated.",
)
@click.option(
    "--phase",
    "phases",
    multiple=True,
    type=click.Choice(ALL_PHASES),
    help="Only this phase. Can be repeated.",
)
@click.option(
    "--operation",
    "operations",
    multiple=True,
    metavar="ID",
    help="Only this operation. Can be repeated.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 7),
    default=1,
    show_default=True,
    help="How many kinds of callers send requests at the same time.",
)
@click.option(
    "--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write a JUnit report."
)
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Write an HTML report."
)
@click.option(
    "--yes", is_flag=True, help="Do not ask before an instance on another machine is fuzzed."
)
def command(  # noqa: PLR0913  each is an option
    url: str,
    token: str | None,
    *,
    contract: Path | None,
    examples: int,
    seed: int | None,
    callers: tuple[str, ...],
    phases: tuple[str, ...],
    operations: tuple[str, ...],
    processes: int,
    junit: Path | None,
    html: Path | None,
    yes: bool,
) -> None:
    """Fuzz a running instance: send what its contract allows and forbids, as every kind of caller.

    The run creates users and roles, changes only those, and deletes them at the end. Never fuzz an
    instance with real users without reading docs/fuzzing.md.
    """
    if find_spec("schemathesis") is None:
        raise CommandError("this needs schemathesis: pip install 'rollbook[fuzz]'")
    if urlsplit(url).hostname not in LOOPBACK and not yes:
        click.confirm(f"{url} is on another machine. Is it an instance for tests?", abort=True)
    token = token or click.prompt("Access token of an administrator", hide_input=True, err=True)
    options = Options(
        examples=examples,
        seed=randbelow(MAX_SEED) if seed is None else seed,
        callers=callers or CALLERS,
        phases=phases or ALL_PHASES,
        operations=operations,
        processes=processes,
    )
    document = orjson.loads(contract.read_bytes()) if contract else None
    _run(url, token, document, options, Reports(junit, html))


def _run(url: str, token: str, document: Node | None, options: Options, reports: Reports) -> None:
    service = import_module("api.fuzz.service")  # it imports what only the extra installs
    click.echo(f"Seed {options.seed}; repeat this run with --seed {options.seed}.")
    try:
        results: Results = service.fuzz(url, token, document, options, click.echo)
    except service.FuzzError as error:
        raise CommandError(str(error)) from None
    reports.write(results)
    for line in describe(results):
        click.echo(line)
    if results.has_failed:
        sys.exit(FAILED)
