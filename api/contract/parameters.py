"""Parameters: in the path, in the query string and in headers."""

from collections.abc import Iterable
from typing import Any

from api.contract.nodes import Node
from api.contract.schemas import describe_sent
from api.web.fields import Identifier, Slug
from api.web.idempotency import BARE, QUOTED
from api.web.operations import Operation

PATH_PARAMETERS: dict[str, tuple[Any, str, str]] = {
    "account_id": (
        Identifier,
        "The id of the service account, a UUID",
        "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f17",
    ),
    "credential_id": (
        Identifier,
        "The id of the client credential, a UUID",
        "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f18",
    ),
    "delivery_id": (
        Identifier,
        "The id of the delivery, a UUID",
        "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f1a",
    ),
    "event_id": (
        Identifier,
        "The id of the audit event, a UUID",
        "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f12",
    ),
    "invitation_id": (
        Identifier,
        "The id of the invitation, a UUID",
        "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f15",
    ),
    "key_id": (
        Identifier,
        "The id of the API key, a UUID",
        "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f1b",
    ),
    "name": (Slug, "The name of the role", "support"),
    "message_id": (
        Identifier,
        "The id of the message, a UUID",
        "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f16",
    ),
    "session_id": (
        Identifier,
        "The id of the session, a UUID",
        "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f11",
    ),
    "user_id": (
        Identifier,
        "The id of the user, a UUID",
        "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10",
    ),
    "webhook_id": (
        Identifier,
        "The id of the webhook, a UUID",
        "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f19",
    ),
}
REQUEST_HEADERS: dict[str, Node] = {
    "Idempotency-Key": {
        "description": "A name for this request, such as a UUID. If a request with this key has "
        "succeeded, it is not executed again; its response is repeated. If it has failed, the key "
        "is free.",
        "schema": {"type": "string", "maxLength": 512, "pattern": f"^(?:{QUOTED}|{BARE})$"},
        "example": '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
    },
    "If-Match": {
        "description": "The ETag that you read. If the resource has another version now, the "
        "response is 412, and nothing is changed. `*` is any version.",
        "schema": {"type": "string", "maxLength": 8192},
        "example": '"2"',
    },
    "If-None-Match": {
        "description": "The ETag that you have. If it is current, the response is 304.",
        "schema": {"type": "string", "maxLength": 8192},
        "example": '"1"',
    },
}
IF_MATCH_OF_GET = (
    "The ETag that you expect. If the resource has another version, the response is 412."
)
EXAMPLES = {  # of query parameters whose field has no default and no example
    "boolean": True,
    "integer": 20,
}


def describe_path_parameter(name: str) -> Node:
    """Describe the parameter of a path.

    Raises:
        ValueError: it has no description in ``PATH_PARAMETERS``.
    """
    if name not in PATH_PARAMETERS:
        raise ValueError(f"the path parameter {name} has no description")
    kind, description, example = PATH_PARAMETERS[name]
    schema = describe_sent(kind().schema())
    schema.pop("examples", None)
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": schema,
        "example": example,
    }


def describe_parameters(operation: Operation) -> Iterable[Node]:
    for name, field in (operation.query or {}).items():
        yield _describe_query_parameter(name, field)
    for name in _list_request_headers(operation):
        described = REQUEST_HEADERS[name]
        if name == "If-Match" and operation.method == "GET":
            described = {**described, "description": IF_MATCH_OF_GET}
        yield {"name": name, "in": "header", "required": False, **described}


def _list_request_headers(operation: Operation) -> Iterable[str]:
    if operation.answers_not_modified:
        yield "If-None-Match"
    if operation.versioned and operation.method != "POST":
        yield "If-Match"
    if operation.idempotent:
        yield "Idempotency-Key"


def _describe_query_parameter(name: str, field: Any) -> Node:
    schema = describe_sent(field.schema())
    description = schema.pop("description", None)
    examples = schema.pop("examples", [])
    described: Node = {"name": name, "in": "query", "required": bool(field.required)}
    if description:
        described["description"] = description
    example = _find_example(field, examples)
    return {**described, "schema": schema, **({} if example is None else {"example": example})}


def _find_example(field: Any, examples: list[Any]) -> Any:
    """Return a value that the parameter accepts: its example, its default, or one of its kind."""
    keywords = field.keywords
    candidates = (*examples, keywords.get("default"), *keywords.get("enum", ()))
    kind_example = EXAMPLES.get(field.kind)
    return next((value for value in candidates if value is not None), kind_example)
