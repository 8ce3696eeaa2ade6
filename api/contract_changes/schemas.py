"""Schemas resolved to the forms that a value can have."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from api.contract_changes.documents import Document, Node, Subschema
from api.contract_changes.keywords import ANNOTATIONS, STRUCTURE, read_values
from api.contract_changes.merging import list_types, merge

NULL = "null"
ALL_TYPES = frozenset({"array", "boolean", "integer", NULL, "number", "object", "string"})
NOTHING: Node = {"not": {}}


@dataclass(frozen=True)
class Form:
    """One of the forms of a value: its schema without references, composition and null."""

    name: str  # of the component schema, if it has one
    types: frozenset[str]
    node: Node
    exclusive: bool  # a value that has another such form, too, is invalid

    @property
    def key(self) -> str:
        """Return what identifies the form among the others."""
        return self.name or " or ".join(sorted(self.types - {NULL}))


@dataclass(frozen=True)
class Schema:
    """The forms of a value, and whether it can be null."""

    forms: tuple[Form, ...]
    nullable: bool
    name: str  # of the component schema, if it has one

    @property
    def names(self) -> list[str]:
        """Return its name, and that of its form if it has only one."""
        only = [form.name for form in self.forms] if len(self.forms) == 1 else []
        return [name for name in dict.fromkeys([self.name, *only]) if name]

    @property
    def overlaps(self) -> bool:
        """Return whether a value can be invalid because it has two forms."""
        exclusive = [form.types - {NULL} for form in self.forms if form.exclusive]
        return sum(map(len, exclusive)) > len(frozenset().union(*exclusive))


def normalise(document: Document, node: Subschema) -> Schema:
    """Return the forms of a schema: those of ``anyOf`` and ``oneOf``, with ``allOf`` merged."""
    flat, name = _flatten(document, _to_object(node))
    forms = list(_list_forms(document, flat, name))
    not_null = tuple(form for form in forms if form.types - {NULL})
    return Schema(not_null, any(NULL in form.types for form in forms), name)


def _to_object(node: Subschema) -> Node:
    if isinstance(node, Mapping):
        return node
    return {} if node else NOTHING


def _list_forms(
    document: Document, node: Node, name: str, *, exclusive: bool = False
) -> Iterable[Form]:
    flat, own_name = _flatten(document, node)
    name = own_name or name
    keyword = next((keyword for keyword in ("anyOf", "oneOf") if keyword in flat), "")
    if not keyword:
        yield _make_form(document, flat, name, exclusive=exclusive)
        return
    base = {key: value for key, value in flat.items() if key != keyword}
    exclusive = exclusive or keyword == "oneOf"
    for choice in flat[keyword]:
        chosen, choice_name = _flatten(document, _to_object(choice))
        both = merge(base, chosen)
        yield from _list_forms(document, both, choice_name, exclusive=exclusive)


def _flatten(document: Document, node: Node) -> tuple[Node, str]:
    """Resolve the reference and merge ``allOf``."""
    resolved, name = document.resolve(node)
    if "allOf" not in resolved:
        return resolved, name
    merged: Node = {key: value for key, value in resolved.items() if key != "allOf"}
    for part in resolved["allOf"]:
        flat, part_name = _flatten(document, _to_object(part))
        merged = merge(flat, merged)
        name = name or (part_name if len(resolved["allOf"]) == 1 else "")
    return merged, name


def _make_form(document: Document, node: Node, name: str, *, exclusive: bool) -> Form:
    """Return a form; what is compared as a whole has its references replaced."""
    known = STRUCTURE | ANNOTATIONS
    whole = {key for key in node if key not in known and not key.startswith("x-")}
    expanded = {key: document.expand(node[key]) for key in whole}
    return Form(name, _read_types(node), {**node, **expanded}, exclusive)


def _read_types(node: Node) -> frozenset[str]:
    if "not" in node and not node["not"]:
        return frozenset()
    if "enum" in node and "type" not in node:
        return list_types(list(map(_name_type, node["enum"])))
    types = list_types(node.get("type", list(ALL_TYPES)))
    values = read_values(node)
    return types if values is None or None in values else types - {NULL}


def _name_type(value: object) -> str:
    names = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array"}
    return NULL if value is None else names.get(type(value), "object")
