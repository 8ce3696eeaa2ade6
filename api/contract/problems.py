"""Responses of error: problem documents (RFC 9457), each with its codes and examples."""

from collections.abc import Iterable
from itertools import groupby

from api.contract.headers import describe_error_headers
from api.contract.nodes import Node, refer_to_example, refer_to_schema
from api.core.errors import ApiError
from api.web.fields import Integer, String
from api.web.problems import MIMETYPE, problem_document

EXAMPLE_REQUEST_ID = "5f0c3b7a9d214e68"
EXAMPLE_BASE_URL = "https://rollbook.example"  # the same document, wherever it is served


def describe_errors(errors: Iterable[type[ApiError]]) -> Node:
    ordered = sorted(errors, key=lambda kind: (kind.status, kind.code))
    return {
        str(status): _describe_error(list(group))
        for status, group in groupby(ordered, lambda kind: kind.status)
    }


def _describe_error(kinds: list[type[ApiError]]) -> Node:
    examples = {kind.code: refer_to_example(kind.code) for kind in kinds}
    return {
        "description": " ".join(f"`{kind.code}`: {kind.detail}" for kind in kinds),
        "headers": describe_error_headers(kinds[0]),
        "content": {MIMETYPE: {"schema": refer_to_schema("Problem"), "examples": examples}},
    }


def make_example(kind: type[ApiError]) -> Node:
    api_error = kind(*kind.example_arguments)
    return problem_document(api_error, EXAMPLE_REQUEST_ID, EXAMPLE_BASE_URL)


def make_problem_schema(errors: Iterable[type[ApiError]]) -> Node:
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
