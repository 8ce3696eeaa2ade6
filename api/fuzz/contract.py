"""The contract that a run fuzzes: its operations, and its form with closed responses."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from api.contract.closed import close_responses
from api.core.identifiers import PRINTABLE

Node = dict[str, Any]

FREE_FORMATS = {None, "password", "cursor"}  # any text has them
ERROR_CODES = "x-error-codes"
API_KEY_SCHEME = "api_key"  # the name of the security scheme
# The operations that have these errors succeed only after a mail was received, or has failed. A run
# knows of no such mail, so its requests get these statuses.
FAILING_STATUSES = {
    "invalid_invitation": 400,
    "invalid_one_time_token": 400,
    "message_not_dead": 404,
}
# An address gets one mail in a minute, and the invitation was created just before.
FAILING_OPERATIONS = {"resend_invitation": 429}
MAX_BODY_BYTES = 65_536  # of most requests; a longer one is rejected before it is read (413)
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    """An operation of the contract."""

    id: str
    method: str
    path: str
    node: Node
    shared_parameters: tuple[Node, ...] = ()

    @property
    def permission(self) -> str | None:
        return self.node.get("x-permission")

    @property
    def is_public(self) -> bool:
        return not self.node["security"] or self.has_client_authentication

    @property
    def has_client_authentication(self) -> bool:
        """Return whether a client can authenticate in the body, and then not with a token."""
        return {} in self.node["security"]

    @property
    def accepts_programs(self) -> bool:
        """Return whether API keys and tokens of service accounts are accepted."""
        return {API_KEY_SCHEME: []} in self.node["security"]

    @property
    def is_open_to_users(self) -> bool:
        """Return whether a user without any permission may call it, at least for themselves."""
        return self.permission is None or "x-self" in self.node

    @property
    def ids(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.path)

    @property
    def parameters(self) -> list[Node]:
        return [*self.shared_parameters, *self.node.get("parameters", ())]

    @property
    def success(self) -> int:
        """Return the status of the response to a request that succeeds."""
        return min(int(status) for status in self.node["responses"] if status.startswith("2"))

    @cached_property
    def failing_status(self) -> int | None:
        """Return the status of a request that only succeeds after a mail, or None."""
        if self.id in FAILING_OPERATIONS:
            return FAILING_OPERATIONS[self.id]
        responses = self.node["responses"].values()
        codes = {code for response in responses for code in response.get(ERROR_CODES, ())}
        return next((FAILING_STATUSES[code] for code in codes & FAILING_STATUSES.keys()), None)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Return what matches the paths of the operation."""
        parts = re.split(r"\{\w+\}", self.path)
        return re.compile("[^/]+".join(map(re.escape, parts)))


def list_operations(document: Node) -> dict[str, Operation]:
    return {operation.id: operation for operation in _find_operations(document)}


def _find_operations(document: Node) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        shared = tuple(item.get("parameters", ()))
        for method in METHODS:
            if method in item:
                node = item[method]
                yield Operation(node["operationId"], method.upper(), path, node, shared)


def resolve(document: Node, node: Node) -> Node:
    """Return what a ``$ref`` into the same document refers to, or the node itself."""
    while "$ref" in node:
        target: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def find_id_examples(operations: Iterable[Operation]) -> set[object]:
    """Return the examples of the parameters in paths, which are placeholders."""
    return {
        example
        for operation in operations
        for parameter in operation.parameters
        if parameter["in"] == "path"
        for example in _find_examples(parameter)
    }


def _find_examples(parameter: Node) -> Iterator[object]:
    yield from parameter["schema"].get("examples", ())
    for place in (parameter, parameter["schema"]):
        if "example" in place:
            yield place["example"]
    for example in parameter.get("examples", {}).values():
        yield example.get("value")


def find_body_example(document: Node, operation: Operation) -> Any:
    """Return the first example of the request body, or an empty object."""
    for media in operation.node.get("requestBody", {}).get("content", {}).values():
        if "example" in media:
            return media["example"]
        for example in media.get("examples", {}).values():
            return resolve(document, example)["value"]
        for example in resolve(document, media["schema"]).get("examples", ()):
            return example
    return {}


def find_limits(document: Node, name: str) -> list[int]:
    """Return the lengths at, next to and beyond each limit of strings of a format."""
    limits: set[int] = set()
    for schema in _find_nodes(document):
        if schema.get("format") == name:
            shortest, longest = schema["minLength"], schema["maxLength"]
            limits |= {shortest, shortest + 1, longest - 1, longest, longest + 1}
    return sorted(limits)


def _find_nodes(node: Any) -> Iterator[Node]:
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from _find_nodes(inner)


def derive(document: Node) -> Node:
    """Return the document as schemathesis gets it: closed, with what it cannot know.

    Strings have the pattern that the service enforces and no document contains, because many
    regular expression engines do not accept it. A link with a whole body sends exactly this body.
    """
    derived = close_responses(document)
    derived.pop("webhooks", None)  # which the service sends
    for operation in _find_operations(derived):
        for parameter in operation.parameters:
            if parameter["in"] == "query":
                _require_printable(derived, parameter["schema"], set())
            elif parameter["in"] == "header":  # a longer one is rejected before it is read (431)
                parameter["schema"].pop("maxLength", None)
        for media in operation.node.get("requestBody", {}).get("content", {}).values():
            _require_printable(derived, media["schema"], set())
        for response in operation.node["responses"].values():
            for link in response.get("links", {}).values():
                if "requestBody" in link and _is_whole(derived, link):
                    link["x-schemathesis"] = {"merge_body": False}
    return derived


def _is_whole(document: Node, link: Node) -> bool:
    """Return whether the body of a link has all members that are required."""
    target = list_operations(document)[link["operationId"]]
    media = next(iter(target.node["requestBody"]["content"].values()))
    required = resolve(document, media["schema"]).get("required", ())
    return set(link["requestBody"]) >= set(required)


def _require_printable(document: Node, schema: Node, seen: set[int]) -> None:
    schema = resolve(document, schema)
    if id(schema) in seen:
        return
    seen.add(id(schema))
    is_free = not {"pattern", "enum"} & schema.keys() and schema.get("format") in FREE_FORMATS
    if is_free and "string" in schema.get("type", ()):
        schema["pattern"] = PRINTABLE
        if schema.get("maxLength", 0) >= MAX_BODY_BYTES:
            del schema["maxLength"]  # nothing reaches it, and text of this length takes seconds
    for inner in _find_subschemas(schema):
        _require_printable(document, inner, seen)


def _find_subschemas(schema: Mapping[str, Any]) -> Iterator[Node]:
    yield from schema.get("properties", {}).values()
    for name in ("items", "contentSchema"):
        if name in schema:
            yield schema[name]
    for name in ("allOf", "anyOf", "oneOf"):
        yield from schema.get(name, ())
