"""Errors as problem details: ``application/problem+json`` (RFC 9457).

A namespace of another protocol declares its own ``ErrorRenderer``; everything else uses this one.
An ``ErrorFormat`` is one that the contract can document.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from flask import Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from api.core.database_errors import describe, get_driver_error, get_sqlstate
from api.core.errors import ApiError, DatabaseUnavailable, PermissionDenied, SessionRequired
from api.core.outages import log_outage
from api.web.bodies import JSON
from api.web.http_errors import BY_STATUS, InternalError
from api.web.request_guard import EXCHANGE
from api.web.schemas import Model

MIMETYPE = "application/problem+json"
DENIALS = "rollbook.denials"

ErrorRenderer = Callable[[ApiError, str], Response]  # takes the error and the request id
RecordDenial = Callable[..., None]

log = structlog.get_logger()


@dataclass(frozen=True)
class ErrorFormat:
    """Renders errors as JSON objects of another model than that of problem documents.

    The status can be another one than that of the error.
    """

    model: Model
    find_status: Callable[[type[ApiError]], int]
    make_members: Callable[[ApiError], dict[str, Any]]

    def __call__(self, error: ApiError, request_id: str) -> Response:
        del request_id  # it is in the header X-Request-Id
        body = orjson.dumps(self.make_members(error), option=orjson.OPT_APPEND_NEWLINE)
        status = self.find_status(type(error))
        return Response(body, status, error.headers, content_type=JSON)


def problem_document(error: ApiError, request_id: str, base_url: str) -> dict[str, Any]:
    """Return the problem. ``message`` repeats ``detail``: the tutorial's clients read it."""
    return {
        "type": f"{base_url}/docs/errors/{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "error": error.code,
        "message": error.detail,
        "request_id": request_id,
        **error.members,
    }


def render_for_wsgi(
    error: ApiError, request_id: str, base_url: str
) -> tuple[str, list[tuple[str, str]], bytes]:
    """Return status line, headers and body, for use outside Flask."""
    document = problem_document(error, request_id, base_url)
    body = orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)
    headers = [("Content-Type", MIMETYPE), ("Content-Length", str(len(body)))]
    status = f"{error.status} {HTTPStatus(error.status).phrase}"
    return status, headers + list(error.headers.items()), body


def render_problem(error: ApiError, request_id: str) -> Response:
    status, headers, body = render_for_wsgi(
        error, request_id, current_app.config["PUBLIC_BASE_URL"]
    )
    return Response(body, status, headers)


def render_api_error(error: ApiError) -> Response:
    """Render an error of the current request, as the view that it is for declares."""
    if isinstance(error, PermissionDenied | SessionRequired):
        error = _record_denial(error)
    if isinstance(error, DatabaseUnavailable):
        _log_cause(error.__cause__)
    return _renderer_of_request()(error, request.environ[EXCHANGE].request_id)


def _renderer_of_request() -> ErrorRenderer:
    view = current_app.view_functions.get(request.endpoint or _find_endpoint_of_path())
    renderer: ErrorRenderer = getattr(
        getattr(view, "view_class", view), "render_error", render_problem
    )
    return renderer


def _find_endpoint_of_path() -> str:
    """Return the endpoint of a path that does not have the method, or an empty text."""
    error = request.routing_exception
    adapter = current_app.create_url_adapter(request)
    if adapter is None or not isinstance(error, MethodNotAllowed) or not error.valid_methods:
        return ""
    endpoint: str = adapter.match(method=next(iter(error.valid_methods)))[0]
    return endpoint


def _record_denial(error: PermissionDenied | SessionRequired) -> ApiError:
    """Record what was denied; if it cannot be recorded, answer that instead of 403."""
    exchange = request.environ[EXCHANGE]
    denied = {
        "permission": error.members.get("permission"),
        "method": request.method,
        "route": exchange.route,
    }
    try:
        current_app.extensions[DENIALS](by=exchange.principal, **denied)
    except DatabaseUnavailable as unavailable:
        return unavailable
    return error


def _log_cause(cause: BaseException | None) -> None:
    """Log the reason, which the response does not contain: all outages look alike to clients."""
    if cause is None:
        log_outage("database.unavailable", reason="another request changed the same rows")
        return
    driver_error = get_driver_error(cause)
    log_outage(
        "database.unavailable",
        reason=describe(cause),
        error=type(driver_error).__name__,
        sqlstate=get_sqlstate(cause),
    )


def render_http_error(error: HTTPException) -> ResponseReturnValue:
    """Render an error of Flask or Werkzeug, with its Allow header."""
    kind = BY_STATUS.get(error.code or 500)
    if kind is None:  # a redirect
        return error.get_response(request.environ)
    api_error = kind()
    if "Allow" in (headers := dict(error.get_headers(request.environ))):
        api_error.headers["Allow"] = headers["Allow"]
    return render_api_error(api_error)


def render_crash(error: Exception) -> Response:
    """Log an unexpected exception, and answer without a detail of it."""
    log.error("crashed", error=type(error).__name__, exc_info=error)
    return render_api_error(InternalError())


def init_app(app: Flask, base_url: str, record_denial: RecordDenial) -> None:
    """Render every error, and record each denied permission with ``record_denial``."""
    app.extensions[DENIALS] = record_denial
    app.config["PUBLIC_BASE_URL"] = base_url
    app.register_error_handler(ApiError, render_api_error)
    app.register_error_handler(HTTPException, render_http_error)
    app.register_error_handler(Exception, render_crash)
