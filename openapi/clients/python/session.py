"""Log in, and exchange the refresh token when the access token has expired."""

from collections.abc import Callable, Generator
from threading import Lock
from typing import Any, TypeVar

import httpx
from retry import RetryTransport
from rollbook_client import AuthenticatedClient, Client
from rollbook_client.api.login import log_in
from rollbook_client.api.sessions import refresh
from rollbook_client.models import Credentials, Problem, RefreshRequest, Tokens
from rollbook_client.types import Response

T = TypeVar("T")
Store = Callable[[Tokens], None]


class RollbookError(Exception):
    """The service answered with a problem document."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.status} {problem.error}: {problem.detail}")
        self.problem = problem


def value_of(answer: T | Problem | None) -> T:
    """Return the answer of an operation, or raise the problem that it is."""
    if isinstance(answer, Problem):
        raise RollbookError(answer)
    if answer is None:
        raise ValueError("the response has no body")
    return answer


def require_success(response: Response[T]) -> None:
    """Raise the problem of an operation that answers without a body."""
    if isinstance(response.parsed, Problem):
        raise RollbookError(response.parsed)


def connect(url: str) -> Client:
    """Return a client without a login."""
    return Client(url, raise_on_unexpected_status=True, httpx_args=make_options())


def make_options() -> dict[str, Any]:
    """Return the options of httpx that every client needs."""
    return {"transport": RetryTransport(), "event_hooks": {"response": [reject_other_errors]}}


def reject_other_errors(response: httpx.Response) -> None:
    """Raise an httpx.HTTPStatusError if the error is not a problem, but a page of a proxy."""
    media_type = response.headers.get("Content-Type", "")
    if response.is_error and not media_type.startswith("application/problem+json"):
        response.raise_for_status()


class Login(httpx.Auth):
    """The tokens of a login, and a client that sends them.

    ``store`` gets the tokens whenever they are new. A program that is started again needs them.
    """

    requires_response_body = True

    def __init__(self, url: str, tokens: Tokens, store: Store = lambda _: None) -> None:
        self.tokens = tokens
        self.store = store
        self.anyone = connect(url)
        self.lock = Lock()
        self.client = AuthenticatedClient(
            url,
            token="",  # auth_flow sets the header
            raise_on_unexpected_status=True,
            httpx_args={"auth": self, **make_options()},
        )

    @classmethod
    def with_password(
        cls, url: str, username: str, password: str, store: Store = lambda _: None
    ) -> "Login":
        credentials = Credentials(username=username, password=password)
        tokens = value_of(log_in.sync(client=connect(url), body=credentials))
        store(tokens)
        return cls(url, tokens, store)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the access token; if it has expired, refresh it and send the request again."""
        token = self.tokens.access_token
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401 and response.json()["error"] == "unauthenticated":
            self.refresh(token)
            request.headers["Authorization"] = f"Bearer {self.tokens.access_token}"
            yield request

    def refresh(self, expired: str) -> Tokens:
        """Exchange the refresh token, unless another thread has just done it.

        Raises:
            RollbookError: the session has ended. Log in again.
        """
        with self.lock:
            if self.tokens.access_token == expired:
                body = RefreshRequest(refresh_token=self.tokens.refresh_token)
                self.tokens = value_of(refresh.sync(client=self.anyone, body=body))
                self.store(self.tokens)
        return self.tokens
