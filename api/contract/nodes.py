"""The parts of the document, which are JSON, and references to its components."""

from collections.abc import Iterator
from typing import Any

Node = dict[str, Any]

SCHEMAS = "#/components/schemas/"


def refer(kind: str, name: str) -> Node:
    """Return a reference to a component of this kind, such as ``schemas``."""
    return {"$ref": f"#/components/{kind}/{name}"}


def find_references(node: object) -> Iterator[str]:
    """Yield the targets of all references in a part of the document."""
    if isinstance(node, dict):
        if isinstance(target := node.get("$ref"), str):
            yield target
        for inner in node.values():
            yield from find_references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from find_references(inner)
