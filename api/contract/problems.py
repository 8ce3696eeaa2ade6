"""Responses of error: problem documents (RFC 9457), each with its codes and examples."""

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter

from api.contract.headers import describe_error_headers
from api.contract.nodes import Node, refer
from api.contract.problem_examples import make_example, make_own_example
from api.contract.schemas import MAX_VALUE_LENGTH, OPEN_ENUM
from api.core.errors import (
    ApiError,
    DatabaseUnavailable,
    Overloaded,
    RateLimited,
    SigningKeyLocked,
    Unauthenticated,
)
from api.core.etags import PreconditionFailed
from api.core.validation_rules import COMMAND_LINE_RULES, DESCRIPTIONS
from api.web.fields import Integer, String
from api.web.http_errors import BadRequest, InternalError, PayloadTooLarge, UnsupportedMediaType
from api.web.operations import Operation
from api.web.problems import MIMETYPE

# The responses that are the same for every operation, by the name of their component.
SHARED: dict[tuple[type[ApiError], ...], str] = {
    (BadRequest,): "BadRequest",
    (Unauthenticated,): "Unauthenticated",
    (PreconditionFailed,): "PreconditionFailed",
    (PayloadTooLarge,): "PayloadTooLarge",
    (UnsupportedMediaType,): "UnsupportedMediaType",
    (RateLimited,): "TooManyRequests",
    (InternalError,): "InternalError",
    (DatabaseUnavailable, Overloaded): "Unavailable",
    (DatabaseUnavailable, Overloaded, SigningKeyLocked): "UnavailableWithToken",
}
LINE = String(max_length=500).schema()
PROBLEM_MEMBERS: Node = {
    "type": {
        "type": "string",
        "format": "uri",
        "maxLength": 2048,
        "description": "A page about this error",
    },
    "title": {**LINE, "description": "The name of the error, the same for each of its code"},
    "status": {
        **Integer(minimum=400, maximum=599).schema(),
        "description": "The status of the response",
    },
    "detail": {**LINE, "description": "What happened, for people"},
    "error": {**refer("schemas", "ErrorCode"), "description": "Stable, for programs"},
    "message": {**LINE, "description": "The same text as `detail`"},
    "request_id": {**LINE, "description": "The id of the request, by which the log lists it"},
}


def describe_errors(operation: Operation, max_bytes: int | None) -> Node:
    """Describe each status with its errors; the one that is most common comes first."""
    ordered = sorted(operation.documented_errors, key=_get_order)
    responses: Node = {}
    for status, group in groupby(ordered, attrgetter("status")):
        kinds = tuple(group)
        examples = {kind.code: _describe_example(kind, operation, max_bytes) for kind in kinds}
        is_own = bool(operation.deprecated) or any("value" in each for each in examples.values())
        responses[str(status)] = (
            refer("responses", SHARED[kinds])
            if kinds in SHARED and not is_own
            else _describe_error(kinds, examples)
        )
    return responses


def _get_order(kind: type[ApiError]) -> tuple[int, bool]:
    """Return the status, and whether the error is rarer than the others with this status."""
    return kind.status, kind is SigningKeyLocked


def describe_shared_errors() -> Node:
    return {
        name: _describe_error(kinds, {kind.code: refer("examples", kind.code) for kind in kinds})
        for kinds, name in SHARED.items()
    }


def describe_shared_examples(kinds: Iterable[type[ApiError]]) -> Node:
    return {
        kind.code: {"summary": kind.title, "value": make_example(kind)}
        for kind in sorted(kinds, key=attrgetter("code"))
    }


def _describe_example(kind: type[ApiError], operation: Operation, max_bytes: int | None) -> Node:
    own = make_own_example(kind, operation, max_bytes)
    return {"summary": kind.title, "value": own} if own else refer("examples", kind.code)


def _describe_error(kinds: tuple[type[ApiError], ...], examples: Node) -> Node:
    return {
        "description": " ".join(f"`{kind.code}`: {kind.detail}" for kind in kinds),
        "headers": describe_error_headers(kinds[0]),
        "content": {MIMETYPE: {"schema": refer("schemas", "Problem"), "examples": examples}},
        "x-error-codes": [kind.code for kind in kinds],
    }


def make_problem_schema(errors: Iterable[type[ApiError]]) -> Node:
    """Return the schema of a problem, with the members that these errors add."""
    properties: Node = dict(PROBLEM_MEMBERS)
    for error in sorted(errors, key=attrgetter("code")):
        properties |= error.member_schemas
    return {
        "type": "object",
        "description": "An error (RFC 9457). Members beside the required ones depend on the code.",
        "required": list(PROBLEM_MEMBERS),
        "properties": properties,
    }


def make_rule_schema() -> Node:
    """Return the schema of a validation rule, with all rules that the API can answer."""
    rules = {str(rule): text for rule, text in DESCRIPTIONS.items()}
    for rule in COMMAND_LINE_RULES:
        del rules[rule]
    return {
        "type": "string",
        "description": "A stable name of a rule that the input breaks. New rules can be added.",
        "maxLength": MAX_VALUE_LENGTH,
        OPEN_ENUM: list(rules),
        "x-enum-descriptions": list(rules.values()),
    }


def make_code_schema(errors: Iterable[type[ApiError]]) -> Node:
    """Return the schema of an error code, with all codes that the API can answer."""
    codes = {kind.code: kind.detail for kind in errors}
    return {
        "type": "string",
        "description": "A stable code of an error. New codes can be added.",
        "maxLength": MAX_VALUE_LENGTH,
        OPEN_ENUM: list(codes),
        "x-enum-descriptions": list(codes.values()),
    }
