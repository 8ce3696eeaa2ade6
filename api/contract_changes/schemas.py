"""Schemas resolved to the forms that a value can have."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from api.contract_changes.documents import Document, Node, Subschema

NULL = "null"
ALL_TYPES = frozenset({"array", "boolean", "integer", NULL, "number", "object", "string"})
NOTHING: Node = {"not": {}}


@dataclass(frozen=True)
class Form:
    """One of the forms of a value: its schema without references, composition and null."""

    name: str  # of the component schema, if it has one
    types: frozenset[str]
    node: Node

    @property
    def key(self) -> str:
        """Return what identifies the form among the others."""
        return self.name or " or ".join(sorted(self.types - {NULL}))


@dataclass(frozen=True)
class Schema:
    """The forms of a value, and whether it can be null."""

    forms: tuple[Form, ...]
    nullable: bool


def normalise(document: Document, node: Subschema) -> Schema:
    """Return the forms of a schema: those of ``anyOf`` and ``oneOf``, with ``allOf`` merged."""
    forms = list(_list_forms(document, _to_object(node), ""))
    not_null = tuple(form for form in forms if form.types - {NULL})
    return Schema(not_null, any(NULL in form.types for form in forms))


def _to_object(node: Subschema) -> Node:
    if isinstance(node, Mapping):
        return node
    return {} if node else NOTHING


def _list_forms(document: Document, node: Node, name: str) -> Iterable[Form]:
    flat, own_name = _flatten(document, node)
    name = own_name or name
    choices = [*flat.get("anyOf", ()), *flat.get("oneOf", ())]
    if not choices:
        yield Form(name, _read_types(flat), flat)
        return
    base = {key: value for key, value in flat.items() if key not in {"anyOf", "oneOf"}}
    for choice in choices:
        chosen, choice_name = _flatten(document, _to_object(choice))
        yield from _list_forms(document, _merge(base, chosen), choice_name)


def _flatten(document: Document, node: Node) -> tuple[Node, str]:
    """Resolve the reference and merge ``allOf``."""
    resolved, name = document.resolve(node)
    if "allOf" not in resolved:
        return resolved, name
    merged: Node = {key: value for key, value in resolved.items() if key != "allOf"}
    for part in resolved["allOf"]:
        flat, part_name = _flatten(document, _to_object(part))
        merged = _merge(merged, flat)
        name = name or (part_name if len(resolved["allOf"]) == 1 else "")
    return merged, name


def _merge(one: Node, other: Node) -> Node:
    """Return a schema that requires what both schemas require."""
    merged: dict[str, Any] = {**one, **other}
    if "properties" in one and "properties" in other:
        merged["properties"] = {**one["properties"], **other["properties"]}
    if "required" in one and "required" in other:
        merged["required"] = sorted({*one["required"], *other["required"]})
    if "type" in one and "type" in other:
        merged["type"] = sorted(_read_types(one) & _read_types(other))
    return merged


def _read_types(node: Node) -> frozenset[str]:
    if "not" in node and not node["not"]:
        return frozenset()
    described = node.get("type", ALL_TYPES)
    types = frozenset({described} if isinstance(described, str) else described)
    if "enum" in node and "type" not in node:
        types = frozenset(map(_name_type, node["enum"]))
    return types | {"integer"} if "number" in types else types


def _name_type(value: object) -> str:
    names = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array"}
    return NULL if value is None else names.get(type(value), "object")
