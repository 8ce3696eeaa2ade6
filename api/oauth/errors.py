"""The errors of the token endpoint (RFC 6749, 5.2; RFC 8707, 2)."""

from api.core.errors import REALM, ApiError, Unauthenticated


class InvalidClient(Unauthenticated):
    """The client did not authenticate. One text for every reason, which only the log has."""

    code = "invalid_client"
    title = "Client authentication failed"
    detail = "The client authentication failed."
    remedy = (
        "Send the client id, and a client secret or a client assertion of the service account that "
        "has not expired. A service account that is suspended cannot authenticate."
    )
    commits = True

    def __init__(self) -> None:
        super().__init__()
        self.headers["WWW-Authenticate"] = f"Basic {REALM}"

    def name_invalid_token(self) -> None:
        """Add nothing: the request has no token."""


class UnsupportedGrantType(ApiError):
    status = 400
    code = "unsupported_grant_type"
    title = "Unsupported grant type"
    detail = "The only grant type is client_credentials."
    remedy = "Send `grant_type=client_credentials`. Users log in with `POST /api/login`."


class InvalidScope(ApiError):
    status = 400
    code = "invalid_scope"
    title = "Invalid scope"
    commits = True  # the client has authenticated, and its assertion is used
    detail = "The scope has a permission that the service account does not have."
    remedy = (
        "Request permissions that the roles of the service account carry, separated by spaces, or "
        "leave `scope` out."
    )


class InvalidTarget(ApiError):
    status = 400
    code = "invalid_target"
    title = "Invalid target"
    commits = True  # likewise
    detail = "The resource is not one for which this server issues tokens."
    remedy = (
        "Send the URL of this API alone, or some of OAUTH_RESOURCES, which the operator sets; or "
        "leave `resource` out."
    )
