"""OpenAPI documents: reading, references, composed schemas."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Node = Mapping[str, Any]  # an object of a JSON document
Subschema = Node | bool  # true permits every value, false none
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
SCHEMAS = "#/components/schemas/"


class InvalidDocument(Exception):
    """The file is not an OpenAPI 3 document, or a reference in it has no target."""


class Document:
    """An OpenAPI document whose references can be followed."""

    def __init__(self, content: Node) -> None:
        self.content = content
        self.version: str = content["info"]["version"]

    def resolve(self, node: Node) -> tuple[Node, str]:
        """Follow ``$ref``, with the keywords beside it added.

        Returns:
            The object, and the name of its component schema, which is empty if it has none.
        """
        name = ""
        followed: set[str] = set()
        while "$ref" in node:
            reference = node["$ref"]
            if reference in followed:
                raise InvalidDocument(f"the reference {reference} leads to itself")
            followed.add(reference)
            name = name or _read_schema_name(reference)
            beside = {key: value for key, value in node.items() if key != "$ref"}
            node = {**self._find(reference), **beside}
        return node, name

    def _find(self, reference: str) -> Node:
        node: Any = self.content
        for part in reference.removeprefix("#/").split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(node, Mapping) or key not in node:
                raise InvalidDocument(f"the reference {reference} has no target")
            node = node[key]
        if not isinstance(node, Mapping):
            raise InvalidDocument(f"the reference {reference} is not an object")
        return node

    def expand(self, value: Any, followed: tuple[str, ...] = ()) -> Any:
        """Return a value with all references replaced, except those that lead to themselves."""
        if isinstance(value, list):
            return [self.expand(item, followed) for item in value]
        if not isinstance(value, Mapping):
            return value
        if isinstance(reference := value.get("$ref"), str):
            if reference in followed:
                return value
            value, followed = self.resolve(value)[0], (*followed, reference)
        return {key: self.expand(item, followed) for key, item in value.items()}

    def list_operations(self) -> Iterator[tuple[str, str, Node, Node]]:
        """Yield path, method, path item and operation."""
        for path, described in self.content["paths"].items():
            item, _ = self.resolve(described)
            for method in METHODS:
                if method in item:
                    yield path, method, item, item[method]

    def read_webhooks(self) -> dict[str, Node]:
        """Return the requests that the service sends, by the names of their events."""
        items: Mapping[str, Node] = self.content.get("webhooks", {})
        return {
            name: operation
            for name, described in items.items()
            if (operation := self.resolve(described)[0].get("post"))
        }


def drop_texts(node: Node) -> Node:
    """Return an object without its description and extensions."""
    return {
        key: value
        for key, value in node.items()
        if key != "description" and not key.startswith("x-")
    }


def _read_schema_name(reference: str) -> str:
    return reference.removeprefix(SCHEMAS) if reference.startswith(SCHEMAS) else ""


def read_document(file: Path) -> Document:
    """Read a document from a JSON file.

    Raises:
        InvalidDocument: it is not an OpenAPI 3 document in JSON.
    """
    try:
        return parse_document(file.read_bytes())
    except InvalidDocument as error:
        raise InvalidDocument(f"{file} {error}") from None


def parse_document(text: bytes) -> Document:
    """Return the document.

    Raises:
        InvalidDocument: it is not an OpenAPI 3 document in JSON.
    """
    try:
        content = json.loads(text)
    except ValueError:
        raise InvalidDocument("is not JSON") from None
    if not isinstance(content, dict) or not str(content.get("openapi", "")).startswith("3."):
        raise InvalidDocument("is not an OpenAPI 3 document: it has no `openapi: 3…`")
    info = content.get("info")
    if not isinstance(info, dict) or not isinstance(info.get("version"), str):
        raise InvalidDocument("is not an OpenAPI document: it has no `info.version`")
    if not isinstance(content.get("paths"), dict):
        raise InvalidDocument("is not an OpenAPI document: it has no `paths`")
    return Document(content)
