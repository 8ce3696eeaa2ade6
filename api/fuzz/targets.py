"""The accounts, sessions and roles that requests are about."""

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

from api.fuzz.client import AccountClient
from api.fuzz.contract import Operation
from api.fuzz.keeper import WEBHOOK_URL, Keeper
from api.fuzz.ledger import INVITATIONS, ROLES, SERVICE_ACCOUNTS, USERS, WEBHOOKS
from api.fuzz.programs import CHILDREN, Child

UNKNOWN = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"
UNKNOWN_ROLE = "fuzz-unknown"
ORIGIN = re.compile("(?i:https?)://[^/?#]*/?")  # of every URL that a webhook can have
SAFE = {"GET", "HEAD", "OPTIONS"}
KINDS = {
    "user_id": USERS,
    "name": ROLES,
    "invitation_id": INVITATIONS,
    "account_id": SERVICE_ACCOUNTS,
    "webhook_id": WEBHOOKS,
}

Ids = dict[str, object]


class Targets:
    """Replaces ids in requests, so that they change only what the run has created.

    Examples of ids and half of the generated ids become those of existing targets. The others stay
    random in a request that only reads, and become an id that does not exist in one that changes
    something.
    """

    def __init__(self, keeper: Keeper, placeholders: AbstractSet[object]) -> None:
        self.keeper = keeper
        self.placeholders = placeholders
        self.present: dict[str, str] = {}
        self.last_deleted = ""
        self.session: AccountClient | None = None
        self.makers: dict[str, Callable[[], str]] = {
            "user_id": keeper.create_target,
            "name": keeper.create_role,
            "invitation_id": keeper.create_invitation,
            "event_id": keeper.find_event,
            "account_id": keeper.create_service_account,
            "webhook_id": keeper.create_webhook,
        }
        self.present_children: dict[tuple[str, str], Child] = {}

    def protect(
        self, operation: Operation, method: str, ids: Ids, oneself: AccountClient | None
    ) -> None:
        """Replace the ids of a request where they must be, or where it helps to be accepted."""
        if "session_id" in ids and self._is_replaced(ids["session_id"]):
            ids |= self._find_session(operation, oneself)
            return
        if oneself and "user_id" in ids and self._is_replaced(ids["user_id"]):
            ids["user_id"] = oneself.account.id
            return
        for names in CHILDREN:
            if set(names) <= ids.keys() and self._is_replaced(ids[names[1]]):
                child = self._find_child(names)
                ids |= dict(zip(names, (child.parent, child.id), strict=True))
                return
        for name, value in ids.items():
            if name in self.makers and not self._is_created(name, value):
                ids[name] = self._replace(operation, method, name, value)

    def _is_created(self, name: str, value: object) -> bool:
        return name in KINDS and self.keeper.ledger.has(KINDS[name], value)

    def _replace(self, operation: Operation, method: str, name: str, value: object) -> object:
        if self._is_replaced(value):
            if operation.id == "restore_user" and self.last_deleted:
                return self.last_deleted
            return self._find(name)
        if method in SAFE or not _is_id(name, value):
            return value
        return UNKNOWN_ROLE if name == "name" else UNKNOWN

    def _is_replaced(self, value: object) -> bool:
        """Return whether the value is an example, or of the half that becomes an existing id."""
        if value in self.placeholders:
            return True
        return isinstance(value, str) and sum(value.encode(errors="replace")) % 2 == 0

    def _find(self, name: str) -> str:
        if name not in self.present:
            self.present[name] = self.makers[name]()
        return self.present[name]

    def _find_child(self, names: tuple[str, str]) -> Child:
        if names not in self.present_children:
            self.present_children[names] = CHILDREN[names](self.keeper)
        return self.present_children[names]

    def _find_session(self, operation: Operation, oneself: AccountClient | None) -> Ids:
        """Return a session of the caller, or of another account of the run."""
        owner = oneself or self.session
        if owner is None:
            account = self.keeper.create_account()
            owner = self.session = AccountClient(self.keeper.client.url, account)
        if owner is not oneself:
            owner.log_in()
        ids: Ids = {"session_id": owner.session_id, "user_id": owner.account.id}
        return {name: value for name, value in ids.items() if name in operation.ids}

    def forget(self, ids: Ids) -> None:
        """Take others from now on, since these do not exist any more."""
        for name, value in list(self.present.items()):
            if value in ids.values():
                del self.present[name]
        for names, child in list(self.present_children.items()):
            if {child.parent, child.id} & set(ids.values()):
                del self.present_children[names]
        if self.session and self.session.account.id in ids.values():
            self.session = None


def avoid_deliveries(body: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a webhook with a host to which nothing is delivered."""
    url = body.get("url")
    if not isinstance(url, str):
        return body
    return {**body, "url": ORIGIN.sub(lambda _: WEBHOOK_URL, url)}


def _is_id(name: str, value: object) -> bool:
    """Return whether the service could take the value for an id that exists."""
    if name == "name":
        return True
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True
