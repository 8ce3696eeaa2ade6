"""A closed derivative of the document, for tests and fuzzing."""

from copy import deepcopy
from typing import Any

from api.contract.nodes import Node
from api.contract.schemas import OPEN_ENUM


def close_responses(document: Node) -> Node:
    """Return a copy in which responses may have only the members and values that it lists."""
    closed = deepcopy(document)
    _close(closed["components"]["schemas"])
    _close(closed["paths"])
    return closed


def _close(node: Any) -> None:
    if isinstance(node, list):
        for inner in node:
            _close(inner)
    if not isinstance(node, dict):
        return
    if OPEN_ENUM in node:
        node["enum"] = [*node[OPEN_ENUM], *([None] if "null" in node["type"] else [])]
    if isinstance(node.get("properties"), dict):
        node.setdefault("additionalProperties", False)
    for key, inner in node.items():
        if key not in {"example", "examples", "value"}:
            _close(inner)
