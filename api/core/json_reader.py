"""Reading JSON strictly (RFC 8259): text that two parsers could read differently is rejected.

orjson rejects NaN, lone surrogates, invalid UTF-8, a byte order mark and deep nesting. It accepts
repeated members, so the standard parser checks for those.
"""

import json
from collections.abc import Iterable
from typing import Any

import orjson

MAX_DEPTH = 32
MAX_SHOWN_NAME = 64  # characters of a member's name in an error


class JsonError(ValueError):
    """What is wrong with a text, and where. The message has names of members, but no values."""


def read(text: str | bytes) -> Any:
    """Return the value.

    Raises:
        JsonError: it is not JSON, repeats a member or is nested deeper than 32 levels.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise JsonError(_describe(error, text)) from error
    _reject_depth(value)
    json.loads(text, object_pairs_hook=reject_repeated_names)
    return value


def _describe(error: orjson.JSONDecodeError, text: str | bytes) -> str:
    """Return what is wrong and where; bytes count from 0, lines and columns from 1."""
    octets = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    try:
        before = octets.decode()[: error.pos]
        reason = error.msg
    except UnicodeDecodeError as undecodable:  # orjson does not report where
        before = octets[: undecodable.start].decode()
        reason = "the text is not UTF-8"
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return f"{reason}, at byte {len(before.encode())} (line/column {line}/{column})"


def _reject_depth(value: Any) -> None:
    level, depth = _containers([value]), 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise JsonError(f"nested deeper than {MAX_DEPTH} levels")
        level = [child for parent in level for child in _containers(_members(parent))]


def _members(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def _containers(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if isinstance(value, dict | list)]


def reject_repeated_names(pairs: list[tuple[str, Any]]) -> None:
    """Check that no member is repeated.

    Raises:
        JsonError: a member is repeated; it names the first one.
    """
    if len({name for name, _ in pairs}) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for place, name in enumerate(names) if name in names[:place])
        shown = json.dumps(repeated[:MAX_SHOWN_NAME])
        raise JsonError(f"the member {shown} is repeated")
