"""Requests as an attacker sends them: byte for byte, each on a connection of its own."""

import json
import re
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from http.client import HTTPMessage, HTTPResponse
from threading import Barrier
from typing import Any

PROBLEM = "application/problem+json"
PATIENCE = 20  # seconds
CONTRACT = "GET /openapi.json"  # which names the kinds of hashes that an import takes
# What would tell how the service is built. "flask" and "redis" are words of ours nowhere either.
LEAKS = re.compile(
    r"traceback|psycopg|sqlalchemy|sqlite|site-packages|werkzeug|granian|gunicorn|flask|redis"
    r"|argon2|\.py\b|select .* from |insert into|update \w+ set|delete from|line \d+",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    asked: str
    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str | None:
        """The code of the problem; None of a success."""
        return self.json["error"] if self.status >= 400 else None

    @property
    def rules(self) -> list[tuple[str, str]]:
        """Where the input was found wrong, and by which rule."""
        return [(each["pointer"], each["rule"]) for each in self.json.get("errors", [])]

    @property
    def alike(self) -> tuple[Any, ...]:
        """All of it that may not differ between answers that have to be alike."""
        differs = {"date", "x-request-id", "ratelimit"}
        headers = {name.lower(): value for name, value in self.headers.items()}
        told = {name: None if name in differs else value for name, value in headers.items()}
        return self.status, told, self.body.replace(self.headers["X-Request-Id"].encode(), b"")


def check(answer: Answer) -> Answer:
    """Hold an answer to what is true of every answer there is."""
    told = f"{answer.asked} -> {answer.status} {answer.body[:300]!r}"
    away = answer.status == 503 and "Retry-After" in answer.headers
    assert answer.status < 500 or away, told
    if answer.asked != CONTRACT:
        assert not LEAKS.search(f"{answer.headers}{answer.body.decode(errors='replace')}"), told
    if answer.status >= 400 and not answer.asked.startswith("HEAD"):
        _hold_problem(answer, told)
    return answer


def _hold_problem(answer: Answer, told: str) -> None:
    assert answer.headers["Content-Type"] == PROBLEM, told
    problem = answer.json
    assert problem["status"] == answer.status, told
    assert problem["request_id"] == answer.headers["X-Request-Id"], told
    assert problem["type"].endswith(f"/docs/errors/{problem['error']}"), told
    assert problem["title"], told
    assert problem["message"] == problem["detail"], told
    assert answer.status != 401 or answer.headers["WWW-Authenticate"] == "Bearer", told
    assert answer.status not in {429, 503} or int(answer.headers["Retry-After"]) > 0, told


@dataclass(frozen=True)
class Wire:
    """The way to a service, as somebody with or without a token, from some address."""

    port: int
    token: str | None = None
    source: str = "127.0.0.1"

    def of(self, person: Any) -> "Wire":
        return replace(self, token=person.token)

    def bearing(self, token: str | None) -> "Wire":
        return replace(self, token=token)

    def coming_from(self, address: str) -> "Wire":
        return replace(self, source=address)

    def ask(self, method: str, path: str, body: Any = None, *lines: str) -> Answer:
        """Send a request, and hold the answer to the oracle.

        A body is sent as it is when it consists of bytes, else as JSON, in which characters
        that UTF-8 has no place for are escaped. ``lines`` are further lines of the header.
        """
        return check(self.send(method, path, body, *lines))

    def get(self, path: str, *lines: str) -> Answer:
        return self.ask("GET", path, None, *lines)

    def post(self, path: str, body: Any, *lines: str) -> Answer:
        return self.ask("POST", path, body, *lines)

    def patch(self, path: str, body: Any, *lines: str) -> Answer:
        return self.ask("PATCH", path, body, *lines)

    def log_in(self, username: str, password: str) -> Answer:
        return self.post("/api/login", {"username": username, "password": password})

    def send(self, method: str, path: str, body: Any = None, *lines: str) -> Answer:
        request = self._request(method, path, body, lines)
        address, source = ("127.0.0.1", self.port), (self.source, 0)
        with socket.create_connection(address, PATIENCE, source) as connection:
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
    """Do all of it at the same moment."""
    start = Barrier(len(acts))

    def act(one: Callable[[], Answer]) -> Answer:
        start.wait()
        return one()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, acts))


def insistently(act: Callable[[], Answer]) -> Answer:
    """Do it again while the service is too busy and says so, as its clients are told to."""
    return next(answer for _ in range(50) if (answer := act()).status != 503)
