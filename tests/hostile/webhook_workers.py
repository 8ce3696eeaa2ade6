"""Worker processes on a database of their own, and the webhooks that they deliver."""

from uuid import UUID

import orjson
from sqlalchemy import func, select, update

from api.core import clock
from api.core.database import autocommit, db, in_transaction
from api.core.events import Event, emit
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.webhooks import service
from api.webhooks.models import DeliveryState, Webhook, WebhookDelivery
from api.webhooks.signing_secrets import encrypt_secret, make_secret
from tests.hostile.workers import Outbox
from tests.webhooks.receiver import LOOPBACK, Receiver, Request


class WebhookQueue(Outbox):
    """The webhooks of one database, and the workers that deliver to them."""

    def subscribe(self, url: str, *events: str, **columns: object) -> UUID:
        """Store a webhook, and return its id; without events it receives all."""
        webhook_id = new_id()
        with self.app.app_context():
            secret = encrypt_secret(make_secret(), webhook_id)
            webhook = Webhook(
                id=webhook_id, url=url, events=list(events) or ["*"], secret=secret, **columns
            )
            in_transaction(lambda: db.session.add(webhook))
        return webhook_id

    def unsubscribe(self, webhook_id: UUID) -> None:
        with self.app.app_context():
            in_transaction(lambda: service.delete(webhook_id, by=OPERATOR))

    def happen(self, event: Event = Event.USER_CREATED, **details: object) -> str:
        """Commit an event about a new account, and return the id of the account."""
        subject = new_id()
        with self.app.app_context():
            in_transaction(lambda: emit(event, subject=subject, by=OPERATOR, **details))
        return str(subject)

    def count(self, *, state: DeliveryState, webhook_id: UUID | None = None) -> int:
        """Return how many deliveries have this state."""
        chosen = select(func.count()).select_from(WebhookDelivery).filter_by(state=state)
        if webhook_id:
            chosen = chosen.filter_by(webhook_id=webhook_id)
        with self.app.app_context(), autocommit() as connection:
            return connection.scalar(chosen) or 0

    def count_unclaimed(self) -> int:
        """Return how many deliveries no worker has taken yet."""
        chosen = select(func.count()).select_from(WebhookDelivery).filter_by(attempts=0)
        with self.app.app_context(), autocommit() as connection:
            return connection.scalar(chosen) or 0

    def pass_time(self) -> None:
        """Let the claims of killed workers expire, and all delays and pauses end."""
        due = update(WebhookDelivery).filter_by(state=DeliveryState.PENDING)
        due = due.values(next_attempt_at=clock.now())
        options = {"synchronize_session": False}
        with self.app.app_context():
            in_transaction(lambda: db.session.execute(due, execution_options=options))
            rested = update(Webhook).values(paused_until=None)
            in_transaction(lambda: db.session.execute(rested, execution_options=options))


def find_subject(request: Request) -> str:
    """Return the id of the account that an event is about."""
    return str(orjson.loads(request.body)["data"]["subject_id"])


class Arrivals:
    """When each event first arrived at a receiver, by the id of its account."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.first: dict[str, float] = {}
        self._read = 0

    def update(self) -> dict[str, float]:
        new = self.receiver.requests[self._read :]
        self._read += len(new)
        for request in new:
            self.first.setdefault(find_subject(request), request.received_at)
        return self.first


def allow_loopback(settings: dict[str, object]) -> dict[str, object]:
    return {**settings, "webhook_private_networks": LOOPBACK}
