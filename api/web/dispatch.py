"""Runs operations.

The order is the same for each: authenticate, count the rate limit, enforce the permission, read
and validate the input, then call the view in a transaction. An unauthorised client learns nothing
about shapes, because its body is not read.
"""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import flask_restx
from flask import Response, request

from api.core.database import in_transaction
from api.core.errors import Unauthenticated
from api.core.principal import Principal
from api.web import authentication, conditional, idempotency, limits, streams
from api.web.bodies import read_form_or_json, read_json
from api.web.operations import Operation
from api.web.problems import ErrorRenderer, render_problem
from api.web.uploads import received

READ_METHODS = {"GET", "HEAD"}
OWN_ID = "user_id"  # the path parameter that ``own`` compares with the caller


class Resource(flask_restx.Resource):
    """The operations at one path."""

    init_every_request = False  # a resource has no state, so one instance serves every request
    render_error: ErrorRenderer = staticmethod(render_problem)  # the namespace may set another

    def dispatch_request(self, **path: Any) -> Response:
        method = request.method.lower()
        view = getattr(self, "get" if method == "head" else method)
        operation: Operation = view.operation
        principal = _authorise(operation, path.get(OWN_ID))
        arguments = {**path, "by": principal} if operation.passes_principal else path
        if operation.takes or operation.lines:
            return _streamed(operation, view, arguments)
        arguments |= _read_input(operation)
        if request.method in READ_METHODS or not operation.transaction:
            result = view(**arguments)
            return operation.not_modified(request.environ, result) or operation.respond(result)

        return _run_in_transaction(operation, view, principal, arguments)


def _run_in_transaction(
    operation: Operation,
    view: Callable[..., Any],
    principal: Principal | None,
    arguments: dict[str, Any],
) -> Response:
    """Prepare the body, then call the view in a transaction, once per Idempotency-Key.

    A stored response is looked up first, so that repeating it costs no preparation.
    """
    claim = (
        idempotency.read_claim(request, operation.id, principal) if operation.idempotent else None
    )
    if claim and (stored := idempotency.find_response(claim)):
        return stored
    if operation.prepare:
        arguments["body"] = operation.prepare(arguments["body"])

    def work() -> Response:
        return operation.respond(view(**arguments))

    return in_transaction(idempotency.execute_once(claim, work) if claim else work)


def _authorise(operation: Operation, owner: UUID | None) -> Principal | None:
    """Authenticate the caller, count its request and enforce the declared permission.

    Returns:
        The caller, or None for a public operation.
    """
    if operation.public:
        limits.count(operation.policy, limits.client_key())
        return None
    try:
        principal = authentication.authenticate(allow_ended_session=operation.allow_ended_session)
    except Unauthenticated:
        limits.count(limits.PER_CLIENT, limits.client_key())
        raise
    limits.count(operation.policy, limits.principal_key(principal))
    is_owner = operation.own and principal.id == owner
    if operation.permission and not is_owner:
        principal.require(operation.permission)
    return principal


def _read_input(operation: Operation) -> dict[str, Any]:
    """Read and validate what the operation declares: query, body and preconditions."""
    given: dict[str, Any] = {}
    if operation.query is not None or request.query_string:
        query = operation.query_reader.read(request.args.lists())
        if operation.query is not None:
            given["query"] = query
    if operation.body_validator is not None:
        read = read_form_or_json if operation.form else read_json
        given["body"] = read(request)
        operation.body_validator.check(given["body"])
    if operation.is_conditional:
        given["if_match"] = conditional.read_preconditions(request.environ)
    return given


def _streamed(operation: Operation, view: Callable[..., Any], path: dict[str, Any]) -> Response:
    """Run an operation that takes in or answers more than it may hold."""
    with ExitStack() as held:
        arguments = {**path, **_read_input(operation)}
        if operation.lines:
            held.enter_context(streams.answering.taken())
        if operation.takes:
            arguments["body"] = held.enter_context(received(request, operation.takes))
            arguments["media_type"] = request.mimetype
        if operation.lines:
            return operation.stream(operation.lines, view(**arguments), held)
        return in_transaction(lambda: operation.respond(view(**_from_start(arguments))))


def _from_start(arguments: dict[str, Any]) -> dict[str, Any]:
    """Rewind the body, which a try that gave way has read."""
    arguments["body"].seek(0)
    return arguments
