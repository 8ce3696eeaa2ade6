"""One operation: who may call it, what it takes and what it answers."""

from flask import Flask

from api.contract.bodies import describe_request_body
from api.contract.deprecation import describe_deprecation
from api.contract.nodes import Node
from api.contract.parameters import describe_parameters
from api.contract.problems import describe_errors
from api.contract.responses import describe_responses
from api.web.authentication import list_authenticators
from api.web.body_limits import find_max_bytes
from api.web.operations import Operation
from api.web.restx import Namespace


def describe_operation(app: Flask, name: str, tags: list[str]) -> Node:
    operation = Namespace.operations[name]
    max_bytes = find_max_bytes(app, operation)
    described: Node = {
        "operationId": operation.id,
        "tags": tags,
        "summary": operation.summary,
        "description": _describe_in_words(operation, max_bytes),
        "security": [] if operation.public else _describe_security(app, operation),
        "responses": {**describe_responses(operation), **describe_errors(operation, max_bytes)},
    }
    if operation.permission:
        described["x-permission"] = operation.permission
    if operation.own:
        described["x-self"] = True
    if parameters := list(describe_parameters(operation)):
        described["parameters"] = parameters
    if body := describe_request_body(operation):
        described["requestBody"] = body
    if operation.deprecated:
        described = describe_deprecation(described, operation.deprecated)
    return described


def _describe_security(app: Flask, operation: Operation) -> list[Node]:
    """Return the credentials that the operation accepts, each of them alone."""
    return [
        {authenticator.security_scheme[0]: []}
        for authenticator in list_authenticators(app)
        if not (operation.requires_session and authenticator.for_programs)
    ]


def _describe_in_words(operation: Operation, max_bytes: int | None) -> str:
    own = ", except for yourself" if operation.own else ""
    requires = (
        f"Requires the permission `{operation.permission}`{own}." if operation.permission else ""
    )
    limit = f"The body has at most {max_bytes} bytes." if max_bytes else ""
    return "\n\n".join(filter(None, [operation.description, requires, limit])) or operation.summary
