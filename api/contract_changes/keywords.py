"""What a changed keyword of a schema does to the set of valid values.

Whether that breaks a client depends on the direction: a request may not be narrowed, a response may
not be widened.
"""

from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import Any, NamedTuple

from api.contract_changes.documents import Node

ANNOTATIONS = frozenset(
    {
        "$comment",
        "deprecated",
        "description",
        "example",
        "examples",
        "externalDocs",
        "title",
    }
)
STRUCTURE = frozenset(  # compared elsewhere
    {
        "additionalProperties",
        "const",
        "contentSchema",
        "default",
        "enum",
        "items",
        "properties",
        "required",
        "type",
    }
)
MAX_SHOWN = 40  # characters of a value in a message
OPEN_VALUES = "x-extensible-enum"


class Effect(Enum):
    """How the set of valid values has changed."""

    NARROWED = auto()
    WIDENED = auto()
    UNCLEAR = auto()  # some values may have become valid, others invalid


class Difference(NamedTuple):
    """One changed keyword."""

    effect: Effect
    rule: str
    message: str


MINIMUMS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
MAXIMUMS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
DEFAULTS = {"minLength": 0, "minItems": 0, "minProperties": 0}
IMPLIED_LENGTHS = {"uuid": 36, "date-time": 40}
INTEGER_FORMATS = ("int32", "int64")
OTHERS = ("contentMediaType", "format", "pattern", "multipleOf", "uniqueItems")


def compare_keywords(old: Node, new: Node) -> Iterator[Difference]:
    """Compare everything except type, values, members and items."""
    for keyword in sorted({*old, *new} - ANNOTATIONS - STRUCTURE):
        before, after = _read_keyword(old, keyword), _read_keyword(new, keyword)
        if before != after and not keyword.startswith("x-"):
            yield _compare_keyword(keyword, before, after)


def _read_keyword(schema: Node, keyword: str) -> Any:
    """Return the value of a keyword, or what its absence means."""
    value = schema.get(keyword, DEFAULTS.get(keyword))
    if keyword == "maxLength" and value is None:
        return IMPLIED_LENGTHS.get(schema.get("format", ""))
    if keyword == "format" and value in INTEGER_FORMATS:
        return None  # the bounds say as much
    if keyword == "uniqueItems":
        return value or None
    return value


def _compare_keyword(keyword: str, before: Any, after: Any) -> Difference:
    message = f"{keyword} {_describe(before)} → {_describe(after)}"
    if keyword in MINIMUMS:
        return Difference(_compare_bounds(before, after, lambda a, b: a > b), "bounds", message)
    if keyword in MAXIMUMS:
        return Difference(_compare_bounds(before, after, lambda a, b: a < b), "bounds", message)
    if keyword in OTHERS:
        return Difference(_compare_presence(before, after), keyword, message)
    return Difference(Effect.UNCLEAR, "keyword", message)


def _compare_bounds(before: Any, after: Any, is_tighter: Callable[[Any, Any], bool]) -> Effect:
    if before is None or after is None:
        return _compare_presence(before, after)
    return Effect.NARROWED if is_tighter(after, before) else Effect.WIDENED


def _compare_presence(before: Any, after: Any) -> Effect:
    if before is None:
        return Effect.NARROWED
    return Effect.WIDENED if after is None else Effect.UNCLEAR


def compare_values(old: Node, new: Node) -> Iterator[Difference]:
    """Compare the lists of values: closed (``enum``, ``const``) and open ones."""
    before, after = _list_values(old), _list_values(new)
    if before is None and after is None:
        yield from _compare_open_values(old, new)
    elif before is None:
        yield Difference(Effect.NARROWED, "enum", f"only the values {_join(after or ())}")
    elif after is None:
        yield Difference(Effect.WIDENED, "enum", "the list of values is open")
    else:
        yield from _compare_lists(before, after)


def _compare_lists(before: list[Any], after: list[Any]) -> Iterator[Difference]:
    if added := [value for value in after if value not in before]:
        yield Difference(Effect.WIDENED, "enum", f"new values {_join(added)}")
    if removed := [value for value in before if value not in after]:
        yield Difference(Effect.NARROWED, "enum", f"values removed: {_join(removed)}")


def _compare_open_values(old: Node, new: Node) -> Iterator[Difference]:
    """Compare values that are only examples: a client has to expect others."""
    for difference in _compare_lists(_read_open_values(old), _read_open_values(new)):
        yield difference._replace(effect=Effect.NARROWED, rule="open-enum")


def _read_open_values(node: Node) -> list[Any]:
    values = node.get(OPEN_VALUES, ())
    return list(values) if isinstance(values, list) else []


def read_values(node: Node) -> list[Any] | None:
    """Return the only valid values, if they are listed."""
    if "const" in node:
        return [node["const"]]
    if "enum" not in node or node.get(OPEN_VALUES):
        return None
    return list(node["enum"])


def _list_values(node: Node) -> list[Any] | None:
    values = read_values(node)
    return values and [value for value in values if value is not None]  # null is a type


def _join(values: Any) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _describe(value: Any) -> str:
    return "none" if value is None else f"`{_shorten(str(value))}`"


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
