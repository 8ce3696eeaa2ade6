"""How to make a request that succeeds, for each operation of the contract."""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from api.fuzz.client import AccountClient, make_account
from api.fuzz.contract import Node, Operation, find_body_example
from api.fuzz.keeper import ADMIN, WEBHOOK_URL, Keeper
from api.fuzz.programs import CHILDREN, PARENTS, create_own_key, create_secret, make_token_form
from api.web.fields import EXAMPLE_MESSAGE_ID

if TYPE_CHECKING:
    from collections.abc import Callable

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
NEW_PASSWORD = "another 7 horses, battery"  # noqa: S105  of accounts that are deleted at once
GIVEN = ("roles", "permissions", "scopes")  # only a caller who has them can give them
OWN_NAMES = ("username", "email", "name")


@dataclass
class Request:
    """A request that can be sent."""

    method: str
    path: str
    body: Any = None
    media_type: str = ""
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def serialize(self) -> tuple[bytes | None, dict[str, str]]:
        """Return the bytes of the body, and the headers."""
        if self.body is None:
            return None, self.headers
        data = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return data.encode(), {"Content-Type": self.media_type, **self.headers}


class Recipes:
    """Makes requests about accounts and roles that exist and that the run has created."""

    def __init__(self, document: Node, keeper: Keeper) -> None:
        self.document = document
        self.keeper = keeper

    def make(self, operation: Operation, caller: AccountClient) -> Request:
        """Return a request that succeeds if the caller may send it."""
        path = operation.path
        for name, value in self._make_ids(operation, caller).items():
            path = path.replace(f"{{{name}}}", value)
        media_type, body = self._make_body(operation, caller)
        return Request(operation.method, path, body, media_type)

    def _make_ids(self, operation: Operation, caller: AccountClient) -> dict[str, str]:
        if "session_id" in operation.ids:
            return self._make_session_ids(operation, caller)
        ids: dict[str, str] = {}
        if operation.path.endswith("{user_id}/sessions"):
            ids["user_id"] = self._log_in_another(caller).account.id
        elif "user_id" in operation.ids:
            ids["user_id"] = self.keeper.create_target()
        makers: dict[str, Callable[[], str]] = {
            "name": self.keeper.create_role,
            "invitation_id": self.keeper.create_invitation,
            "event_id": self.keeper.find_event,
            "message_id": lambda: EXAMPLE_MESSAGE_ID,
        }
        ids |= {name: make() for name, make in makers.items() if name in operation.ids}
        ids |= self._make_program_ids(operation, caller)
        if operation.id == "restore_user":
            self.keeper.client.send("DELETE", f"/api/users/{ids['user_id']}")
        if operation.id == "withdraw_role":
            self.keeper.client.send("PUT", f"/api/users/{ids['user_id']}/roles/{ids['name']}")
        return ids

    def _make_session_ids(self, operation: Operation, caller: AccountClient) -> dict[str, str]:
        if "user_id" in operation.ids:
            owner = self._log_in_another(caller)
        else:
            owner = caller
            owner.log_in()
        return {"session_id": owner.session_id, "user_id": owner.account.id}

    def _log_in_another(self, caller: AccountClient) -> AccountClient:
        other = AccountClient(caller.url, self.keeper.create_account())
        other.log_in()
        return other

    def _make_program_ids(self, operation: Operation, caller: AccountClient) -> dict[str, str]:
        """Return the ids of what belongs to programs: keys, credentials, webhooks."""
        ids = set(operation.ids)
        for parent, child in CHILDREN:
            if {parent, child} <= ids:
                created = CHILDREN[parent, child](self.keeper)
                return {parent: created.parent, child: created.id}
        for end, (parent, make) in PARENTS.items():
            if operation.method == "GET" and operation.path.endswith(end):
                return {parent: make(self.keeper).parent}
        if operation.id == "list_my_api_keys":
            create_own_key(caller)
        if "webhook_id" in ids:
            return {"webhook_id": self.keeper.create_webhook()}
        if "account_id" in ids:
            return {"account_id": self.keeper.create_service_account()}
        return {"key_id": create_own_key(caller).id} if "key_id" in ids else {}

    def _make_body(self, operation: Operation, caller: AccountClient) -> tuple[str, Any]:
        contents = operation.node.get("requestBody", {}).get("content", {})
        if not contents:
            return "", None
        media_type = JSON if JSON in contents else next(iter(contents))
        known = self._known_bodies(operation, caller)
        return media_type, self._make_from_example(operation) if known is None else known

    def _make_from_example(self, operation: Operation) -> Any:
        example = find_body_example(self.document, operation)
        if isinstance(example, list):
            return [self._rename(row) for row in example]
        if not isinstance(example, dict):
            return example
        if FORM in operation.node["requestBody"]["content"]:
            return urlencode(example)
        return self._rename(example)

    def _known_bodies(self, operation: Operation, caller: AccountClient) -> Node | str | None:
        """Return the body of an operation that needs the credentials of an account."""
        if operation.id == "issue_token":
            client = self.keeper.create_service_account(ADMIN)
            return make_token_form(create_secret(self.keeper, client))
        account = caller.account
        bodies: dict[str, Node] = {
            "log_in": account.login,
            "refresh": {"refresh_token": caller.refresh_token},
            "change_my_password": {
                "current_password": account.password,
                "new_password": NEW_PASSWORD,
            },
            "reauthenticate": {"password": account.password},
            "update_role": {"description": "Changed by a fuzzing run"},
            "create_webhook": {"url": WEBHOOK_URL, "events": ["user.purged"]},
        }
        return bodies.get(operation.id)

    def _rename(self, example: Node) -> Node:
        """Return the body with names that no account has."""
        own = make_account()
        own["name"] = own["username"]
        renamed = {name: own[name] for name in OWN_NAMES if name in example}
        given: Node = {name: [] for name in GIVEN if name in example}
        return {**example, **renamed, **given}
