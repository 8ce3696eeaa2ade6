"""A running service that the login feature is asked of, at ``SERVICE_URL``.

Its accounts stay as they are: people come to it by its front door, under names of their own, and
are deleted when they leave if ``SERVICE_ADMIN_PASSWORD`` is known. They log in more often than a
service allows one address by default, so raise its ``LIMIT_LOGIN_PER_ADDRESS`` and
``LIMIT_REGISTER_PER_ADDRESS``.
"""

import os
from secrets import token_hex
from typing import Any

import pytest

from features.people import log_in, newcomer, own_account, register, with_token
from tests.remote import Client
from tests.support import Person

URL = os.environ.get("SERVICE_URL")
ADMINISTRATOR = os.environ.get("SERVICE_ADMIN_USERNAME", "administrator")
PASSWORD = os.environ.get("SERVICE_ADMIN_PASSWORD")

FEATURES = "login"


class Elsewhere:
    """People at a service that runs elsewhere."""

    def __init__(self, client: Client, administrator: Person | None) -> None:
        self.client = client
        self.administrator = administrator
        self.visit = token_hex(3)
        self.came: list[Person] = []

    def newcomer(self, name: str) -> Person:
        return newcomer(name, self.client, f"{name}-{self.visit}")

    def person(self, name: str, **profile: Any) -> Person:
        person = self.newcomer(name)
        registered = register(person)
        assert registered.status_code == 201, registered.text
        person = with_token(person, log_in(person))
        person.id = registered.json["id"]
        self.came.append(person)
        if profile:
            self.administrator.patch(f"/api/users/{person.id}", profile)
        return person

    def leave(self) -> None:
        if self.administrator:
            for person in self.came:
                self.administrator.delete(f"/api/users/{person.id}")


def administrator(client: Client) -> Person | None:
    """Log in as the service's administrator, if the password is known."""
    if PASSWORD is None:
        return None
    known = newcomer(ADMINISTRATOR, client)
    known = with_token(known, log_in(known, PASSWORD))
    known.id = own_account(known)["id"]
    return known


def why_not(item: pytest.Item) -> str | None:
    """Tell why a scenario cannot be asked of a service elsewhere."""
    if item.path.parent.name != FEATURES:
        return f"only features/{FEATURES} is asked of a service elsewhere"
    if item.get_closest_marker("inside"):
        return "it takes the service in hand: its settings, database or clock"
    if item.get_closest_marker("administered") and PASSWORD is None:
        return "it needs SERVICE_ADMIN_PASSWORD"
    return None
