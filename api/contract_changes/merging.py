"""Merges two schemas into one that requires what both require (``allOf``)."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from api.contract_changes.documents import Node
from api.contract_changes.keywords import ANNOTATIONS, MAXIMUMS, MINIMUMS, OPEN_VALUES


def merge(one: Node, other: Node) -> Node:
    """Return a schema that requires what both schemas require."""
    merged: dict[str, Any] = {**one, **other}
    for keyword in {*one} & {*other} - ANNOTATIONS:
        if one[keyword] != other[keyword]:
            merged[keyword] = RULES.get(keyword, _name_both)(one[keyword], other[keyword])
    return merged


def list_types(described: str | list[str]) -> frozenset[str]:
    """Return the types that the keyword ``type`` permits: an integer is a number, too."""
    types = frozenset({described} if isinstance(described, str) else described)
    return types | {"integer"} if "number" in types else types


def _name_both(one: object, other: object) -> str:
    """Return one value for two of a keyword that is compared as a whole, in any order."""
    return " and ".join(sorted(json.dumps(value, sort_keys=True) for value in (one, other)))


def _merge_types(one: Any, other: Any) -> list[str]:
    return sorted(list_types(one) & list_types(other))


def _merge_values(one: list[Any], other: list[Any]) -> list[Any]:
    return [value for value in one if value in other]


def _merge_required(one: list[str], other: list[str]) -> list[str]:
    return sorted({*one, *other})


def _merge_members(one: Mapping[str, Any], other: Mapping[str, Any]) -> Node:
    both = {name: _require_both(one[name], other[name]) for name in {*one} & {*other}}
    return {**one, **other, **both}


def _require_both(one: Any, other: Any) -> Any:
    return one if one == other else {"allOf": [one, other]}


def _combine_choices(one: list[Any], other: list[Any]) -> list[Node]:
    return [{"allOf": [first, second]} for first in one for second in other]


def _take_second(_: object, other: object) -> object:
    return other


RULES: Mapping[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(MINIMUMS, max),
    **dict.fromkeys(MAXIMUMS, min),
    **dict.fromkeys(("additionalProperties", "contentSchema", "items"), _require_both),
    **dict.fromkeys(("anyOf", "oneOf"), _combine_choices),
    **dict.fromkeys(("default", OPEN_VALUES), _take_second),
    "enum": _merge_values,
    "properties": _merge_members,
    "required": _merge_required,
    "type": _merge_types,
    "uniqueItems": max,
}
