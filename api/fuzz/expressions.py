"""The runtime expressions of links (OpenAPI 3.1, 4.8.20.4)."""

from dataclasses import dataclass
from typing import Any

import requests

from api.fuzz.contract import Node, Operation
from api.fuzz.recipes import Request


@dataclass(frozen=True)
class Exchange:
    """A request of an operation, and its response."""

    operation: Operation
    request: Request
    response: requests.Response

    def evaluate(self, expression: object) -> Any:
        """Return the value of a runtime expression, or a constant itself.

        Raises:
            LookupError: the request or response does not have it.
        """
        if not isinstance(expression, str) or not expression.startswith("$"):
            return expression
        source, _, rest = expression.partition(".")
        if rest.startswith("body#"):
            body = self.response.json() if source == "$response" else self.request.body
            value = find_by_pointer(body, rest.removeprefix("body#"))
        elif rest.startswith("header."):
            value = self.response.headers.get(rest.removeprefix("header."))
        elif rest.startswith("path."):
            value = self._find_in_path(rest.removeprefix("path."))
        else:
            raise LookupError(expression)
        if value is None:
            raise LookupError(expression)
        return value

    def _find_in_path(self, name: str) -> str:
        steps = zip(self.operation.path.split("/"), self.request.path.split("/"), strict=True)
        return dict(steps)[f"{{{name}}}"]


def find_by_pointer(value: Any, pointer: str) -> Any:
    """Return what a JSON Pointer refers to (RFC 6901)."""
    for step in pointer.split("/")[1:]:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def follow(link: Node, target: Operation, exchange: Exchange, made: Request) -> Request:
    """Return the request to which a link leads; ``made`` has what the link leaves open."""
    places = {parameter["name"]: parameter["in"] for parameter in target.parameters}
    values = {
        name: str(exchange.evaluate(expression))
        for name, expression in link.get("parameters", {}).items()
    }
    request = Request(target.method, made.path, made.body, made.media_type)
    request.path = replace_ids(target.path, made.path, values)
    request.query = {name: each for name, each in values.items() if places[name] == "query"}
    request.headers = {name: each for name, each in values.items() if places[name] == "header"}
    if "requestBody" in link:
        given = {name: exchange.evaluate(each) for name, each in link["requestBody"].items()}
        is_whole = link.get("x-schemathesis", {}).get("merge_body") is False
        request.body = given if is_whole else {**made.body, **given}
    return request


def replace_ids(template: str, path: str, values: dict[str, str]) -> str:
    """Return the path with these values of its parameters."""
    steps = zip(template.split("/"), path.split("/"), strict=True)
    return "/".join(values.get(step.strip("{}"), made) for step, made in steps)
