"""Existing ids for the paths of the operations."""

from functools import cached_property
from itertools import count
from typing import Any
from uuid import UUID

from api.core.database import db, transaction
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.service_accounts.models import ClientCredential
from api.webhooks import replay, service
from api.webhooks.models import Webhook
from tests.api_keys.support import save_key, save_service_account
from tests.hostile.contract import Operation
from tests.hostile.wire import Wire
from tests.support import LocalService, Person

WEBHOOK = {"url": "https://receiver.invalid/", "events": ["user.purged"]}

numbers = count(1)


class Targets:
    """Creates what an operation is about, in the database or as the administrator."""

    def __init__(self, local_service: LocalService, root: Wire) -> None:
        self.local_service = local_service
        self.root = root
        self.webhook_id: UUID | None = None

    def find_ids(
        self, one: Operation, person: Person, account_id: str | None = None
    ) -> dict[str, str]:
        """Return ids for the path of an operation on a user, a service account or others."""
        ids = {"user_id": person.id, "session_id": person.session_id, "message_id": str(new_id())}
        makers = {
            "event_id": lambda: self.event_id,
            "name": self._create_role,
            "invitation_id": self._invite,
            "account_id": lambda: account_id or self._save_account(),
            "webhook_id": self._find_webhook,
        }
        for name in one.ids:
            if name in makers:
                ids[name] = makers[name]()
        if "credential_id" in one.ids:
            ids["credential_id"] = self._save_credential(ids["account_id"])
        if "key_id" in one.ids:
            ids["key_id"] = self._save_key(one, ids)
        if "delivery_id" in one.ids:
            ids["delivery_id"] = self._save_delivery()
        return {name: ids[name] for name in one.ids}

    @cached_property
    def event_id(self) -> str:
        assert self.root.patch("/api/me", {"display_name": "Root"}).status == 200  # an event
        return self.root.get("/api/audit-events?limit=1").json["items"][0]["id"]

    def _create_role(self) -> str:
        name = f"role-{next(numbers)}"
        body = {"name": name, "description": "Nothing.", "permissions": []}
        assert self.root.post("/api/roles", body).status == 201
        return name

    def _invite(self) -> str:
        return self.local_service.invite(f"invited-{next(numbers)}@example.org")

    def _save_account(self) -> str:
        return str(save_service_account(self.local_service.app, f"Target {next(numbers)}"))

    def _save_credential(self, account_id: str) -> str:
        values = {"service_account_id": UUID(account_id), "kind": "public_key", "name": "key"}
        with self.local_service.app.app_context(), transaction():
            credential = ClientCredential(**values, public_key={})
            db.session.add(credential)
            db.session.flush()
            return str(credential.id)

    def _save_key(self, one: Operation, ids: dict[str, str]) -> str:
        owner: dict[str, Any] = {"user_id": UUID(ids["user_id"])}
        if "account_id" in one.ids:
            owner = {"service_account_id": UUID(ids["account_id"])}
        return str(save_key(self.local_service.app, **owner)[0])

    def _find_webhook(self) -> str:
        """Return the webhook that all share, or another one if it was deleted: 100 can exist."""
        with self.local_service.app.app_context(), transaction():
            if not (self.webhook_id and db.session.get(Webhook, self.webhook_id)):
                self.webhook_id = service.create(WEBHOOK, by=OPERATOR).id
            return str(self.webhook_id)

    def _save_delivery(self) -> str:
        with self.local_service.app.app_context(), transaction():
            return str(replay.send_test(self.webhook_id).id)
