"""What the contract says of answers: their headers, their shapes, and how they refuse."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from api.core.errors import ApiError, RateLimited, Unauthenticated, Unavailable
from api.web.fields import Field, Integer, String
from api.web.idempotency import REPLAYED
from api.web.operations import Operation
from api.web.problems import MIMETYPE, problem_document
from api.web.schemas import MAX_VALIDATION_ERRORS, Model

Node = dict[str, Any]
JSON = "application/json"
TEXT: Node = {"type": "string"}
SCHEMAS, EXAMPLES = "#/components/schemas/", "#/components/examples/"
EXAMPLE_REQUEST_ID = "5f0c3b7a9d214e68"
EXAMPLE_BASE_URL = "https://rollbook.example"  # the same document, wherever it is served

HEADERS: dict[str, tuple[str, str]] = {
    "X-Request-Id": ("The request's id, also in the logs.", "string"),
    "RateLimit": ("What is left of the quota, and the seconds until it is renewed.", "string"),
    "RateLimit-Policy": ("The policy that counted this request.", "string"),
    "Retry-After": ("Seconds after which another try is welcome.", "integer"),
    "WWW-Authenticate": ("How to authenticate: `Bearer`.", "string"),
    "Location": ("Where the new resource is.", "string"),
    "ETag": ("The version; send it as `If-Match` or `If-None-Match`.", "string"),
    REPLAYED: ("`true` where this is the answer to an earlier request with the key.", "string"),
    "Cache-Control": ("How long the answer may be kept.", "string"),
    "Link": ('The next page, `rel="next"`.', "string"),
}

validation_error = Model(
    "Finding",
    {
        "pointer": Field(
            kind="string", required=True, description="JSON Pointer, or name of a parameter"
        ),
        "rule": String(max_length=40, required=True, description="Stable, for programs"),
        "message": String(max_length=500, required=True, description="For people"),
    },
    description="One thing that is wrong with the input; it never repeats the value.",
)


def answers(operation: Operation) -> Node:
    answers = {str(operation.status): _answer(operation)}
    if operation.versioned and operation.method == "GET":
        headers = _headers(_answer_headers(operation))
        answers["304"] = {"description": "You have this version already", "headers": headers}
    return answers


def _answer(operation: Operation) -> Node:
    answer: Node = {
        "description": operation.summary,
        "headers": _headers(_answer_headers(operation)),
    }
    if operation.lines is not None:
        answer["content"] = {operation.lines.media_type: {"schema": line(operation.response_model)}}
    elif operation.response_model is not None:
        answer["content"] = {JSON: {"schema": {"$ref": SCHEMAS + operation.response_model.name}}}
    if operation.links:
        answer["links"] = {
            target: {"operationId": target, "parameters": dict(parameters)}
            for target, parameters in operation.links.items()
        }
    return answer


def line(each: Model | None) -> Node:
    """Tell what stands on each line, for which a schema of the whole has no words."""
    return TEXT if each is None else {**TEXT, "x-each-line": {"$ref": SCHEMAS + each.name}}


def _answer_headers(operation: Operation) -> Iterable[str]:
    yield from ("X-Request-Id", "RateLimit", "RateLimit-Policy")
    yield from getattr(operation.headers, "names", ())
    if operation.has_etag:
        yield "ETag"
    if operation.idempotent:
        yield REPLAYED


def _headers(names: Iterable[str]) -> Node:
    return {
        name: {"description": HEADERS[name][0], "schema": {"type": HEADERS[name][1]}}
        for name in names
    }


def problems(api_errors: Iterable[type[ApiError]]) -> Node:
    ordered = sorted(api_errors, key=lambda kind: (kind.status, kind.code))
    return {
        str(status): _problem(list(group))
        for status, group in groupby(ordered, lambda kind: kind.status)
    }


def _problem(kinds: list[type[ApiError]]) -> Node:
    names = ["X-Request-Id"]
    if kinds[0].status == Unauthenticated.status:
        names.append("WWW-Authenticate")
    if issubclass(kinds[0], RateLimited):
        names += ["RateLimit", "RateLimit-Policy"]
    if issubclass(kinds[0], RateLimited | Unavailable):
        names.append("Retry-After")
    examples = {kind.code: {"$ref": EXAMPLES + kind.code} for kind in kinds}
    content = {"schema": {"$ref": SCHEMAS + "Problem"}, "examples": examples}
    told = " ".join(f"`{kind.code}`: {kind.detail}" for kind in kinds)
    return {"description": told, "headers": _headers(names), "content": {MIMETYPE: content}}


def example(kind: type[ApiError]) -> Node:
    api_error = kind.__new__(kind)  # the example shows the class, whatever its constructor takes
    api_error.members = {}
    return problem_document(api_error, EXAMPLE_REQUEST_ID, EXAMPLE_BASE_URL)


def problem_schema() -> Node:
    line = String(max_length=500).schema()
    properties: Node = {
        "type": {"type": "string", "format": "uri", "description": "A page about this error"},
        "title": line,
        "status": Integer(minimum=400, maximum=599).schema(),
        "detail": {**line, "description": "For people"},
        "error": {**line, "description": "Stable, for programs"},
        "message": {**line, "description": "The same text as `detail`"},
        "request_id": line,
        "errors": {
            "type": "array",
            "items": {"$ref": SCHEMAS + "Finding"},
            "maxItems": MAX_VALIDATION_ERRORS,
        },
        "permission": {**line, "description": "The permission that is missing"},
        "max_age": {
            **Integer().schema(),
            "description": "How recently the password has to have been given, in seconds",
        },
        "checks": {
            "type": "object",
            "additionalProperties": line,
            "description": "What was looked at, and how it is: `ok`, or what fails",
        },
    }
    required = [
        name for name in properties if name not in {"errors", "permission", "max_age", "checks"}
    ]
    return {"type": "object", "required": required, "properties": properties}
