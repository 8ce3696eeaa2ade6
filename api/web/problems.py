"""Every error leaves as one shape: application/problem+json (RFC 9457)."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from flask import Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from api.core.errors import DatabaseUnavailable, PermissionDenied, Refusal
from api.web.edge import EXCHANGE
from api.web.refusals import BY_STATUS, InternalError

MIMETYPE = "application/problem+json"
DENIALS = "rollbook.denials"

RecordDenial = Callable[..., None]

log = structlog.get_logger()


def document(refusal: Refusal, request_id: str, base_url: str) -> dict[str, Any]:
    """Return the problem. ``message`` repeats ``detail``: the tutorial's clients read it."""
    return {
        "type": f"{base_url}/docs/errors/{refusal.code}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
        "error": refusal.code,
        "message": refusal.detail,
        "request_id": request_id,
        **refusal.members,
    }


def render(
    refusal: Refusal, request_id: str, base_url: str
) -> tuple[str, list[tuple[str, str]], bytes]:
    """Return status line, headers and body, as a WSGI server wants them."""
    body = orjson.dumps(document(refusal, request_id, base_url))
    headers = [("Content-Type", MIMETYPE), ("Content-Length", str(len(body)))]
    status = f"{refusal.status} {HTTPStatus(refusal.status).phrase}"
    return status, headers + list(refusal.headers.items()), body


def on_refusal(refusal: Refusal) -> Response:
    if isinstance(refusal, PermissionDenied):
        refusal = _denied(refusal)
    if isinstance(refusal, DatabaseUnavailable):
        _tell_cause(refusal.__cause__)
    request_id = request.environ[EXCHANGE].request_id
    status, headers, body = render(refusal, request_id, current_app.config["PUBLIC_BASE_URL"])
    return Response(body, status, headers)


def _denied(refusal: PermissionDenied) -> Refusal:
    """Leave a trace of what was tried; where none can be left, say so rather than 403."""
    asked = request.environ[EXCHANGE]
    tried = {
        "permission": refusal.members.get("permission"),
        "method": request.method,
        "route": asked.route,
    }
    try:
        current_app.extensions[DENIALS](by=asked.actor_id, **tried)
    except DatabaseUnavailable as unavailable:
        return unavailable
    return refusal


def _tell_cause(cause: BaseException | None) -> None:
    """Say what the client is not told: a wrong password, a full disk and a time-out look alike."""
    driver = getattr(cause, "orig", cause)
    state = getattr(driver, "sqlstate", None)
    log.warning("database.unavailable", error=type(driver).__name__, sqlstate=state)


def on_http_error(error: HTTPException) -> ResponseReturnValue:
    """Speak for Flask and Werkzeug, whose headers (Allow, Location) are kept."""
    kind = BY_STATUS.get(error.code or 500)
    if kind is None:  # a redirect
        return error.get_response(request.environ)
    refusal = kind()
    if "Allow" in (headers := dict(error.get_headers(request.environ))):
        refusal.headers["Allow"] = headers["Allow"]
    return on_refusal(refusal)


def on_crash(error: Exception) -> Response:
    """Give nothing away, and tell the log all of it."""
    log.error("crashed", error=type(error).__name__, exc_info=error)
    return on_refusal(InternalError())


def init_app(app: Flask, base_url: str, record_denial: RecordDenial) -> None:
    """Render every error, and record what is denied.

    ``record_denial`` is handed over, since it belongs to a part above this one.
    """
    app.extensions[DENIALS] = record_denial
    app.config["PUBLIC_BASE_URL"] = base_url
    app.register_error_handler(Refusal, on_refusal)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(Exception, on_crash)
