"""The environ of a WSGI request, made of what granian hands over (RSGI)."""

import sys
from io import BytesIO
from typing import Any

from api.core.errors import ApiError, Unauthenticated
from api.web.http_errors import BadRequest, UnsupportedTransferCoding
from api.web.request_guard import GUARD_ERROR, Environ

MOST_KEYS = 256
CODING = "HTTP_TRANSFER_ENCODING"
ONCE: dict[str, type[ApiError]] = {
    "HTTP_HOST": BadRequest,
    "CONTENT_TYPE": BadRequest,
    "CONTENT_LENGTH": BadRequest,
    CODING: UnsupportedTransferCoding,
    "HTTP_AUTHORIZATION": Unauthenticated,
}


class Keys(dict[str, str]):
    """From the name of a header to its place in the environ; kept for as many as are usual.

    Names with an underscore have none: they would pass for those with a hyphen.
    """

    def __missing__(self, name: str) -> str:
        key = "" if "_" in name else "HTTP_" + name.upper().replace("-", "_")
        if len(self) < MOST_KEYS:
            self[name] = key
        return key


KEYS = Keys({"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"})

ALWAYS: Environ = {
    "SCRIPT_NAME": "",
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "8000",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    "wsgi.input_terminated": True,
}


def environ_of(scope: Any) -> Environ:
    """Return the environ of PEP 3333, which holds nothing of the process's own environment."""
    environ = ALWAYS.copy()
    environ["REQUEST_METHOD"] = scope.method
    environ["PATH_INFO"] = _latin(scope.path)
    environ["QUERY_STRING"] = _latin(scope.query_string)
    environ["SERVER_PROTOCOL"] = "HTTP/1.1" if scope.http_version == "1.1" else "HTTP/1.0"
    environ["REMOTE_ADDR"] = scope.client.rpartition(":")[0].strip("[]").removeprefix("::ffff:")
    environ["wsgi.input"] = BytesIO()
    for name, value in scope.headers.items():
        key = KEYS[name]
        if key in environ:
            environ[key] += f",{value}"
            if key in ONCE:
                environ[GUARD_ERROR] = ONCE[key]
        elif key:
            environ[key] = value
    if scope.authority is not None:  # it goes before Host (RFC 9112, 3.2.2)
        environ["HTTP_HOST"] = scope.authority
    return environ


def _latin(text: str) -> str:
    """Return the bytes of a text as WSGI wants them: each a character."""
    return text if text.isascii() else text.encode().decode("latin-1")
