"""The personas of the features, and what they do over HTTP in more than one feature."""

import re
from dataclasses import replace
from typing import Any

from features.errors import ERROR_CODES, get_error_codes
from tests.support import PASSWORD, Person, anonymous

INVALID_CREDENTIALS = {ERROR_CODES["the username or the password is wrong"]}
SESSION_ERRORS = (
    {ERROR_CODES["the session has ended"]},
    {ERROR_CODES["the refresh token was used twice"]},
)
WRONG_PASSWORD = "the password of another user"
FIELDS = {"username": "username", "e-mail address": "email"}


def read_names(text: str) -> list[str]:
    """Return the names in a text such as ``Ada, Grace and Alan``."""
    return re.findall(r"[A-Z]\w+", text)


def make_newcomer(name: str, client: Any, username: str = "") -> Person:
    """Return a person without an account, with the data that the person registers with."""
    username = username or name
    return Person("", username, f"{username.lower()}@example.org", PASSWORD, client)


def register(
    person: Person,
    idempotency_key: str | None = None,
    *,
    headers: dict[str, str] | None = None,
    **changes: str | None,
) -> Any:
    """Send the registration of a person; ``changes`` replace members of the body."""
    key = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
    headers = {**(headers or {}), **key}
    body = {"username": person.username, "email": person.email, "password": person.password}
    return anonymous(person.client).post(
        "/api/register", {**body, **changes}, headers=headers, expecting=None
    )


def log_in(
    person: Person,
    password: str | None = None,
    *,
    headers: dict[str, str] | None = None,
    **identifiers: str,
) -> Any:
    """Send a login with the username, or with the given ``identifiers`` in its place."""
    names = identifiers or {"username": person.username}
    body = {**names, "password": password or person.password}
    return anonymous(person.client).post("/api/login", body, expecting=None, headers=headers)


def refresh_session(person: Person) -> Any:
    """Send the refresh token of a person."""
    body = {"refresh_token": person.refresh_token}
    return anonymous(person.client).post("/api/refresh", body, expecting=None)


def use_tokens(person: Person, response: Any) -> Person:
    """Return the person with the tokens of a login, a refresh or a password change."""
    assert response.status_code == 200, response.text
    tokens = response.json
    return replace(person, token=tokens["access_token"], refresh_token=tokens["refresh_token"])


def read_own_account(person: Person) -> dict[str, Any]:
    return person.get("/api/me").json


def has_session(person: Person) -> bool:
    """Return whether the access token of a person works.

    If it does not, the refresh token must not work either: a client whose access token has
    expired is still logged in.
    """
    response = person.get("/api/me", expecting=None)
    if response.status_code == 200:
        return True
    assert get_error_codes(response) == {ERROR_CODES["a login is required"]}
    assert get_error_codes(refresh_session(person)) in SESSION_ERRORS
    return False


def can_log_in(person: Person, password: str | None = None, **identifiers: str) -> bool:
    """Return whether a person can log in; a login must open the account of that person."""
    response = log_in(person, password, **identifiers)
    if get_error_codes(response) == INVALID_CREDENTIALS:
        return False
    account = read_own_account(use_tokens(person, response))
    expected = identifiers or {"username": person.username}
    assert {name: account[name].casefold() for name in expected} == {
        name: value.casefold() for name, value in expected.items()
    }
    assert person.id in {"", account["id"]}
    return True
