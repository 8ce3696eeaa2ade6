"""The reasons for which a request is turned down, each with a stable code.

A capability subclasses the kinds below in its own ``errors.py``. What is said to the client
stands on the class, so that the contract and the pages about errors are written from it.
"""

from dataclasses import dataclass
from typing import Any, ClassVar


class ApiError(Exception):
    """A request that is understood and turned down.

    ``detail`` says what happened, ``remedy`` what the client can do about it. ``members`` are
    further members of the problem document (RFC 9457, 3.2).
    """

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[str]
    detail: ClassVar[str]
    remedy: ClassVar[str]
    commits: ClassVar[bool] = False  # commit, although it is turned down

    def __init__(self) -> None:
        super().__init__(self.code)
        self.headers: dict[str, str] = {}
        self.members: dict[str, Any] = {}


class Unauthenticated(ApiError):
    status = 401
    code = "unauthenticated"
    title = "Not authenticated"
    detail = "A valid access token is required."
    remedy = "Log in and send the access token in the header `Authorization: Bearer …`."

    def __init__(self) -> None:
        super().__init__()
        self.headers["WWW-Authenticate"] = "Bearer"


class StepUpRequired(ApiError):
    """The password was given too long ago for this (RFC 9470, 3)."""

    status = 401
    code = "insufficient_user_authentication"
    title = "Prove again who you are"
    detail = "For this the password has to have been given a short while ago."
    remedy = "Send it to `POST /api/me/reauthenticate`, then try again."

    def __init__(self, max_age: int) -> None:
        super().__init__()
        self.members["max_age"] = max_age
        self.headers["WWW-Authenticate"] = f'Bearer error="{self.code}", max_age="{max_age}"'


class PermissionDenied(ApiError):
    status = 403
    code = "permission_denied"
    title = "Permission denied"
    detail = "You may not do this."
    remedy = "Ask an administrator for the permission that the problem names."

    def __init__(self, permission: str | None = None) -> None:
        super().__init__()
        if permission:
            self.members["permission"] = permission


class NotFound(ApiError):
    status = 404
    code = "not_found"
    title = "Not found"
    detail = "There is nothing at this address."
    remedy = "Compare the path with the contract at /openapi.json."


class Conflict(ApiError):
    status = 409


@dataclass(frozen=True)
class ValidationError:
    """One thing that is wrong with the input; it never repeats the value."""

    pointer: str  # JSON Pointer (RFC 6901) into the body, or the name of a query parameter
    rule: str  # stable, for programs
    message: str  # for people


class InvalidRequest(ApiError):
    status = 422
    code = "invalid_request"
    title = "Invalid request"
    detail = "Some of what was sent breaks a rule; `errors` names each place and rule."
    remedy = "Correct what `errors` points at; each rule stands in the contract."

    def __init__(self, validation_errors: list[ValidationError]) -> None:
        super().__init__()
        self.members["errors"] = validation_errors


class RateLimited(ApiError):
    """More requests than a policy allows (RFC 6585, 4).

    ``quota`` requests in ``window`` seconds; the next one is welcome after ``retry_after``
    seconds. Told as draft-ietf-httpapi-ratelimit-headers-10 has it.
    """

    status = 429
    code = "too_many_requests"
    title = "Too many requests"
    detail = "There were too many requests of this kind; the limit is told in RateLimit-Policy."
    remedy = "Wait as many seconds as Retry-After says, then try again."

    def __init__(self, policy: str, quota: int, window: int, retry_after: int) -> None:
        super().__init__()
        self.headers["Retry-After"] = str(retry_after)
        self.headers["RateLimit-Policy"] = f'"{policy}";q={quota};w={window}'
        self.headers["RateLimit"] = f'"{policy}";r=0;t={retry_after}'


class Unavailable(ApiError):
    """The service cannot answer just now and says when to come back."""

    status = 503

    def __init__(self, retry_after: int = 1) -> None:
        super().__init__()
        self.headers["Retry-After"] = str(retry_after)


class Overloaded(Unavailable):
    code = "overloaded"
    title = "Overloaded"
    detail = "The service has as much to do as it can hold."
    remedy = "Wait as many seconds as Retry-After says, then try again."


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"
    title = "Database unavailable"
    detail = "The database does not answer."
    remedy = (
        "Wait as many seconds as Retry-After says; see whether a change was made, and try again."
    )


def catalogue() -> list[type[ApiError]]:
    """Return every refusal that has a code, by status and code: what clients may meet."""
    found, waiting = {}, [ApiError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if "code" in vars(kind):
            found[kind.code] = kind
    return sorted(found.values(), key=lambda kind: (kind.status, kind.code))
