"""Compares what a client sends beside the body: path, query, header and cookie parameters."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from api.contract_changes.changes import Change, Place, Severity
from api.contract_changes.documents import Document, Node, drop_texts
from api.contract_changes.schema_changes import Direction, SchemaComparison

VARIABLE = re.compile(r"\{([^}]*)\}")
SERIALISATION = ("style", "explode", "allowReserved", "content")
STYLES = {"query": "form", "cookie": "form"}  # the default of others is simple


class Variant(NamedTuple):
    """An operation in one of the documents."""

    document: Document
    path: str
    item: Node
    operation: Node


Parameters = dict[tuple[str, str], Node]  # by place and name; header names are in lower case


def compare_parameters(old: Variant, new: Variant, place: Place) -> Iterator[Change]:
    """Yield the changes of the parameters of an operation."""
    before, after = _list_parameters(old), _list_parameters(new)
    yield from _compare_path_names(old, new, place)
    for where, name in dict.fromkeys([*before, *after]):
        if where == "path" and not ((where, name) in before and (where, name) in after):
            continue  # it is renamed, since the path has as many
        described = {**before, **after}[where, name]
        here = place.enter_part(f"{where} parameter {described['name']}")
        if (where, name) not in after:
            yield Change(Severity.BREAKING, "parameter-removed", here, "removed")
        elif (where, name) not in before:
            yield _judge_new(after[where, name], here)
        else:
            schemas = SchemaComparison(old.document, new.document, Direction.REQUEST)
            yield from _compare_one(before[where, name], after[where, name], here, schemas)


def _list_parameters(variant: Variant) -> Parameters:
    listed: Parameters = {}
    shared, own = (part.get("parameters", ()) for part in (variant.item, variant.operation))
    for described in (*shared, *own):
        parameter, _ = variant.document.resolve(described)
        where, name = parameter["in"], parameter["name"]
        listed[where, name.lower() if where == "header" else name] = parameter
    return listed


def _compare_path_names(old: Variant, new: Variant, place: Place) -> Iterator[Change]:
    for before, after in zip(VARIABLE.findall(old.path), VARIABLE.findall(new.path), strict=True):
        if before != after:
            here = place.enter_part(f"path parameter {before}")
            message = f"renamed to {after}; generated clients rename it"
            yield Change(Severity.BREAKING, "parameter-renamed", here, message)


def _judge_new(parameter: Node, place: Place) -> Change:
    if parameter.get("required"):
        return Change(Severity.BREAKING, "parameter-added", place, "new, required")
    return Change(Severity.COMPATIBLE, "parameter-added", place, "new")


def _compare_one(old: Node, new: Node, place: Place, schemas: SchemaComparison) -> Iterator[Change]:
    before, after = bool(old.get("required")), bool(new.get("required"))
    if after and not before:
        yield Change(Severity.BREAKING, "parameter-required", place, "is required")
    if before and not after:
        yield Change(Severity.COMPATIBLE, "parameter-required", place, "is optional")
    one, other = schemas.old.expand(_read_own_style(old)), schemas.new.expand(_read_own_style(new))
    if changed := [key for key in SERIALISATION if one.get(key) != other.get(key)]:
        message = f"changed: {', '.join(changed)}"
        yield Change(Severity.BREAKING, "parameter-style", place, message)
    yield from schemas.compare(old.get("schema", {}), new.get("schema", {}), place)


def _read_own_style(parameter: Node) -> Node:
    return read_style(parameter, STYLES.get(parameter["in"], "simple"))


def read_style(described: Node, default: str) -> Node:
    """Return how a value is written, with the defaults of OpenAPI."""
    style = described.get("style", default)
    defaults = {"style": style, "explode": style == "form", "allowReserved": False}
    return {**defaults, **drop_texts(described)}
