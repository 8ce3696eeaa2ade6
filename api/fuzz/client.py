"""A client of the fuzzed instance, which creates what a run needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_hex, token_urlsafe
from time import monotonic
from typing import Any

import requests

TIMEOUT_SECONDS = 30
SESSION_SECONDS = 120  # then it logs in again, since some operations need a recent login
UNAUTHENTICATED = 401
PREFIX = "fuzz-"


class FuzzError(Exception):
    """The run cannot go on; the message is one sentence."""


@dataclass
class Account:
    """An account that a run has created."""

    id: str
    username: str
    email: str
    password: str

    @property
    def login(self) -> dict[str, str]:
        return {"username": self.username, "password": self.password}


class Client:
    """Sends requests, with a token if it has one."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url.rstrip("/")
        self.token = token
        self.http = requests.Session()

    def send(  # noqa: PLR0913  what a request has
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        data: bytes | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        sent = dict(headers or {})
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        try:
            return self.http.request(
                method,
                self.url + path,
                json=body,
                data=data,
                params=query,
                headers=sent,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise FuzzError(f"{self.url} does not answer") from error

    def require(self, method: str, path: str, **request: Any) -> Any:
        """Send a request that must succeed, and return the JSON of its response.

        Raises:
            FuzzError: it does not succeed.
        """
        response = self.send(method, path, **request)
        if not response.ok:
            raise FuzzError(f"{method} {path}: {describe(response)}")
        return response.json() if response.content else None


class AccountClient(Client):
    """A client that is logged in as an account, and logs in again when it must."""

    def __init__(self, url: str, account: Account) -> None:
        super().__init__(url)
        self.account = account
        self.opened_at = 0.0
        self.refresh_token = ""

    @property
    def session_id(self) -> str:
        return self.refresh_token.partition(".")[0]

    def log_in(self) -> None:
        """Open a session.

        Raises:
            FuzzError: the account cannot log in.
        """
        tokens = Client(self.url).require("POST", "/api/login", body=self.account.login)
        self.token, self.refresh_token = tokens["access_token"], tokens["refresh_token"]
        self.opened_at = monotonic()

    def log_in_if_old(self) -> None:
        if self.token is None or monotonic() - self.opened_at > SESSION_SECONDS:
            self.log_in()

    def send(self, method: str, path: str, **request: Any) -> requests.Response:
        self.log_in_if_old()
        response = super().send(method, path, **request)
        if response.status_code == UNAUTHENTICATED:  # the session was ended
            self.log_in()
            response = super().send(method, path, **request)
        return response

    def is_accepted(self) -> bool:
        """Return whether the present token is still accepted."""
        return bool(self.token) and Client(self.url, self.token).send("GET", "/api/me").ok


def describe(response: requests.Response) -> str:
    """Return the status and the code of a response that reports an error."""
    try:
        problem = response.json()
    except requests.JSONDecodeError:
        return str(response.status_code)
    return f"{response.status_code} {problem.get('error')} ({problem.get('detail')})"


def make_account() -> dict[str, str]:
    """Return the members of a new account, which no other account has."""
    name = PREFIX + token_hex(6)
    return {
        "username": name,
        "email": f"{name}@example.org",
        "password": token_urlsafe(18),
    }
