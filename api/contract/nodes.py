"""The parts of the document, which are JSON, and references to its components."""

from typing import Any

Node = dict[str, Any]

SCHEMAS = "#/components/schemas/"


def refer(kind: str, name: str) -> Node:
    """Return a reference to a component of this kind, such as ``schemas``."""
    return {"$ref": f"#/components/{kind}/{name}"}


def find_references(node: object) -> set[str]:
    """Return the targets of all references in a part of the document."""
    found: set[str] = set()
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            if isinstance(target := part.get("$ref"), str):
                found.add(target)
            pending += part.values()
        elif isinstance(part, list):
            pending += part
    return found
