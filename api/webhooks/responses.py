"""Reads what a receiver answers.

http.client bounds the headers: it reads at most 100, each of at most 64 KiB, and fails otherwise.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse

MAX_RESPONSE_BYTES = 65_536  # then the connection is closed
MAX_HEADERS, MAX_HEADER_LENGTH = 30, 200  # that are kept
MAX_INTERIM_RESPONSES = 10
SECRET_HEADERS = {"set-cookie", "www-authenticate", "proxy-authenticate"}
WITHOUT_BODY = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}


@dataclass(frozen=True)
class Response:
    status: int
    headers: Mapping[str, str]
    body: bytes
    retry_after: str | None = None  # also if it is not among the headers that are kept


class FinalResponse(HTTPResponse):
    """The final response to a request (RFC 9110, 15.2).

    The base class skips 100 alone. It takes a 103 for the response, and the final response, which
    comes later, for that to the next request.
    """

    def begin(self) -> None:
        for _ in range(MAX_INTERIM_RESPONSES):
            super().begin()
            if not self.is_interim:
                return
            self.headers = None  # type: ignore[assignment]  # else the base class reads nothing
        raise HTTPException

    @property
    def is_interim(self) -> bool:
        return self.status < HTTPStatus.OK and self.status != HTTPStatus.SWITCHING_PROTOCOLS


def read_response(response: HTTPResponse) -> Response:
    """Return the status, some headers and the beginning of the body."""
    return Response(
        status=response.status,
        headers=_keep_headers(response),
        body=_read_beginning(response),
        retry_after=response.headers.get("retry-after"),
    )


def has_certain_end(response: HTTPResponse) -> bool:
    """Return whether nothing of a response can follow after its body was read (RFC 9112, 6.3)."""
    names = [name.lower() for name, _ in response.getheaders()]
    number = names.count("content-length") + names.count("transfer-encoding")
    if response.status in WITHOUT_BODY:
        return number == 0 or (number == 1 and response.getheader("content-length") == "0")
    return response.status >= HTTPStatus.OK and number == 1


def _read_beginning(response: HTTPResponse) -> bytes:
    """Return the beginning of the body, or what there is of it if the connection ends.

    The status is known then, and it alone decides about the delivery.
    """
    content = bytearray()
    with suppress(OSError, HTTPException, ValueError):
        while len(content) < MAX_RESPONSE_BYTES:
            part = response.read1(MAX_RESPONSE_BYTES - len(content))
            if not part:
                response.read(0)  # `read1` does not notice the end of an empty body
                break
            content += part
    return bytes(content)


def _keep_headers(response: HTTPResponse) -> dict[str, str]:
    """Return some headers, without those that are secrets of the receiver."""
    headers = [(name.lower(), it) for name, it in response.getheaders()]
    kept = [(name, it) for name, it in headers if name not in SECRET_HEADERS]
    return {name[:MAX_HEADER_LENGTH]: it[:MAX_HEADER_LENGTH] for name, it in kept[:MAX_HEADERS]}
