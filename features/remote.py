"""A running service that features are run against: ``SERVICE_URL`` names it.

The features register their own users there under unique usernames. They delete these users at the
end if ``SERVICE_ADMIN_PASSWORD`` is known. They log in more often than a service allows for one
client IP address by default, so ``LIMIT_LOGIN_PER_ADDRESS`` and ``LIMIT_REGISTER_PER_ADDRESS`` have
to be raised there.
"""

import os
from secrets import token_hex
from typing import Any

import pytest

from features.personas import log_in, make_newcomer, read_own_account, register, use_tokens
from tests.remote import Client
from tests.support import Person

URL = os.environ.get("SERVICE_URL")
ADMINISTRATOR = os.environ.get("SERVICE_ADMIN_USERNAME", "administrator")
PASSWORD = os.environ.get("SERVICE_ADMIN_PASSWORD")

REMOTE_CAPABILITY = "login"


class RemoteService:
    """The service at ``SERVICE_URL``: accounts are registered over HTTP."""

    def __init__(self, client: Client, administrator: Person | None) -> None:
        self.client = client
        self.administrator = administrator
        self.suffix = token_hex(3)
        self.registered: list[Person] = []

    def make_newcomer(self, name: str) -> Person:
        """Return a person without an account, with a username that is unique there."""
        return make_newcomer(name, self.client, f"{name}-{self.suffix}")

    def person(self, name: str, **profile: Any) -> Person:
        """Register a person and log in; the administrator sets the ``profile``."""
        person = self.make_newcomer(name)
        response = register(person)
        assert response.status_code == 201, response.text
        person = use_tokens(person, log_in(person))
        person.id = response.json["id"]
        self.registered.append(person)
        if profile:
            self.administrator.patch(f"/api/users/{person.id}", profile)
        return person

    def delete_users(self) -> None:
        """Delete the users that were registered, if the administrator is known."""
        if self.administrator:
            for person in self.registered:
                self.administrator.delete(f"/api/users/{person.id}")


def log_in_administrator(client: Client) -> Person | None:
    """Return the administrator of the service, or None if the password is not known."""
    if PASSWORD is None:
        return None
    administrator = make_newcomer(ADMINISTRATOR, client)
    administrator = use_tokens(administrator, log_in(administrator, PASSWORD))
    administrator.id = read_own_account(administrator)["id"]
    return administrator


def explain_exclusion(item: pytest.Item) -> str | None:
    """Return why a scenario cannot run against a remote service, or None if it can."""
    if item.path.parent.name != REMOTE_CAPABILITY:
        return f"only features/{REMOTE_CAPABILITY} runs against a remote service"
    if item.get_closest_marker("local"):
        return "it changes the settings, the database or the clock of the service"
    if item.get_closest_marker("administrator") and PASSWORD is None:
        return "it needs SERVICE_ADMIN_PASSWORD"
    return None
