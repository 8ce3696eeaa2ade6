"""Runs operations.

The order is the same for each: authenticate, count the rate limit, reject a temporary password or
an unconfirmed e-mail address, enforce the permission, read and validate the input, then call the
view, in a transaction if it changes something. An unauthorised client learns nothing about the form
of a body, because it is not read.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes
from uuid import UUID

import flask_restx
from flask import Response, current_app, request

from api.core.database import in_transaction
from api.core.errors import (
    EmailNotVerified,
    InvalidRequest,
    PasswordChangeRequired,
    ValidationError,
)
from api.core.principal import Principal
from api.core.validation_rules import ValidationRule
from api.web import authentication, conditional, idempotency, limits
from api.web.bodies import read_form, read_json, read_text
from api.web.body_limits import find_max_bytes
from api.web.operations import OWN_ID, Operation
from api.web.problems import ErrorRenderer, render_problem
from api.web.request_guard import EXCHANGE

READ_METHODS = {"GET", "HEAD"}


class Resource(flask_restx.Resource):
    """The operations at one path."""

    init_every_request = False  # a resource has no state, so one instance serves every request
    render_error: ErrorRenderer = staticmethod(render_problem)  # the namespace may set another

    def dispatch_request(self, **path: Any) -> Response:
        method = request.method.lower()
        view = getattr(self, "get" if method == "head" else method)
        operation: Operation = view.operation
        if operation.deprecated:
            request.environ[EXCHANGE].headers = operation.deprecated.headers
        principal = _authorise(operation, path.get(OWN_ID))
        arguments = {**path, "by": principal} if operation.passes_principal else path
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

    A stored response is looked up first, so that a repeated request does not hash a password again.
    """
    repeatable = (
        idempotency.identify_request(request, operation.id, principal)
        if operation.idempotent
        else None
    )
    if repeatable and (stored := idempotency.find_response(repeatable)):
        return stored
    if operation.prepare:
        arguments["body"] = operation.prepare(arguments["body"])

    def work() -> Response:
        return operation.respond(view(**arguments))

    return in_transaction(idempotency.execute_once(repeatable, work) if repeatable else work)


def _authorise(operation: Operation, owner: UUID | None) -> Principal | None:
    """Authenticate the caller, count its request and enforce the declared permission.

    Returns:
        The caller, or None for a public operation.
    """
    if operation.public:
        limits.count(operation.policy, limits.client_key())
        return None
    principal = authentication.authenticate(
        allow_ended_session=operation.allow_ended_session,
        accept_clients=operation.accepts_clients,
    )
    limits.count_principal(operation.policy, principal)
    is_own_account = principal.is_user(owner)
    if operation.requires_session or (is_own_account and operation.changes_account):
        principal.require_person()
    _require_complete_account(operation, principal)
    has_own_rights = operation.own and is_own_account and not principal.acts_by_machine
    if operation.permission and not has_own_rights:
        principal.require(operation.permission)
    limits.count_authorised_program(operation.policy, principal)
    return principal


def _require_complete_account(operation: Operation, principal: Principal) -> None:
    """Reject a temporary password and an unconfirmed e-mail address.

    Raises:
        PasswordChangeRequired, EmailNotVerified
    """
    if principal.must_change_password and not operation.allow_temporary_password:
        raise PasswordChangeRequired
    if principal.must_verify_email and not operation.allow_unverified_email:
        raise EmailNotVerified


def _read_input(operation: Operation) -> dict[str, Any]:
    """Read and validate what the operation declares: query, body and preconditions."""
    given: dict[str, Any] = {}
    if operation.query is not None or request.query_string:
        _require_utf8(request.query_string)
        query = operation.query_reader.read(request.args.lists())
        if operation.query is not None:
            given["query"] = query
    if operation.body is not None:
        given |= _read_body(operation)
    if operation.is_conditional:
        given["if_match"] = conditional.read_preconditions(request.environ)
    return given


def _require_utf8(query_string: bytes) -> None:
    """Reject a query that is not UTF-8; Werkzeug would replace what it cannot decode.

    Raises:
        InvalidRequest: the query is not UTF-8.
    """
    try:
        unquote_to_bytes(query_string).decode()
    except UnicodeDecodeError:
        error = ValidationError("", ValidationRule.ENCODING, "the query must be UTF-8")
        raise InvalidRequest([error]) from None


def _read_body(operation: Operation) -> dict[str, Any]:
    """Read the body within its limit, and validate it unless the view reads its rows."""
    max_bytes = find_max_bytes(current_app, operation)
    if max_bytes is not None:
        request.max_content_length = max_bytes
    if operation.body_validator is None:
        body = read_text(request, operation.consumes)
        return {"body": body, "media_type": request.mimetype}
    given = (
        read_form(request, operation.repeatable_members) if operation.form else read_json(request)
    )
    operation.body_validator.check(given)
    return {"body": given}
