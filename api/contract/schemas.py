"""Schemas of what clients send, which are closed, and of what they receive, which are open.

A client that validates responses must not fail when a response has a new member or a new value of
an enumeration. So response schemas do not forbid unknown members, and list the known values of an
enumeration as ``x-extensible-enum``. Requests are strict: the service rejects what it does not
know.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from api.contract.nodes import SCHEMAS, Node, find_references, refer
from api.core.identifiers import PRINTABLE
from api.web.fields import METADATA, Choices

OPEN_ENUM = "x-extensible-enum"
DESCENDING = "-"  # before the name of an order
MAX_VALUE_LENGTH = 64  # of a value that a later version adds
MAX_LENGTHS = {"uuid": 36, "date-time": 40}  # which the formats imply
SHARED = frozenset({"additionalProperties", "enum", "title", "type"})  # stand in the component
METADATA_SCHEMA: Node = {
    "type": "object",
    "description": "An object with any members, which the service stores and does not interpret. "
    "Names and texts have no character U+0000, and numbers are those that the database can store "
    "as they are (rule `number`). The whole body has at most 32 levels.",
    "additionalProperties": True,
}


def describe_sent(schema: Any) -> Any:
    """Return a schema of a request, in which enumerations are references to their components."""
    if isinstance(schema, list):
        return [describe_sent(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "title" in schema:
        return _refer_to_title(schema)
    described = {
        key: value if key in {"examples", "example", "default"} else describe_sent(value)
        for key, value in schema.items()
        if not _is_hidden(key, value)
    }
    return _limit_length(described)


def describe_answered(schema: Any) -> Any:
    """Return a schema of a response, without what a later version may break."""
    if isinstance(schema, list):
        return [describe_answered(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("title") == METADATA:
        return _refer_to_title(schema)
    described: Node = {}
    for key, value in schema.items():
        if key == "enum":
            described[OPEN_ENUM] = [each for each in value if each is not None]
        elif key in {"examples", "example", "default"}:
            described[key] = value
        elif not (_is_hidden(key, value) or (key, value) == ("additionalProperties", False)):
            described[key] = describe_answered(value)
    if "enum" in schema:
        described.pop("title", None)
    return _limit_length(described)


def _limit_length(schema: Node) -> Node:
    """Add the maximum length of a text that follows from its format or its values."""
    text_format = schema.get("format")
    if OPEN_ENUM in schema:
        return {**schema, "maxLength": MAX_VALUE_LENGTH}
    if isinstance(text_format, str) and text_format in MAX_LENGTHS:
        return {**schema, "maxLength": MAX_LENGTHS[text_format]}
    return schema


def _is_hidden(key: str, value: object) -> bool:
    """Return whether it is the pattern that forbids control characters.

    It is enforced, but not all regular expression engines accept it.
    """
    return key == "pattern" and value == PRINTABLE


def _refer_to_title(schema: Mapping[str, Any]) -> Node:
    """Refer to the component with the title, beside the keywords of this place."""
    place = {key: value for key, value in schema.items() if key not in SHARED}
    reference = refer("schemas", schema["title"])
    if "null" in schema["type"]:
        return {"anyOf": [reference, {"type": "null"}], **place}
    return {**reference, **place}


def describe_choices(choices: Choices) -> Node:
    described = {"description": choices.description} if choices.description else {}
    named = {"type": "string", **described, "enum": list(choices.values)}
    if any(value.startswith(DESCENDING) for value in choices.values):
        named["x-enum-varnames"] = [_make_variable_name(value) for value in choices.values]
    return named


def _make_variable_name(value: str) -> str:
    """Return the name of an order for client generators, which would only number ``-email``."""
    name = value.removeprefix(DESCENDING).upper()
    return f"{name}_DESC" if value.startswith(DESCENDING) else name


def find_reachable(names: Iterable[str], schemas: Mapping[str, Node]) -> set[str]:
    """Return these schemas and all that they refer to."""
    found: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name in found or name not in schemas:
            continue
        found.add(name)
        pending += [target.removeprefix(SCHEMAS) for target in find_references(schemas[name])]
    return found
