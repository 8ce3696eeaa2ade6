"""What commands print: tables with a header, JSON, and one line of what was done."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import Any, TypeVar

import click
import orjson

from api.web.schemas import Render

DEFAULT_LIMIT, MAX_LIMIT = 100, 1_000_000_000
JSON_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
NOTHING = "-"
UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"

Command = TypeVar("Command", bound=Callable[..., Any])

add_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def add_list_options(command: Command) -> Command:
    """Add the options ``limit`` and ``as_json`` of a command that prints a list."""
    limit = click.option(
        "--limit",
        type=click.IntRange(1, MAX_LIMIT),
        default=DEFAULT_LIMIT,
        show_default=True,
        help="The maximum number of lines.",
    )
    return limit(add_json_option(command))


def select_members(*names: str) -> Render:
    """Return a function that renders these attributes of an item."""
    return lambda item: {name: getattr(item, name) for name in names}


def print_list(
    items: Iterable[Any], columns: Sequence[str], *, render: Render, limit: int, as_json: bool
) -> None:
    """Print at most ``limit`` items, as a JSON array or as a table with these attributes.

    Standard error says if there are more.
    """
    found = list(islice(items, limit + 1))
    shown = found[:limit]
    if as_json:
        _print_json([render(item) for item in shown])
    else:
        _print_table([name.replace("_", " ").upper() for name in columns], shown, columns)
    if len(found) > limit:
        click.echo(f"There are more than {limit}; raise --limit to see them.", err=True)


def print_item(item: Any, *, render: Render, as_json: bool) -> None:
    """Print one item: as a JSON object, or with one line per member.

    A list of objects has one line for each, in JSON.
    """
    members = render(item)
    if as_json:
        _print_json(members)
        return
    width = max(map(len, members))
    for name, value in members.items():
        is_table = isinstance(value, list) and any(isinstance(item, dict) for item in value)
        first, *others = [_format_cell(each) for each in (value if is_table else [value])]
        click.echo(f"{name:<{width}}  {first}")
        for line in others:
            click.echo(f"{'':<{width}}  {line}")


def _print_json(value: list[dict[str, Any]] | Mapping[str, Any]) -> None:
    click.echo(orjson.dumps(value, option=JSON_OPTIONS), nl=False)


def _print_table(header: list[str], items: list[Any], names: Sequence[str]) -> None:
    get_values = [attrgetter(name) for name in names]
    rows = [[_format_cell(get(item)) for get in get_values] for item in items]
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _format_cell(value: object) -> str:
    """Return a value in one line, without characters that control a terminal."""
    if isinstance(value, datetime):
        text = f"{value:%Y-%m-%dT%H:%M:%SZ}"
    elif isinstance(value, list | tuple):
        text = " ".join(map(str, value))
    elif isinstance(value, dict):
        text = orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()
    else:
        text = "" if value is None else str(value)
    return "".join(each if each.isprintable() else UNPRINTABLE for each in text) or NOTHING
