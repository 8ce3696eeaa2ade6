"""The members of a schema, as a reader looks them up."""

from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from api.docs.reference.nodes import Document, Node, last_segment

MAX_PATTERN_LENGTH = 40  # a longer one explains nothing; the description says it in words
PLURALS = {"boolean": "booleans", "integer": "integers", "object": "objects", "string": "strings"}
RANGES = (
    ("minLength", "maxLength", "characters"),
    ("minItems", "maxItems", "items"),
    ("minProperties", "maxProperties", "members"),
    ("minimum", "maximum", ""),
)


@dataclass(frozen=True)
class Member:
    """A member of an object, a parameter, a header, or (without a name) a whole schema."""

    name: str
    kind: str
    required: bool
    nullable: bool
    description: str
    limits: tuple[str, ...]
    values: tuple[str, ...]
    is_open: bool  # further values may be added, so a client accepts others
    schema_name: str
    members: "tuple[Member, ...]"


def describe_schema(
    document: Document, schema: Node, *, name: str = "", required: bool = False
) -> Member:
    """Describe a schema with all members below it."""
    return _describe(document, schema, name=name, required=required, above=())


def describe_part(document: Document, part: Node, name: str) -> Member:
    """Describe a parameter or a header, whose description stands beside its schema."""
    schema = part.get("schema", {})
    if "description" in part:
        schema = {**schema, "description": part["description"]}
    return describe_schema(document, schema, name=name, required=bool(part.get("required")))


def _describe(
    document: Document, schema: Node, *, name: str, required: bool, above: tuple[str, ...]
) -> Member:
    whole, named = _simplify(document, schema)
    part, part_name = _find_part(document, whole)
    schema_name = part_name or named
    is_repeated = schema_name != "" and schema_name in above
    below = () if is_repeated else _members(document, part, (*above, schema_name))
    return Member(
        name=name,
        kind=_kind(document, whole),
        required=required,
        nullable="null" in _types(whole),
        description=whole.get("description") or "",
        limits=tuple(_limits(whole)),
        values=tuple(str(value) for value in _values(part) if value is not None),
        is_open="x-extensible-enum" in part,
        schema_name=schema_name,
        members=below,
    )


def _members(document: Document, schema: Node, above: tuple[str, ...]) -> tuple[Member, ...]:
    required = schema.get("required", ())
    return tuple(
        _describe(document, below, name=name, required=name in required, above=above)
        for name, below in schema.get("properties", {}).items()
    )


def _simplify(document: Document, schema: Node) -> tuple[Node, str]:
    """Resolve references, ``allOf``, and a choice between one schema and null."""
    name = last_segment(schema["$ref"]) if "$ref" in schema else ""
    whole = dict(document.resolve(schema))
    for part in whole.pop("allOf", ()):
        below, below_name = _simplify(document, part)
        whole, name = _merge(below, whole), name or below_name
    choices = [choice for key in ("anyOf", "oneOf") for choice in whole.get(key, ())]
    kept = [choice for choice in choices if choice.get("type") != "null"]
    if len(kept) == 1 and len(choices) > 1:
        below, below_name = _simplify(document, kept[0])
        whole, name = _merge(below, whole), name or below_name
        whole["type"] = [*_types(below), "null"]
    return whole, name


def _merge(below: Node, above: Node) -> Node:
    properties = {**below.get("properties", {}), **above.get("properties", {})}
    required = [*below.get("required", ()), *above.get("required", ())]
    merged = {**below, **above}
    return merged | ({"properties": properties, "required": required} if properties else {})


def _find_part(document: Document, schema: Node) -> tuple[Node, str]:
    """Return the schema whose members are shown: that of the items, of each line, or itself."""
    rows = schema.get("contentSchema", {})
    if below := schema.get("items") or rows.get("items"):
        return _simplify(document, below)
    return schema, ""


def _types(schema: Node) -> list[str]:
    declared = schema.get("type", [])
    return [declared] if isinstance(declared, str) else list(declared)


def _kind(document: Document, schema: Node) -> str:
    if "contentSchema" in schema:
        return "text, an object in each line"
    kinds = [kind for kind in _types(schema) if kind != "null"]
    if kinds == ["array"]:
        below, _ = _simplify(document, schema.get("items", {}))
        kind = _kind(document, below)
        return f"list of {PLURALS.get(kind, kind)}"
    if not kinds and (choices := schema.get("oneOf") or schema.get("anyOf")):
        kinds = [_kind(document, _simplify(document, choice)[0]) for choice in choices]
    form = schema.get("format") or ("enum" if list(_values(schema)) else "")
    kind = " or ".join(dict.fromkeys(kinds)) or "any value"
    return f"{kind} ({form})" if form and form != "enum" else kind


def _values(schema: Node) -> Iterator[object]:
    if "const" in schema:
        yield schema["const"]
    yield from schema.get("enum") or schema.get("x-extensible-enum") or ()


def _limits(schema: Node) -> Iterator[str]:
    for lower, upper, unit in RANGES:
        if text := _range(schema.get(lower), schema.get(upper)):
            yield f"{text} {unit}".strip()
    if schema.get("uniqueItems"):
        yield "no item twice"
    pattern = schema.get("pattern", "")
    if pattern and len(pattern) <= MAX_PATTERN_LENGTH:
        yield f"pattern `{pattern}`"
    if "default" in schema:
        yield f"default `{orjson.dumps(schema['default']).decode()}`"


def _range(lower: float | None, upper: float | None) -> str:
    if upper is None:
        return f"at least {lower}" if lower else ""
    return f"{lower} to {upper}" if lower else f"at most {upper}"
