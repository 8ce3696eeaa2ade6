from api.core.errors import NotFound, Unauthenticated


class SessionNotFound(NotFound):
    code = "session_not_found"
    title = "Session not found"
    detail = "There is no such session, or it has ended."
    remedy = "List the sessions to see those that last."


class InvalidRefreshToken(Unauthenticated):
    code = "invalid_refresh_token"
    title = "Invalid refresh token"
    detail = "The refresh token is not one of ours, or its session has ended."
    remedy = "Log in again."


class RefreshTokenReused(Unauthenticated):
    """Two hold what only one was given (RFC 9700, 4.14.2); which is the thief, nobody can tell."""

    code = "refresh_token_reused"
    title = "Refresh token reused"
    detail = "A refresh token of this session was used twice; somebody may have stolen it."
    remedy = "The session has ended: log in again, and change your password if it was not you."
    commits = True
