"""The keeper: an administrator that a run creates, and that creates and deletes the rest.

So the token of the real administrator is used once at the start and once at the end.
"""

from collections.abc import Container
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import requests

from api.fuzz.client import Account, AccountClient, Client, FuzzError, describe, make_account
from api.fuzz.ledger import (
    CALLERS,
    INVITATIONS,
    ROLES,
    SERVICE_ACCOUNTS,
    USERS,
    WEBHOOKS,
    Ledger,
)

ADMIN = "admin"
NOT_FOUND, CONFLICT = 404, 409
PAGE = {"limit": "100"}
LISTED = {kind: kind for kind in (USERS, ROLES, INVITATIONS, SERVICE_ACCOUNTS, WEBHOOKS)}
MAX_WEBHOOKS = 10  # of each process at a time; an instance can have 100
# A name that never resolves (RFC 6761, 6.4), so nothing is delivered.
WEBHOOK_URL = "https://fuzz.invalid/"


def create_keeper(administrator: Client) -> Account:
    """Create the keeper.

    Raises:
        FuzzError: the token is not that of an administrator.
    """
    members = make_account()
    body = {**members, "roles": [ADMIN]}
    created = administrator.require("POST", "/api/users", body=body)
    return Account(created["id"], **members)


class Keeper:
    """Creates accounts and roles, and notes them in the ledger."""

    def __init__(self, url: str, account: Account, ledger: Ledger) -> None:
        self.client = AccountClient(url, account)
        self.ledger = ledger
        self.webhooks: list[str] = []

    def create_account(self, *roles: str) -> Account:
        """Create an account that can log in."""
        members = make_account()
        created = self._create_user({**members, "roles": [*roles]} if roles else members)
        self.ledger.add(CALLERS, created["id"])
        return Account(created["id"], **members)

    def create_target(self) -> str:
        """Create an account without a password, which is cheap, and return its id."""
        members = make_account()
        del members["password"]
        return str(self._create_user(members)["id"])

    def _create_user(self, body: dict[str, Any]) -> Any:
        created = self.client.require("POST", "/api/users", body=body)
        self.ledger.add(USERS, created["id"])
        return created

    def change_role(self, name: str, *permissions: str) -> None:
        self.client.require("PATCH", f"/api/roles/{name}", body={"permissions": [*permissions]})

    def create_role(self, *permissions: str) -> str:
        name = make_account()["username"]
        body = {"name": name, "description": "Of a fuzzing run", "permissions": [*permissions]}
        self.client.require("POST", "/api/roles", body=body)
        self.ledger.add(ROLES, name)
        return name

    def create_invitation(self) -> str:
        body = {"email": make_account()["email"]}
        created = self.client.require("POST", "/api/invitations", body=body)
        self.ledger.add(INVITATIONS, created["id"])
        return str(created["id"])

    def create_service_account(self, *roles: str) -> str:
        body = {"name": make_account()["username"], "roles": [*roles]}
        created = self.client.require("POST", "/api/service-accounts", body=body)
        self.ledger.add(SERVICE_ACCOUNTS, created["id"])
        return str(created["id"])

    def create_webhook(self) -> str:
        body = {"url": WEBHOOK_URL, "events": ["user.purged"]}
        created = self.client.require("POST", "/api/webhooks", body=body)
        self._keep_webhook(created["id"])
        return str(created["id"])

    def _keep_webhook(self, webhook: str) -> None:
        """Add a webhook to the ledger, and delete the oldest if there are too many."""
        self.ledger.add(WEBHOOKS, webhook)
        self.webhooks.append(webhook)
        if len(self.webhooks) > MAX_WEBHOOKS:
            self._delete(f"/api/webhooks/{self.webhooks.pop(0)}")

    def find_event(self) -> str:
        page = self.client.require("GET", "/api/audit-events", query={"limit": "1"})
        return str(page["items"][0]["id"])

    def note(self, location: str) -> None:
        """Add what a response has created to the ledger."""
        collection, _, name = urlsplit(location).path.rpartition("/")
        kind = LISTED.get(collection.rpartition("/")[2])
        if kind == WEBHOOKS:
            self._keep_webhook(name)
        elif kind:
            self.ledger.add(kind, name)

    def clean_up(self) -> list[str]:
        """Delete what the run has created, and return what could not be deleted."""
        left = []
        for invitation in self.ledger.list_all(INVITATIONS):
            left += self._delete(f"/api/invitations/{invitation}", gone=(NOT_FOUND, CONFLICT))
        for kind in (WEBHOOKS, SERVICE_ACCOUNTS):  # with their deliveries, credentials and keys
            for name in self.ledger.list_all(kind):
                left += self._delete(f"/api/{kind}/{name}")
        for user in dict.fromkeys([*self.ledger.list_all(USERS), *self._find_imported()]):
            left += self._delete(f"/api/users/{user}")
        for role in self.ledger.list_all(ROLES):
            left += self._delete_role(role)
        return left

    def _find_imported(self) -> list[str]:
        """Return the accounts that imports have created, which their responses do not name."""
        found: list[str] = []
        importers = [*self.ledger.list_all(CALLERS), *self.ledger.list_all(SERVICE_ACCOUNTS)]
        for importer in importers:
            query = {**PAGE, "actor": importer, "action": "user.created"}
            while page := self.client.require("GET", "/api/audit-events", query=query):
                found += [event["subject_id"] for event in page["items"]]
                if page["next"] is None:
                    break
                query["cursor"] = page["next"]
        return found

    def _delete(self, path: str, *, gone: Container[int] = (NOT_FOUND,)) -> list[str]:
        response = self.client.send("DELETE", path)
        is_gone = response.ok or response.status_code in gone
        return [] if is_gone else [f"{path}: {describe(response)}"]

    def _delete_role(self, name: str) -> list[str]:
        """Delete a role; users have it even after they were deleted, since they can be restored."""
        path = f"/api/roles/{name}"
        response = self.client.send("DELETE", path)
        if response.status_code == CONFLICT:
            query = {**PAGE, "role": name, "deleted": "true"}
            holders = self.client.require("GET", "/api/users", query=query)["items"]
            for holder in holders:
                self._withdraw(holder["id"], name)
        return self._delete(path)

    def _withdraw(self, user: str, role: str) -> None:
        path = f"/api/users/{user}"
        self.client.send("POST", f"{path}/restore")
        self.client.send("DELETE", f"{path}/roles/{role}")
        self.client.send("DELETE", path)


def delete_keeper(administrator: Client, keeper: Account) -> list[str]:
    """Delete the keeper; it deletes itself if the token of the administrator has run out."""
    response = administrator.send("DELETE", f"/api/users/{keeper.id}")
    if not response.ok:
        with suppress(FuzzError, requests.RequestException):
            response = AccountClient(administrator.url, keeper).send("DELETE", "/api/me")
    return [] if response.ok else [f"{keeper.username}: {describe(response)}"]
