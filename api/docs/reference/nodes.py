"""Reading a JSON document that refers to its own parts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Node = dict[str, Any]  # an object of the contract


def last_segment(reference: str) -> str:
    return reference.rpartition("/")[2]


@dataclass(frozen=True)
class Document:
    """An OpenAPI document."""

    root: Node

    def resolve(self, node: Node) -> Node:
        """Return what a ``$ref`` names, with the members beside it (OpenAPI 3.1, 4.8.23)."""
        if "$ref" not in node:
            return node
        target: Node = self.root
        for segment in node["$ref"].removeprefix("#/").split("/"):
            target = target[segment.replace("~1", "/").replace("~0", "~")]
        beside = {name: value for name, value in node.items() if name != "$ref"}
        return {**self.resolve(target), **beside}

    def iterate_operations(self) -> Iterator[tuple[str, str, Node, Node]]:
        """Yield path, method, path item and operation."""
        for path, item in self.root["paths"].items():
            for method in ("get", "post", "put", "patch", "delete"):
                if method in item:
                    yield path, method, item, item[method]
