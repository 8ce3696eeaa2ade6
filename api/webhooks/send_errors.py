"""Why an attempt had no response. The words are shown to administrators."""

import ssl
from http.client import HTTPException, RemoteDisconnected

MAX_ERROR_LENGTH = 200
ENDED = (ConnectionResetError, BrokenPipeError, RemoteDisconnected, ssl.SSLEOFError)


class SendError(Exception):
    """A request got no response. ``text`` says why, in plain words."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text[:MAX_ERROR_LENGTH]


def describe_error(error: Exception) -> str:
    """Return in plain words why there was no response, from an error of a socket or of HTTP."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not valid: {error.verify_message}"
    if isinstance(error, ENDED):
        return "the connection was closed before a response"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {(error.reason or 'unknown reason').replace('_', ' ').lower()}"
    if isinstance(error, HTTPException | ValueError):
        return "the response is not HTTP"
    if isinstance(error, OSError):
        return f"no connection: {error.strerror or type(error).__name__}"
    return f"unexpected {type(error).__name__}; see the log"
