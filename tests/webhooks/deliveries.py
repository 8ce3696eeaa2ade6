"""Fixtures of tests that deliver to receivers on this machine."""

import time
from threading import Event as Stop

import pytest
from sqlalchemy import select, text, update

from api.core import clock
from api.core.database import db, in_transaction
from api.core.events import Event, emit
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.webhooks import delivery
from api.webhooks.addresses import parse_networks
from api.webhooks.lanes import Lane
from api.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery
from api.webhooks.signing_secrets import encrypt_secret, make_secret
from api.webhooks.transport import Network
from tests.webhooks.receiver import LOOPBACK

SECRET = make_secret()
TIMEOUT_SECONDS = 1.2  # more than what counts as slow

WAITING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


def change_webhook(webhook_id, **values):
    """Change columns of a webhook, without the rules of the service."""
    statement = update(Webhook).where(Webhook.id == webhook_id).values(values)
    in_transaction(lambda: db.session.execute(statement))


def wait_for_a_lock():
    """Wait until a transaction waits for another one."""
    ends_at = time.monotonic() + 30
    while not in_transaction(lambda: db.session.scalar(text(WAITING))):
        assert time.monotonic() < ends_at
        time.sleep(0.01)


@pytest.fixture
def network(app, monkeypatch):
    """Let this application deliver to this machine, with a short timeout."""
    network = Network(private_networks=parse_networks([LOOPBACK]), timeout_seconds=TIMEOUT_SECONDS)
    monkeypatch.setitem(app.extensions, delivery.EXTENSION, network)
    return network


@pytest.fixture
def subscribe(network, context):
    """Store a webhook to a receiver, and return its id."""

    def subscribe_receiver(receiver, secret=SECRET, **columns):
        webhook_id = new_id()
        columns = {"events": ["*"], "secret": encrypt_secret(secret, webhook_id), **columns}
        webhook = Webhook(id=webhook_id, url=receiver.url, **columns)
        in_transaction(lambda: db.session.add(webhook))
        return webhook_id

    return subscribe_receiver


@pytest.fixture
def happen(context):
    """Emit an event about an account, in a transaction of its own."""

    def emit_event(subject=None, event=Event.USER_CREATED, **details):
        subject = subject or new_id()
        in_transaction(lambda: emit(event, subject=subject, by=OPERATOR, **details))
        return subject

    return emit_event


@pytest.fixture
def deliver(context):
    """Deliver all that is due, as the threads of a worker do."""

    def deliver_due():
        for slow in (False, True):
            lane = Lane(slow=slow, stop=Stop())
            while lane.deliver_next():
                pass

    return deliver_due


@pytest.fixture
def read_deliveries(context):
    def read():
        rows = select(WebhookDelivery).order_by(WebhookDelivery.created_at)
        found = db.session.scalars(rows, execution_options={"populate_existing": True}).all()
        db.session.commit()
        return found

    return read


@pytest.fixture
def read_delivery(read_deliveries):
    def read():
        [delivery] = read_deliveries()
        return delivery

    return read


@pytest.fixture
def read_attempts(context):
    def read():
        return db.session.scalars(select(WebhookAttempt).order_by(WebhookAttempt.at)).all()

    return read


@pytest.fixture
def read_webhook(context):
    def read(webhook_id):
        found = db.session.get_one(Webhook, webhook_id, populate_existing=True)
        db.session.commit()
        return found

    return read


@pytest.fixture
def make_due(context):
    """Let all delays and pauses end."""

    def change():
        past = clock.now()
        db.session.execute(update(WebhookDelivery).values(next_attempt_at=past))
        db.session.execute(update(Webhook).values(paused_until=None))

    return lambda: in_transaction(change)
