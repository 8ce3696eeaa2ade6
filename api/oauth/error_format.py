"""The errors of OAuth 2.0: JSON as in RFC 6749, 5.2, instead of problem documents."""

import re
from typing import Any

from api.core.errors import (
    ApiError,
    EmailNotVerified,
    InvalidRequest,
    PasswordChangeRequired,
    PermissionDenied,
    RateLimited,
    SessionRequired,
    Unauthenticated,
    Unavailable,
)
from api.oauth.errors import InvalidClient
from api.oauth.schemas import oauth_error
from api.web.http_errors import (
    BadRequest,
    InternalError,
    MethodNotAllowed,
    PayloadTooLarge,
    UnsupportedMediaType,
)
from api.web.problems import ErrorFormat

# The codes of RFC 6749 (5.2, 4.1.2.1) and RFC 6750 (3.1) by kind of error; others have their own.
CODES: dict[type[ApiError], str] = {
    InvalidClient: "invalid_client",
    Unauthenticated: "invalid_token",
    PermissionDenied: "insufficient_scope",
    SessionRequired: "insufficient_scope",
    PasswordChangeRequired: "insufficient_scope",
    EmailNotVerified: "insufficient_scope",
    BadRequest: "invalid_request",
    MethodNotAllowed: "invalid_request",
    InvalidRequest: "invalid_request",
    PayloadTooLarge: "invalid_request",
    UnsupportedMediaType: "invalid_request",
    RateLimited: "temporarily_unavailable",
    Unavailable: "temporarily_unavailable",
    InternalError: "server_error",
}
FORBIDDEN = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")  # in a description (RFC 6749, 5.2)
MAX_DESCRIPTION_LENGTH = 500


def find_status(kind: type[ApiError]) -> int:
    """Return the status: RFC 6749, 5.2, has 400 where this API has 422."""
    return 400 if issubclass(kind, InvalidRequest) else kind.status


def make_members(error: ApiError) -> dict[str, Any]:
    """Return the members of the error, with a description that any client can read."""
    return {"error": _find_code(type(error)), "error_description": _describe(error)}


def _find_code(kind: type[ApiError]) -> str:
    return next((code for known, code in CODES.items() if issubclass(kind, known)), kind.code)


def _describe(error: ApiError) -> str:
    if isinstance(error, InvalidRequest):
        text = "; ".join(map(str, error.members["errors"]))
    elif isinstance(error, PermissionDenied) and "permission" in error.members:
        text = f"The permission {error.members['permission']} is missing."
    else:
        text = error.detail
    return FORBIDDEN.sub("'", text)[:MAX_DESCRIPTION_LENGTH]


OAUTH_ERRORS = ErrorFormat(oauth_error, find_status, make_members)
