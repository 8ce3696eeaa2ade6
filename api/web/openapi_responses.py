"""The responses in the contract: headers, schemas and errors."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import orjson

from api.core.errors import ApiError, RateLimited, Unauthenticated, Unavailable
from api.web.bodies import JSON
from api.web.fields import Field, Integer, String
from api.web.idempotency import REPLAYED
from api.web.operations import Operation
from api.web.problems import MIMETYPE, problem_document
from api.web.schemas import Model

Node = dict[str, Any]
TEXT: Node = {"type": "string"}
SCHEMAS, EXAMPLES = "#/components/schemas/", "#/components/examples/"
EXAMPLE_REQUEST_ID = "5f0c3b7a9d214e68"
EXAMPLE_BASE_URL = "https://rollbook.example"  # the same document, wherever it is served

HEADERS: dict[str, tuple[str, str]] = {
    "X-Request-Id": ("The id of the request, as in the log.", "string"),
    "RateLimit": ("The rest of the quota, and the seconds until it is renewed.", "string"),
    "RateLimit-Policy": ("The policy that counted this request.", "string"),
    "Retry-After": ("Seconds to wait before the next try.", "integer"),
    "WWW-Authenticate": ("How to authenticate: `Bearer`.", "string"),
    "Location": ("The URL of the new resource.", "string"),
    "ETag": ("The version; send it as `If-Match` or `If-None-Match`.", "string"),
    REPLAYED: ("`true` if this is the response to an earlier request with the key.", "string"),
    "Cache-Control": ("How long the response may be cached.", "string"),
    "X-Next-Cursor": ("The `cursor` of the next page; absent on the last page.", "string"),
    "X-Last-Page": ("`true` on the last page, `false` on every other page.", "string"),
    "Link": ('The next page, `rel="next"`.', "string"),
}

validation_error = Model(
    "ValidationError",
    {
        "pointer": Field(
            kind="string", required=True, description="JSON Pointer, or name of a parameter"
        ),
        "rule": String(max_length=40, required=True, description="Stable, for programs"),
        "message": String(max_length=2000, required=True, description="For people"),  # all events
    },
    description="A rule that the input breaks. It never repeats the value.",
)


def describe_responses(operation: Operation) -> Node:
    responses = {str(operation.status): _describe_success(operation)}
    if operation.versioned and operation.method == "GET":
        headers = _describe_headers(_response_headers(operation))
        responses["304"] = {"description": "You already have this version", "headers": headers}
    return responses


def _describe_success(operation: Operation) -> Node:
    response: Node = {
        "description": operation.summary,
        "headers": _describe_headers(_response_headers(operation)),
    }
    if operation.response is not None:
        response["content"] = {operation.produces: _describe_content(operation, operation.response)}
    if operation.links:
        response["links"] = {
            target: {"operationId": target, "parameters": dict(parameters)}
            for target, parameters in operation.links.items()
        }
    return response


def _describe_content(operation: Operation, model: Model) -> Node:
    if operation.produces == JSON:
        return {"schema": {"$ref": SCHEMAS + model.name}}
    example = orjson.dumps(model.also["examples"][0], option=orjson.OPT_APPEND_NEWLINE)
    return describe_rows(model, example.decode())


def describe_rows(row: Model, example: str) -> Node:
    """Describe text whose rows have this schema, which JSON Schema cannot express."""
    schema = {**TEXT, "x-each-line": {"$ref": SCHEMAS + row.name}}
    return {"schema": schema, "example": example}


def describe_array(row: Model, example: str) -> Node:
    """Describe a JSON array whose items have this schema."""
    schema = {"type": "array", "items": {"$ref": SCHEMAS + row.name}}
    return {"schema": schema, "example": orjson.loads(example)}


def _response_headers(operation: Operation) -> Iterable[str]:
    yield from ("X-Request-Id", "RateLimit", "RateLimit-Policy")
    yield from getattr(operation.headers, "names", ())
    if operation.has_etag:
        yield "ETag"
    if operation.idempotent:
        yield REPLAYED


def _describe_headers(names: Iterable[str]) -> Node:
    return {
        name: {"description": HEADERS[name][0], "schema": {"type": HEADERS[name][1]}}
        for name in names
    }


def describe_errors(errors: Iterable[type[ApiError]]) -> Node:
    ordered = sorted(errors, key=lambda kind: (kind.status, kind.code))
    return {
        str(status): _describe_error(list(group))
        for status, group in groupby(ordered, lambda kind: kind.status)
    }


def _describe_error(kinds: list[type[ApiError]]) -> Node:
    names = ["X-Request-Id"]
    if kinds[0].status == Unauthenticated.status:
        names.append("WWW-Authenticate")
    if issubclass(kinds[0], RateLimited):
        names += ["RateLimit", "RateLimit-Policy"]
    if issubclass(kinds[0], RateLimited | Unavailable):
        names.append("Retry-After")
    examples = {kind.code: {"$ref": EXAMPLES + kind.code} for kind in kinds}
    content = {"schema": {"$ref": SCHEMAS + "Problem"}, "examples": examples}
    description = " ".join(f"`{kind.code}`: {kind.detail}" for kind in kinds)
    return {
        "description": description,
        "headers": _describe_headers(names),
        "content": {MIMETYPE: content},
    }


def make_example(kind: type[ApiError]) -> Node:
    api_error = kind(*kind.example_arguments)
    return problem_document(api_error, EXAMPLE_REQUEST_ID, EXAMPLE_BASE_URL)


def problem_schema(errors: Iterable[type[ApiError]]) -> Node:
    """Return the schema of a problem, with the members that these errors add."""
    line = String(max_length=500).schema()
    properties: Node = {
        "type": {"type": "string", "format": "uri", "description": "A page about this error"},
        "title": line,
        "status": Integer(minimum=400, maximum=599).schema(),
        "detail": {**line, "description": "For people"},
        "error": {**line, "description": "Stable, for programs"},
        "message": {**line, "description": "The same text as `detail`"},
        "request_id": line,
    }
    required = list(properties)
    for error in sorted(errors, key=lambda error: error.code):
        properties |= error.member_schemas
    return {"type": "object", "required": required, "properties": properties}
