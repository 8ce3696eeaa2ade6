"""An HTTP client for a running service, with one connection, a token and retries."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from time import sleep
from urllib.parse import urlsplit

import click
import orjson

MAX_TRIES = 8
MAX_WAIT_SECONDS = 60
TIMEOUT_SECONDS = 120
VISIBLE_ASCII = re.compile(r"[!-~]+")
WRONG_URL = "--url must be like https://rollbook.example.org"
LOG_IN = "log in again, and continue with --resume"
TEMPORARY = {429, 502, 503, 504}


class ServiceError(click.ClickException):
    """The service rejected a request, or does not answer."""

    exit_code = 2


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


class ServiceClient:
    """Sends requests to one service.

    ``read_token`` is called for each request, so that a token file may be renewed meanwhile.

    Raises:
        ServiceError: the URL is not that of an HTTP service.
    """

    def __init__(self, url: str, read_token: Callable[[], str]) -> None:
        kinds = {"http": HTTPConnection, "https": HTTPSConnection}
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ServiceError(WRONG_URL) from None
        is_complete = VISIBLE_ASCII.fullmatch(url) and parts.scheme in kinds and parts.hostname
        if not is_complete or parts.query or parts.fragment:
            raise ServiceError(WRONG_URL)
        self.connection = kinds[parts.scheme](str(parts.hostname), port, timeout=TIMEOUT_SECONDS)
        self.path = parts.path.rstrip("/")
        self.read_token = read_token
        self.has_reported_retries = False

    def send(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request, again while the service is busy or the connection fails.

        Raises:
            ServiceError: it is rejected, or every try fails.
        """
        for number in range(1, MAX_TRIES + 1):
            reply = self._try(method, path, body, headers or {})
            if reply is not None and not _is_temporary(reply):
                break
            if number < MAX_TRIES:
                self._report_retries(reply)
                sleep(_wait_seconds(reply, number))
        if reply is None:
            raise ServiceError("the service does not answer; continue later with --resume")
        if reply.status != HTTPStatus.OK:
            raise ServiceError(_describe(reply))
        return reply

    def _report_retries(self, reply: Reply | None) -> None:
        """Write once why nothing seems to happen."""
        if not self.has_reported_retries:
            self.has_reported_retries = True
            reason = f"answered {reply.status}" if reply else "does not answer"
            click.echo(f"The service {reason}; trying up to {MAX_TRIES} times.", err=True)

    def _try(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Reply | None:
        authorization = {"Authorization": f"Bearer {self.read_token()}"}
        try:
            self.connection.request(method, self.path + path, body, {**headers, **authorization})
            response = self.connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        except (OSError, HTTPException):
            self.connection.close()  # the next request opens it again
            return None


def _is_temporary(reply: Reply) -> bool:
    return reply.status in TEMPORARY or b'"idempotency_key_in_use"' in reply.body[:2000]


def _wait_seconds(reply: Reply | None, number: int) -> float:
    """Return Retry-After, or twice as long after each try."""
    retry_after = reply.headers.get("Retry-After", "") if reply else ""
    seconds = int(retry_after) if retry_after.isdecimal() else 2 ** (number - 2)
    return min(seconds, MAX_WAIT_SECONDS)


def _describe(reply: Reply) -> str:
    """Return the problem in one line."""
    problem = {}
    with suppress(orjson.JSONDecodeError):
        problem = orjson.loads(reply.body)
    if not isinstance(problem, dict) or "detail" not in problem:
        return f"the service answered {reply.status}"
    errors = [
        f"{each['pointer'].strip('/')} {each['message']}" for each in problem.get("errors", ())
    ]
    limits = [f"{name}={problem[name]}" for name in ("max_rows", "max_bytes") if name in problem]
    text = f"{reply.status} {'; '.join([*errors, *limits]) or problem['detail']}"
    return f"{text.rstrip('.')}; {LOG_IN}" if reply.status == HTTPStatus.UNAUTHORIZED else text
