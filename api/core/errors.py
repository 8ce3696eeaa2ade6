"""The errors of the API, each with a stable code.

A capability subclasses the kinds below in its own ``errors.py``. The texts for the client are
attributes of the class, so that the contract and the error pages are generated from them.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from api.core.validation_rules import ValidationRule

MemberSchemas = dict[str, dict[str, Any]]  # JSON Schema by member name


class ApiError(Exception):
    """A request that was understood and is rejected.

    ``detail`` describes what happened, ``remedy`` what the client can do about it. ``members``
    are further members of the problem document (RFC 9457, 3.2), whose JSON Schemas are
    ``member_schemas``.
    """

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[str]
    detail: str  # a class may have one for each error
    remedy: ClassVar[str]
    member_schemas: ClassVar[MemberSchemas] = {}
    commits: ClassVar[bool] = False  # the request transaction is committed all the same
    example_arguments: ClassVar[tuple[Any, ...]] = ()  # of the constructor, for the documentation

    def __init__(self) -> None:
        super().__init__(self.code)
        self.headers: dict[str, str] = {}
        self.members: dict[str, Any] = {}


REALM = 'realm="rollbook"'  # a challenge needs at least one parameter (RFC 6750, 3)


class Unauthenticated(ApiError):
    """The request has no credential, or one that is not valid (RFC 6750, 3)."""

    status = 401
    code = "unauthenticated"
    title = "Not authenticated"
    detail = "A valid access token or API key is required."
    remedy = (
        "Send it in the header `Authorization: Bearer …`, not in another one such as X-API-Key. A "
        "user gets an access token by logging in, a service account at `POST /oauth/token`; tokens "
        "for other services are rejected. An API key must not have expired or been revoked, and is "
        "accepted from its networks only."
    )

    def __init__(self) -> None:
        super().__init__()
        self.headers["WWW-Authenticate"] = f"Bearer {REALM}"

    def name_invalid_token(self) -> None:
        """Add that the request has a token, which is not valid (RFC 6750, 3.1)."""
        self.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'


class StepUpRequired(ApiError):
    """The password was verified too long ago for this operation (RFC 9470, 3)."""

    status = 401
    code = "insufficient_user_authentication"
    title = "Recent authentication required"
    detail = "This operation requires that the password was verified recently."
    remedy = "Send the password to `POST /api/me/reauthenticate`, then try again."
    member_schemas: ClassVar[MemberSchemas] = {
        "max_age": {
            "type": "integer",
            "format": "int32",
            "maximum": 2_147_483_647,
            "minimum": 0,
            "description": "The maximum age of the last password verification, in seconds",
        }
    }

    example_arguments = (600,)

    def __init__(self, max_age_seconds: int) -> None:
        super().__init__()
        self.members["max_age"] = max_age_seconds
        self.headers["WWW-Authenticate"] = (
            f'Bearer error="{self.code}", max_age="{max_age_seconds}"'
        )


class PermissionDenied(ApiError):
    status = 403
    code = "permission_denied"
    title = "Permission denied"
    detail = "You do not have permission to do this."
    remedy = "Ask an administrator for the permission that the problem names."
    member_schemas: ClassVar[MemberSchemas] = {
        "permission": {
            "type": "string",
            "maxLength": 500,
            "description": "The missing permission",
        }
    }
    example_arguments = ("users:read",)

    def __init__(self, permission: str | None = None, *, is_scope: bool = False) -> None:
        """Name the permission, and to a client of OAuth 2.0 also as a scope (RFC 6750, 3.1)."""
        super().__init__()
        if permission:
            self.members["permission"] = permission
        if permission and is_scope:
            scope = f'error="insufficient_scope", scope="{permission}"'
            self.headers["WWW-Authenticate"] = f"Bearer {scope}"


class SessionRequired(ApiError):
    """A program asked for what only a person may do, after logging in."""

    status = 403
    code = "session_required"
    title = "Session required"
    detail = "An API key, or a token of a service account, cannot do this."
    remedy = "Log in as a user, and send the access token of that session."


class PasswordChangeRequired(ApiError):
    """The user logged in with a temporary password, and must choose a new one first."""

    status = 403
    code = "password_change_required"
    title = "Password change required"
    detail = "The password is temporary. Choose a new one first, with `POST /api/me/password`."
    remedy = (
        "Send `POST /api/me/password` with the temporary password as `current_password`, and use "
        "the tokens of its response. Until then only `GET /api/me` and `POST /api/logout` work."
    )


class EmailNotVerified(ApiError):
    """The user has to confirm the e-mail address first (EMAIL_VERIFICATION)."""

    status = 403
    code = "email_not_verified"
    title = "E-mail address not confirmed"
    detail = "The e-mail address is not confirmed yet. Open the link that was mailed to it."
    remedy = (
        "Request another mail with `POST /api/email/verify/resend`. After the confirmation the "
        "user logs in again. Until then only your own account can be read and deleted, its "
        "password and e-mail address changed, and the session ended."
    )


class NotFound(ApiError):
    status = 404
    code = "not_found"
    title = "Not found"
    detail = "There is no resource at this path."
    remedy = "Compare the path with the contract at /openapi.json."


class Conflict(ApiError):
    status = 409


@dataclass(frozen=True)
class ValidationError:
    """One rule that the input breaks; it never repeats the value."""

    pointer: str  # JSON Pointer (RFC 6901) into the body, or the name of a query parameter
    rule: ValidationRule  # stable, for programs
    message: str  # for people

    def __str__(self) -> str:
        return f"{self.pointer.strip('/')} {self.message}".strip()


class InvalidRequest(ApiError):
    status = 422
    code = "invalid_request"
    title = "Invalid request"
    detail = "The input breaks a rule; `errors` names each place and rule."
    remedy = "Correct what `errors` points at; the contract lists the rules."
    max_errors: ClassVar[int] = 50  # in one response, so that a small request has no huge answer
    member_schemas: ClassVar[MemberSchemas] = {
        "errors": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/ValidationError"},
            "maxItems": max_errors,
            "description": "Each rule that the input breaks, and where",
        }
    }

    example_arguments = (
        [ValidationError("/email", ValidationRule.FORMAT, "must be a valid email")],
    )

    def __init__(self, errors: list[ValidationError]) -> None:
        super().__init__()
        self.members["errors"] = errors


class RateLimited(ApiError):
    """More requests than a policy allows (RFC 6585, 4).

    The policy allows ``quota`` requests in ``window`` seconds; the next one is accepted after
    ``retry_after`` seconds (draft-ietf-httpapi-ratelimit-headers-10).
    """

    status = 429
    code = "too_many_requests"
    title = "Too many requests"
    detail = "There were too many requests of this kind; RateLimit-Policy names the limit."
    remedy = "Wait for the number of seconds in Retry-After, then try again."

    example_arguments = ("user", 600, 60, 30)

    def __init__(self, policy: str, quota: int, window: int, retry_after: int) -> None:
        super().__init__()
        self.headers["Retry-After"] = str(retry_after)
        self.headers["RateLimit-Policy"] = f'"{policy}";q={quota};w={window}'
        self.headers["RateLimit"] = f'"{policy}";r=0;t={retry_after}'


class Unavailable(ApiError):
    """The service cannot answer now; Retry-After says when to try again."""

    status = 503

    def __init__(self, retry_after: int = 1) -> None:
        super().__init__()
        self.headers["Retry-After"] = str(retry_after)


class Overloaded(Unavailable):
    code = "overloaded"
    title = "Overloaded"
    detail = "The service is at its capacity."
    remedy = "Wait for the number of seconds in Retry-After, then try again."


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"
    title = "Database unavailable"
    detail = "The database does not answer."
    remedy = (
        "Wait for the number of seconds in Retry-After, check whether the change was made, and try "
        "again."
    )


class SigningKeyLocked(Unavailable):
    """Neither are tokens issued nor are they verified: the operator must act first."""

    code = "signing_key_locked"
    title = "Signing key locked"
    detail = "The key that signs tokens cannot be decrypted."
    remedy = (
        "ENCRYPTION_KEY has changed. The operator must set the former one, or run "
        "`rollbook keys rotate --now`."
    )


def catalogue() -> list[type[ApiError]]:
    """Return every error class that has a code, by status and code."""
    found: dict[str, type[ApiError]] = {}
    pending: list[type[ApiError]] = [ApiError]
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        if "code" in vars(kind):
            found[kind.code] = kind
    return sorted(found.values(), key=lambda kind: (kind.status, kind.code))
