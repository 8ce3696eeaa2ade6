"""Metrics of a state that no request changes: a thread of each worker reads them now and then."""

import time
from threading import Thread

from flask import Flask
from prometheus_client import Gauge
from sqlalchemy import Engine, QueuePool
from sqlalchemy.exc import SQLAlchemyError

from api.core.database import db, engine_for_reads
from api.core.errors import DatabaseUnavailable
from api.health import tasks
from api.health.tasks import Task
from api.keys import service as keys
from api.web.metrics import exporter

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
    "When a scheduled task last finished, or 0 if it never has.",
    ("task",),
    registry=exporter.registry,
    multiprocess_mode="livemax",
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
        activated_at, last_runs = keys.find_activation(), tasks.read_last_runs()
    except (DatabaseUnavailable, SQLAlchemyError):
        return
    if activated_at is not None:
        key_activated.set(activated_at.timestamp())
    for task in Task:
        last_run = last_runs.get(task)
        task_finished.labels(task.value).set(last_run.timestamp() if last_run else 0)
