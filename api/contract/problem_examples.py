"""Examples of problems, made by the code that answers them."""

from typing import Any

from api.contract.nodes import Node
from api.core.errors import ApiError, InvalidRequest, PermissionDenied
from api.web.http_errors import PayloadTooLarge
from api.web.operations import Operation
from api.web.problems import problem_document

EXAMPLE_REQUEST_ID = "5f0c3b7a9d214e68"
EXAMPLE_BASE_URL = "https://rollbook.example"  # the same document, wherever it is served
MAX_EXAMPLE_ERRORS = 2
UNKNOWN = "unknown"


def make_example(kind: type[ApiError], *arguments: Any) -> Node:
    """Return a problem of this kind, made with these arguments or else those of its class."""
    api_error = kind(*(arguments or kind.example_arguments))
    return problem_document(api_error, EXAMPLE_REQUEST_ID, EXAMPLE_BASE_URL)


def make_own_example(
    kind: type[ApiError], operation: Operation, max_bytes: int | None
) -> Node | None:
    """Return the example if it is another one than for other operations."""
    if kind is PermissionDenied and operation.permission:
        return make_example(kind, str(operation.permission))
    if kind is PayloadTooLarge and max_bytes:
        return make_example(kind, max_bytes)
    if kind is InvalidRequest:
        return make_example(kind, _find_errors(operation)[:MAX_EXAMPLE_ERRORS])
    return None


def _find_errors(operation: Operation) -> list[Any]:
    """Return the errors of an empty body, else of an unknown member or parameter."""
    for value in ({}, {UNKNOWN: True}):
        try:
            if operation.body_validator:
                operation.body_validator.check(value)
        except InvalidRequest as invalid:
            return list(invalid.members["errors"])
    try:
        operation.query_reader.read([(UNKNOWN, ["1"])])
    except InvalidRequest as invalid:
        return list(invalid.members["errors"])
    raise ValueError(f"{operation.id}: accepts unknown parameters")
