"""One operation: who may call it, what it takes and what it answers."""

from flask import Flask

from api.contract.bodies import describe_request_body
from api.contract.deprecation import describe_deprecation
from api.contract.nodes import Node
from api.contract.other_errors import describe_other_errors
from api.contract.parameters import describe_parameters
from api.contract.problems import describe_errors
from api.contract.responses import describe_responses
from api.web.authentication import Authenticator, list_authenticators
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
        "security": _describe_security(app, operation),
        "responses": {**describe_responses(operation), **_describe_errors(operation, max_bytes)},
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
    """Return the credentials that the operation accepts, each of them alone.

    A public operation that accepts clients takes them from the form as well, and from nowhere else.
    """
    if operation.public:
        return [*_list_clients(app), {}] if operation.accepts_clients else []
    return [
        {authenticator.security_scheme[0]: _list_scopes(authenticator, operation)}
        for authenticator in list_authenticators(app, accept_clients=operation.accepts_clients)
        if not (operation.requires_session and authenticator.for_programs)
    ]


def _list_clients(app: Flask) -> list[Node]:
    everyone, tokens = list_authenticators(app, accept_clients=True), list_authenticators(app)
    return [{each.security_scheme[0]: []} for each in everyone if each not in tokens]


def _list_scopes(authenticator: Authenticator, operation: Operation) -> list[str]:
    """Return the scope that a token of OAuth 2.0 needs; other schemes have none."""
    is_oauth = authenticator.security_scheme[1]["type"] == "oauth2"
    return [str(operation.permission)] if is_oauth and operation.permission else []


def _describe_errors(operation: Operation, max_bytes: int | None) -> Node:
    if operation.error_format:
        return describe_other_errors(operation, operation.error_format)
    return describe_errors(operation, max_bytes)


def _describe_in_words(operation: Operation, max_bytes: int | None) -> str:
    own = ", except for yourself" if operation.own else ""
    requires = (
        f"Requires the permission `{operation.permission}`{own}." if operation.permission else ""
    )
    limit = f"The body has at most {max_bytes} bytes." if max_bytes else ""
    return "\n\n".join(filter(None, [operation.description, requires, limit])) or operation.summary
