"""Requests byte for byte, each on a new connection, and checks of every response."""

import json
import re
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from http.client import HTTPMessage, HTTPResponse
from threading import Barrier
from typing import Any
from urllib.parse import urlencode

PROBLEM = "application/problem+json"
CHALLENGES = {'Bearer realm="rollbook"', 'Bearer error="invalid_token"'}  # of 401 (RFC 6750, 3)
TIMEOUT_SECONDS = 20
REQUESTS_FOR_ALL_WORKERS = 20  # simultaneous ones, of which each worker gets some
CONTRACT = "GET /openapi.json"  # it names the formats of hashes that an import accepts
# Others are rejected before the path is known, so that the error is a problem document.
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
# Words that reveal how the service is built.
LEAKS = re.compile(
    r"traceback|psycopg|sqlalchemy|sqlite|site-packages|werkzeug|granian|gunicorn|flask|redis"
    r"|argon2|\.py\b|select .* from |insert into|update \w+ set|delete from|line \d+",
    re.IGNORECASE,
)
TOKEN = re.compile(r"[\w-]{20,}(\.[\w-]{20,})*")  # its random letters may spell anything


@dataclass(frozen=True)
class Answer:
    """A response, with the request that caused it."""

    asked: str
    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str | None:
        """The error code; None for a success."""
        return self.json["error"] if self.status >= 400 else None

    @property
    def rules(self) -> list[tuple[str, str]]:
        """The pointer and the rule of each validation error."""
        return [(each["pointer"], each["rule"]) for each in self.json.get("errors", [])]

    @property
    def comparable(self) -> tuple[Any, ...]:
        """Everything that must not differ between two responses that are to be the same."""
        differs = {"date", "x-request-id", "ratelimit"}
        headers = {name.lower(): value for name, value in self.headers.items()}
        fixed = {name: None if name in differs else value for name, value in headers.items()}
        return self.status, fixed, self.body.replace(self.headers["X-Request-Id"].encode(), b"")


def check(answer: Answer) -> Answer:
    """Check what is true of every response, and return it."""
    description = f"{answer.asked} -> {answer.status} {answer.body[:300]!r}"
    away = answer.status == 503 and "Retry-After" in answer.headers
    assert answer.status < 500 or away, description
    if answer.asked != CONTRACT:
        text = f"{answer.headers}{answer.body.decode(errors='replace')}"
        assert not LEAKS.search(TOKEN.sub("", text)), description
    if answer.status >= 400 and not answer.asked.startswith("HEAD"):
        method, _, path = answer.asked.partition(" ")
        is_oauth = method in METHODS and path.startswith("/oauth/")
        (_check_oauth_error if is_oauth else _check_problem)(answer, description)
    return answer


def _check_oauth_error(answer: Answer, description: str) -> None:
    """Check an error as RFC 6749, 5.2, has it."""
    assert answer.headers["Content-Type"] == "application/json", description
    assert answer.json.keys() == {"error", "error_description"}, description
    assert answer.status != 401 or answer.headers["WWW-Authenticate"], description
    assert answer.status not in {429, 503} or int(answer.headers["Retry-After"]) > 0, description


def _check_problem(answer: Answer, description: str) -> None:
    assert answer.headers["Content-Type"] == PROBLEM, description
    problem = answer.json
    assert problem["status"] == answer.status, description
    assert problem["request_id"] == answer.headers["X-Request-Id"], description
    assert problem["type"].endswith(f"/docs/errors/{problem['error']}"), description
    assert problem["title"], description
    assert problem["message"] == problem["detail"], description
    assert answer.status != 401 or answer.headers["WWW-Authenticate"] in CHALLENGES, description
    assert answer.status not in {429, 503} or int(answer.headers["Retry-After"]) > 0, description


@dataclass(frozen=True)
class Wire:
    """A client of a service, with or without a token, at a client IP address."""

    port: int
    token: str | None = None
    source: str = "127.0.0.1"

    def as_person(self, person: Any) -> "Wire":
        return replace(self, token=person.token)

    def with_token(self, token: str | None) -> "Wire":
        return replace(self, token=token)

    def from_address(self, address: str) -> "Wire":
        return replace(self, source=address)

    def ask(self, method: str, path: str, body: Any = None, *lines: str) -> Answer:
        """Send a request, and check its response.

        Bytes are sent unchanged, everything else as JSON, in which characters that UTF-8 cannot
        encode are escaped. ``lines`` are further lines of the header.
        """
        return check(self.send(method, path, body, *lines))

    def get(self, path: str, *lines: str) -> Answer:
        return self.ask("GET", path, None, *lines)

    def post(self, path: str, body: Any, *lines: str) -> Answer:
        return self.ask("POST", path, body, *lines)

    def post_form(self, path: str, **members: str) -> Answer:
        line = "Content-Type: application/x-www-form-urlencoded"
        return self.post(path, urlencode(members).encode(), line)

    def patch(self, path: str, body: Any, *lines: str) -> Answer:
        return self.ask("PATCH", path, body, *lines)

    def log_in(self, username: str, password: str) -> Answer:
        return self.post("/api/login", {"username": username, "password": password})

    def send(self, method: str, path: str, body: Any = None, *lines: str) -> Answer:
        request = self._request(method, path, body, lines)
        address, source = ("127.0.0.1", self.port), (self.source, 0)
        with socket.create_connection(address, TIMEOUT_SECONDS, source) as connection:
            connection.sendall(request)
            response = HTTPResponse(connection, method=method)
            response.begin()
            return Answer(f"{method} {path}", response.status, response.headers, response.read())

    def _request(self, method: str, path: str, body: Any, lines: Sequence[str]) -> bytes:
        head = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Connection: close"]
        if self.token is not None:
            head.append(f"Authorization: Bearer {self.token}")
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        if body is not None:
            head.append(f"Content-Length: {len(content)}")
        if body is not None and not any(line.lower()[:13] == "content-type:" for line in lines):
            head.append("Content-Type: application/json")
        text = "\r\n".join([*head, *lines, "", ""]).encode("latin-1")
        return text + (content if body is not None else b"")


def at_once(acts: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Call all functions at the same time."""
    start = Barrier(len(acts))

    def act(one: Callable[[], Answer]) -> Answer:
        start.wait()
        return one()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, acts))


def retry_while_busy(act: Callable[[], Answer]) -> Answer:
    """Repeat a request while the service answers 503, as the contract asks clients to."""
    return next(answer for _ in range(50) if (answer := act()).status != 503)


def statuses_of(wire: Wire, token: str) -> set[int]:
    """Return the statuses with which all workers answer a token."""
    me = wire.with_token(token)
    answers = at_once([lambda: me.send("GET", "/api/me")] * REQUESTS_FOR_ALL_WORKERS)
    return {check(answer).status for answer in answers}
