"""Reading JSON strictly (RFC 8259): text that two parsers could read differently is rejected.

orjson rejects NaN, lone surrogates, invalid UTF-8, a byte order mark and deep nesting. It accepts
repeated members, so the standard parser checks for those.
"""

import json
from collections.abc import Iterable
from typing import Any

import orjson

MAX_DEPTH = 32


def read(text: str | bytes) -> Any:
    """Return the value.

    Raises:
        ValueError: it is not JSON, repeats a member or is nested deeper than 32 levels.
    """
    value = orjson.loads(text)
    _reject_depth(value)
    json.loads(text, object_pairs_hook=reject_repeated_names)
    return value


def _reject_depth(value: Any) -> None:
    level, depth = _containers([value]), 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ValueError("too deep")
        level = [child for parent in level for child in _containers(_members(parent))]


def _members(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def _containers(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if isinstance(value, dict | list)]


def reject_repeated_names(pairs: list[tuple[str, Any]]) -> None:
    """Check that no member is repeated.

    Raises:
        ValueError: a member is repeated.
    """
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a member is repeated")
