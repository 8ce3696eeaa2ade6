"""Compares two forms of a value, without what is inside them."""

from collections.abc import Iterator, Mapping

from api.contract_changes.documents import Node, Subschema
from api.contract_changes.keywords import (
    ANNOTATIONS,
    Difference,
    Effect,
    compare_keywords,
    compare_values,
)
from api.contract_changes.schemas import ALL_TYPES, NOTHING, NULL, Form


def read_part(node: Node, keyword: str) -> Subschema:
    """Return the schema of items, rows or other members; a schema without conditions is true."""
    part: Subschema = node.get(keyword, True)
    if not isinstance(part, Mapping):
        return part
    if all(key in ANNOTATIONS or key.startswith("x-") for key in part):
        return True
    return part if part != NOTHING else False


def compare_restriction(keyword: str, before: Subschema) -> Difference:
    """Compare a schema with its absence, which permits everything."""
    if before is True:
        return Difference(Effect.NARROWED, keyword, f"{keyword} has a schema")
    return Difference(Effect.WIDENED, keyword, f"{keyword} has no schema any more")


def compare_form(old: Form, new: Form) -> Iterator[Difference]:
    """Yield the differences of types, values and keywords."""
    yield from _compare_types(old.types - {NULL}, new.types - {NULL})
    yield from compare_values(old.node, new.node)
    yield from compare_keywords(old.node, new.node)


def _compare_types(old: frozenset[str], new: frozenset[str]) -> Iterator[Difference]:
    message = f"type {_describe_types(old)} → {_describe_types(new)}"
    if new - old:
        effect = Effect.UNCLEAR if old - new else Effect.WIDENED
        yield Difference(effect, "type", message)
    elif old - new:
        yield Difference(Effect.NARROWED, "type", message)


def _describe_types(types: frozenset[str]) -> str:
    if types == ALL_TYPES - {NULL}:
        return "any"
    shown = types - {"integer"} if "number" in types else types
    return " or ".join(sorted(shown))
