"""A running service that features are run against: ``SERVICE_URL`` names it.

What a Given step sets up is set up over HTTP: persons register themselves, and an administrator
does the rest with the password in ``SERVICE_ADMIN_PASSWORD``. All names are unique there, and what
a scenario has created is deleted at its end. The scenarios log in more often than a service allows
for one client IP address by default, so the rate limits have to be raised there.
"""

import os
from dataclasses import replace
from secrets import token_hex
from typing import Any

import pytest

from features.personas import log_in, make_newcomer, read_own_account, register, use_tokens
from tests.remote import Client
from tests.support import Person

URL = os.environ.get("SERVICE_URL")
ADMINISTRATOR = os.environ.get("SERVICE_ADMIN_USERNAME", "administrator")
PASSWORD = os.environ.get("SERVICE_ADMIN_PASSWORD")
BUILT_IN_ROLES = {"admin", "user"}
REASONS = {
    "local": "they change the settings, the database or the clock of the service (@local)",
    "alone": "they need a service without other users (@alone)",
}


class RemotePreconditions:
    """The service at ``SERVICE_URL``."""

    def __init__(self, client: Client, administrator: Person | None) -> None:
        self.client = client
        self.suffix = token_hex(3)
        self.known_administrator = administrator

    @property
    def administrator(self) -> Person:
        """Return the administrator; a scenario that needs one is skipped if there is none."""
        return self.known_administrator or pytest.skip("it needs SERVICE_ADMIN_PASSWORD")

    def make_unique(self, text: str) -> str:
        """Return a username, an e-mail address or the name of a role that is free there."""
        if text in BUILT_IN_ROLES:
            return text
        name, at, domain = text.partition("@")
        return f"{name}-{self.suffix}{at}{domain}"

    def make_newcomer(self, name: str) -> Person:
        """Return a person without an account."""
        return make_newcomer(name, self.client, self.make_unique(name))

    def person(self, name: str, role: str | None = None, **profile: Any) -> Person:
        """Register a person and log in; the administrator sets the role and the profile."""
        person = self.make_newcomer(name.removesuffix(f"-{self.suffix}"))
        person = replace(person, email=profile.pop("email", person.email))
        response = register(person)
        assert response.status_code == 201, response.text
        person = use_tokens(replace(person, id=response.json["id"]), log_in(person))
        if role:
            self.assign_role(person, role)
        if profile:
            self.update_user(person, profile)
        return person

    def update_user(self, person: Person, changes: dict[str, Any]) -> None:
        self.administrator.patch(f"/api/users/{person.id}", changes)

    def suspend_user(self, person: Person, reason: str | None, by: Person) -> None:
        changes = {"status": "suspended"} | ({"status_reason": reason} if reason else {})
        by.patch(f"/api/users/{person.id}", changes)

    def delete_user(self, person: Person) -> None:
        self.administrator.delete(f"/api/users/{person.id}")

    def create_role(self, name: str, permissions: list[str]) -> None:
        self.administrator.post("/api/roles", {"name": name, "permissions": permissions})

    def assign_role(self, person: Person, role: str) -> None:
        path = f"/api/users/{person.id}/roles/{role}"
        self.administrator.put(path, None, expecting=204)

    def create_service_account(self, name: str, role: str) -> str:
        """Create a service account with one role, and return its id."""
        body = {"name": name, "roles": [role]}
        return str(self.administrator.post("/api/service-accounts", body).json["id"])

    def clean_up(self) -> None:
        """Delete the accounts and roles of the scenario, if the administrator is known."""
        if not (root := self.known_administrator):
            return
        query = {"q": self.suffix, "limit": 100}
        for user in root.get("/api/users", query_string=query).json["items"]:
            for role in set(user["roles"]) - {"user"}:  # deleted users keep their roles
                root.delete(f"/api/users/{user['id']}/roles/{role}")
            root.delete(f"/api/users/{user['id']}")
        for account in root.get("/api/service-accounts", query_string=query).json["items"]:
            root.delete(f"/api/service-accounts/{account['id']}")
        for role in root.get("/api/roles").json["items"]:
            if role["name"].endswith(f"-{self.suffix}"):
                root.delete(f"/api/roles/{role['name']}")


def log_in_administrator(client: Client) -> Person | None:
    """Return the administrator of the service, or None if the password is not known."""
    if PASSWORD is None:
        return None
    administrator = make_newcomer(ADMINISTRATOR, client)
    administrator = use_tokens(administrator, log_in(administrator, PASSWORD))
    return replace(administrator, id=read_own_account(administrator)["id"])


def explain_exclusion(item: pytest.Item) -> str | None:
    """Return why a scenario cannot run against a remote service, or None if it can."""
    return next((reason for tag, reason in REASONS.items() if item.get_closest_marker(tag)), None)
