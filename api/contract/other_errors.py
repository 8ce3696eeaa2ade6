"""Responses of error of operations that answer no problem documents, such as those of OAuth 2.0.

The request guard rejects what breaks the rules of HTTP before it knows the operation, with a
problem document. So these statuses have two media types.
"""

from itertools import groupby

from api.contract.headers import describe_error_headers
from api.contract.nodes import Node, refer
from api.core.errors import ApiError
from api.web.bodies import JSON
from api.web.http_errors import OF_ANY_REQUEST, InternalError
from api.web.operations import Operation
from api.web.problems import MIMETYPE, ErrorFormat

OF_THE_GUARD = (*OF_ANY_REQUEST, InternalError)


def describe_other_errors(operation: Operation, error_format: ErrorFormat) -> Node:
    """Describe each status with its errors, in the format of the operation."""
    find_status = error_format.find_status
    ordered = sorted(operation.documented_errors, key=find_status)
    return {
        str(status): _describe_error(error_format, tuple(group))
        for status, group in groupby(ordered, find_status)
    }


def _describe_error(error_format: ErrorFormat, kinds: tuple[type[ApiError], ...]) -> Node:
    made = {kind: error_format.make_members(kind(*kind.example_arguments)) for kind in kinds}
    examples = {kind.code: {"summary": kind.title, "value": made[kind]} for kind in kinds}
    schema = refer("schemas", error_format.model.name)
    of_the_guard = [kind for kind in kinds if kind in OF_THE_GUARD]
    headers: Node = {}
    for kind in kinds:
        headers |= describe_error_headers(kind)
    return {
        "description": " ".join(f"`{made[kind]['error']}`: {kind.detail}" for kind in kinds),
        "headers": headers,
        "content": {
            JSON: {"schema": schema, "examples": examples},
            **(_describe_problems(of_the_guard) if of_the_guard else {}),
        },
        "x-error-codes": [kind.code for kind in kinds],
    }


def _describe_problems(kinds: list[type[ApiError]]) -> Node:
    examples = {kind.code: refer("examples", kind.code) for kind in kinds}
    return {MIMETYPE: {"schema": refer("schemas", "Problem"), "examples": examples}}
