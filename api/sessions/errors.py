from api.core.errors import NotFound, Unauthenticated


class SessionNotFound(NotFound):
    code = "session_not_found"
    title = "Session not found"
    detail = "The user has no session with this id, or it has ended."
    remedy = "List the sessions to see which are active."


class InvalidRefreshToken(Unauthenticated):
    code = "invalid_refresh_token"
    title = "Invalid refresh token"
    detail = "The service did not issue this refresh token, or its session has ended."
    remedy = "Log in again."


class RefreshTokenReused(Unauthenticated):
    """A token was exchanged twice, so one of its two holders stole it (RFC 9700, 4.14.2)."""

    code = "refresh_token_reused"
    title = "Refresh token reused"
    detail = "A refresh token of this session was used twice, so it may be stolen."
    remedy = "The session has ended. Log in again; change your password if it was not you."
    commits = True
