"""Parameters: in the path, in the query string and in headers."""

from collections.abc import Iterable
from typing import Any

from api.contract.nodes import Node
from api.web.fields import Identifier, Slug
from api.web.idempotency import BARE, QUOTED
from api.web.operations import Operation

REQUEST_HEADERS: dict[str, Node] = {
    "Idempotency-Key": {
        "description": "A name for this request, such as a UUID. A request that is repeated with "
        "the same key is not executed again; the first response is repeated.",
        "schema": {"type": "string", "pattern": f"^(?:{QUOTED}|{BARE})$"},
    },
    "If-Match": {
        "description": "The ETag that you read. If the resource has changed since, the response is "
        "412 and nothing is changed. `*` is any version.",
        "schema": {"type": "string"},
    },
    "If-None-Match": {
        "description": "The ETag that you have. If it is current, the response is 304.",
        "schema": {"type": "string"},
    },
}


def describe_path_parameter(name: str) -> Node:
    kind = Identifier() if name.endswith("_id") else Slug()
    return {"name": name, "in": "path", "required": True, "schema": kind.schema()}


def describe_parameters(operation: Operation) -> Iterable[Node]:
    for name, field in (operation.query or {}).items():
        yield _describe_query_parameter(name, field)
    for name in _list_request_headers(operation):
        yield {"name": name, "in": "header", "required": False, **REQUEST_HEADERS[name]}


def _list_request_headers(operation: Operation) -> Iterable[str]:
    if operation.versioned and operation.method == "GET":
        yield "If-None-Match"
    if operation.is_conditional:
        yield "If-Match"
    if operation.idempotent:
        yield "Idempotency-Key"


def _describe_query_parameter(name: str, field: Any) -> Node:
    schema = field.schema()
    described = {"description": text} if (text := schema.pop("description", None)) else {}
    return {"name": name, "in": "query", "required": False, "schema": schema, **described}
