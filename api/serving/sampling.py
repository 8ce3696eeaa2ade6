"""Metrics of a state that no request changes: a thread of each worker reads them now and then."""

import time
from threading import Thread

from flask import Flask
from prometheus_client import Gauge
from sqlalchemy import Engine, QueuePool
from sqlalchemy.exc import SQLAlchemyError

from api.core.database import db, engine_for_reads
from api.core.errors import DatabaseUnavailable
from api.jobs import service as jobs
from api.jobs.registry import current_jobs
from api.jobs.service import NEVER
from api.keys import service as keys
from api.outbox.statistics import read_backlog
from api.web.metrics import exporter
from api.webhooks import statistics as webhooks

INTERVAL_SECONDS = 5
DATABASE_INTERVAL_SECONDS = 60

connections_in_use = Gauge(
    "rollbook_database_connections_in_use",
    "Connections to the database that requests use now.",
    ("pool",),
    registry=exporter.registry,
    multiprocess_mode="livesum",
)
connections_max = Gauge(
    "rollbook_database_connections_max",
    "The maximum number of connections to the database.",
    ("pool",),
    registry=exporter.registry,
    multiprocess_mode="livesum",
)
key_activated = Gauge(
    "rollbook_signing_key_activated_timestamp_seconds",
    "When the key that signs access tokens became active.",
    registry=exporter.registry,
    multiprocess_mode="livemax",
)
task_finished = Gauge(
    "rollbook_task_finished_timestamp_seconds",
    "When a job last finished, or 0 if it never has.",
    ("task",),
    registry=exporter.registry,
    multiprocess_mode="livemax",
)
task_failures = Gauge(
    "rollbook_task_failures",
    "How often a job has failed since it last finished.",
    ("task",),
    registry=exporter.registry,
    multiprocess_mode="livemax",
)
outbox_messages = Gauge(
    "rollbook_outbox_messages",
    "Messages that wait for their delivery, or were given up.",
    ("state",),
    registry=exporter.registry,
    multiprocess_mode="livemostrecent",
)
outbox_oldest = Gauge(
    "rollbook_outbox_oldest_seconds",
    "The age of the oldest message that waits, 0 if there is none.",
    registry=exporter.registry,
    multiprocess_mode="livemostrecent",
)
outbox_overdue = Gauge(
    "rollbook_outbox_overdue_seconds",
    "How long a message has been due that no worker has claimed, 0 if there is none.",
    registry=exporter.registry,
    multiprocess_mode="livemostrecent",
)
webhook_deliveries = Gauge(
    "rollbook_webhook_deliveries_pending",
    "Deliveries to enabled webhooks that wait.",
    registry=exporter.registry,
    multiprocess_mode="livemostrecent",
)
webhook_oldest = Gauge(
    "rollbook_webhook_oldest_seconds",
    "The age of the oldest delivery that waits, 0 if there is none.",
    registry=exporter.registry,
    multiprocess_mode="livemostrecent",
)
webhook_overdue = Gauge(
    "rollbook_webhook_overdue_seconds",
    "How long a delivery has been due to a webhook that accepts events, 0 if there is none.",
    registry=exporter.registry,
    multiprocess_mode="livemostrecent",
)
webhooks_disabled = Gauge(
    "rollbook_webhooks_disabled",
    "Webhooks that were disabled because their receivers accepted nothing.",
    registry=exporter.registry,
    multiprocess_mode="livemostrecent",
)


def start(application: Flask) -> None:
    Thread(target=_sample_forever, args=(application,), name="sampling", daemon=True).start()


def _sample_forever(application: Flask) -> None:
    next_reading = time.monotonic()
    while True:
        with application.app_context():
            sample_pools()
            if time.monotonic() >= next_reading:
                next_reading += DATABASE_INTERVAL_SECONDS
                sample_database()
        time.sleep(INTERVAL_SECONDS)


def sample_pools() -> None:
    """Set the gauges of the connections of this process."""
    _sample_pool("writes", db.engine)
    if reads := engine_for_reads():
        _sample_pool("reads", reads)


def _sample_pool(name: str, engine: Engine) -> None:
    if isinstance(engine.pool, QueuePool):
        connections_in_use.labels(name).set(engine.pool.checkedout())
        connections_max.labels(name).set(engine.pool.size())


def sample_database() -> None:
    """Set the gauges that are read from the database; they stay while it does not answer."""
    try:
        activated_at, last_runs = keys.find_activation(), jobs.read_last_runs()
        backlog = read_backlog()
        webhook_backlog = webhooks.read_backlog()
    except (DatabaseUnavailable, SQLAlchemyError):
        return
    if activated_at is not None:
        key_activated.set(activated_at.timestamp())
    outbox_messages.labels("pending").set(backlog.pending)
    outbox_messages.labels("dead").set(backlog.dead)
    outbox_oldest.set(backlog.oldest_seconds)
    outbox_overdue.set(backlog.overdue_seconds)
    _set_webhook_gauges(webhook_backlog)
    for job in current_jobs():
        last = last_runs.get(job.name, NEVER)
        task_finished.labels(job.name).set(last.finished_at.timestamp() if last.finished_at else 0)
        task_failures.labels(job.name).set(last.failures)


def _set_webhook_gauges(backlog: webhooks.Backlog) -> None:
    webhook_deliveries.set(backlog.pending)
    webhook_oldest.set(backlog.oldest_seconds)
    webhook_overdue.set(backlog.overdue_seconds)
    webhooks_disabled.set(backlog.disabled)
