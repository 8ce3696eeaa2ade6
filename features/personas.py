"""What people do in more than one feature, over HTTP, and what they are then told."""

import re
from dataclasses import replace
from typing import Any

from tests.support import PASSWORD, Person, nobody

REFUSALS = {
    "registration is closed": "registration_closed",
    "she has to log in": "unauthenticated",
    "she has to wait": "too_many_requests",
    "she may not do this": "permission_denied",
    "somebody was faster": "precondition_failed",
    "the address is taken": "email_taken",
    "the last administrator has to stay": "last_administrator",
    "the name or the password is wrong": "invalid_credentials",
    "the password is too easy to guess": "password_blocklisted",
    "the password is too short": "password_too_short",
    "the present password is wrong": "invalid_credentials",
    "the username is taken": "username_taken",
    "it is too long": "maxBytes",
    "somebody holds this role": "role_in_use",
    "her session has ended": "invalid_refresh_token",
    "there is no such session": "session_not_found",
    "there is no such person": "user_not_found",
    "this was another request": "idempotency_key_reused",
    "this role is built in": "role_built_in",
}


def named(text: str) -> list[str]:
    """Return the names in a text such as ``Ada, Grace and Alan``."""
    return re.findall(r"[A-Z]\w+", text)


def newcomer(name: str, client: Any, username: str = "") -> Person:
    """Return someone who has no account yet, but knows what it will be like."""
    username = username or name
    return Person("", username, f"{username.lower()}@example.org", PASSWORD, client)


def refusals(answer: Any) -> set[str]:
    """Return why someone is turned away: the code, and the rules that were broken."""
    problem = answer.json
    return {problem.get("error"), *(each["rule"] for each in problem.get("errors", ()))}


def register(person: Person, key: str | None = None, **other: str) -> Any:
    """Register, under a key if the app means to ask again."""
    headers = {"Idempotency-Key": key} if key else {}
    body = {"username": person.username, "email": person.email, "password": person.password}
    return nobody(person.client).post(
        "/api/register", {**body, **other}, headers=headers, expecting=None
    )


def log_in(
    person: Person,
    password: str | None = None,
    *,
    headers: dict[str, str] | None = None,
    **names: str,
) -> Any:
    """Log in by the username, unless other ``names`` are given."""
    body = {**(names or {"username": person.username}), "password": password or person.password}
    return nobody(person.client).post("/api/login", body, expecting=None, headers=headers)


def with_token(person: Person, answer: Any) -> Person:
    return replace(person, token=answer.json["access_token"])


def own_account(person: Person) -> dict[str, Any]:
    return person.get("/api/me").json


def is_let_in(person: Person, password: str | None = None, **names: str) -> bool:
    """Tell whether someone can log in, and then is who they are."""
    answer = log_in(person, password, **names)
    if refusals(answer) == {REFUSALS["the name or the password is wrong"]}:
        return False
    return own_account(with_token(person, answer))["email"] == person.email
