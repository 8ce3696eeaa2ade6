"""The errors of HTTP itself, which occur before a capability is called."""

from typing import ClassVar

from api.core.errors import (
    ApiError,
    MemberSchemas,
    NotFound,
    Overloaded,
    PermissionDenied,
    Unauthenticated,
)

ALLOWED_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


class BadRequest(ApiError):
    status = 400
    code = "bad_request"
    title = "Bad request"
    detail = "The request breaks the rules of HTTP or of JSON."
    remedy = (
        "Send complete HTTP/1.1, each header once, and a body of valid JSON in UTF-8. `detail` "
        "names what is wrong, and where."
    )

    def __init__(self, detail: str = "") -> None:
        super().__init__()
        if detail:
            self.detail = detail


class MethodNotAllowed(ApiError):
    status = 405
    code = "method_not_allowed"
    title = "Method not allowed"
    detail = "This path does not support the method; Allow lists those it supports."
    remedy = "Use one of the methods in Allow."

    def __init__(self, allow: str = ALLOWED_METHODS) -> None:
        super().__init__()
        self.headers["Allow"] = allow


class PayloadTooLarge(ApiError):
    status = 413
    code = "payload_too_large"
    title = "Payload too large"
    detail = "The body is larger than this operation accepts."
    remedy = (
        "Send at most 64 KiB (MAX_BODY_BYTES), or what the contract states for the operation. The "
        "problem names the limit."
    )
    member_schemas: ClassVar[MemberSchemas] = {
        "max_bytes": {
            "type": "integer",
            "format": "int32",
            "maximum": 2_147_483_647,
            "minimum": 1,
            "description": "The maximum size of the body, in bytes",
        }
    }

    example_arguments = (65_536,)

    def __init__(self, max_bytes: int | None = None) -> None:
        super().__init__()
        if max_bytes is not None:
            self.members["max_bytes"] = max_bytes


class UriTooLong(ApiError):
    status = 414
    code = "uri_too_long"
    title = "URI too long"
    detail = "Path and query are longer than 4 KiB."
    remedy = "Shorten the query."


class UnsupportedMediaType(ApiError):
    status = 415
    code = "unsupported_media_type"
    title = "Unsupported media type"
    detail = "The media type of the body is missing or not accepted, or the body is compressed."
    remedy = (
        "Send `Content-Type: application/json`, or what the contract names for the operation, "
        "without Content-Encoding."
    )

    def __init__(self, *, is_compressed: bool = False) -> None:
        super().__init__()
        if is_compressed:
            self.headers["Accept-Encoding"] = "identity"  # RFC 9110, 15.5.16


class ExpectationFailed(ApiError):
    status = 417
    code = "expectation_failed"
    title = "Expectation failed"
    detail = "The only supported expectation is 100-continue."
    remedy = "Remove the header Expect."


class MisdirectedRequest(ApiError):
    status = 421
    code = "misdirected_request"
    title = "Misdirected request"
    detail = "This service does not answer for the name in the header Host."
    remedy = "Use the public URL, or ask the operator to add the name to ALLOWED_HOSTS."


class HeadersTooLarge(ApiError):
    status = 431
    code = "headers_too_large"
    title = "Headers too large"
    detail = "There are more than 100 headers, or more than 8 KiB in one or 32 KiB in all."
    remedy = "Send fewer and shorter headers."


class InternalError(ApiError):
    status = 500
    code = "internal_error"
    title = "Internal error"
    detail = "An unexpected error occurred; it has been logged."
    remedy = "Give the operator the `request_id`, by which the log lists the cause."


class UnsupportedTransferCoding(ApiError):
    status = 501
    code = "not_implemented"
    title = "Not implemented"
    detail = "The body has a transfer coding in addition to chunked, such as `gzip, chunked`."
    remedy = "Send the body plain, with Content-Length or chunked."


# The errors that the request guard and the router can answer for any path, by status.
OF_ANY_REQUEST: tuple[type[ApiError], ...] = (
    BadRequest,
    NotFound,
    MethodNotAllowed,
    PayloadTooLarge,
    UriTooLong,
    UnsupportedMediaType,
    ExpectationFailed,
    MisdirectedRequest,
    HeadersTooLarge,
    UnsupportedTransferCoding,
)

OF_SOME_REQUESTS: tuple[type[ApiError], ...] = (
    Unauthenticated,
    PermissionDenied,
    InternalError,
    Overloaded,
)

# The error for a bare status, as Flask and Werkzeug raise it.
BY_STATUS = {kind.status: kind for kind in OF_ANY_REQUEST + OF_SOME_REQUESTS}
