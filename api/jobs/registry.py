"""The jobs of one application; ``app.py`` lists them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from flask import Flask, current_app

from api.core.database import in_transaction

EXTENSION = "rollbook.jobs"


@dataclass(frozen=True, kw_only=True)
class Job:
    """Work that is due once per interval. ``run`` commits, and returns how many rows it handled."""

    name: str  # a label of a metric
    interval: timedelta
    run: Callable[[], int]
    description: str


def repeat_in_transactions(handle_batch: Callable[[], int]) -> Callable[[], int]:
    """Return the ``run`` of a job that handles batches, each in a transaction, until none is left.

    ``handle_batch`` returns the number of rows that it handled.
    """
    return partial(_repeat, handle_batch)


def _repeat(handle_batch: Callable[[], int]) -> int:
    handled = 0
    while number := in_transaction(handle_batch):
        handled += number
    return handled


def current_jobs() -> Sequence[Job]:
    """Return the jobs of the current application."""
    jobs: Sequence[Job] = current_app.extensions[EXTENSION]
    return jobs


def find_job(name: str) -> Job | None:
    """Return the job with this name, or None."""
    return next((job for job in current_jobs() if job.name == name), None)


def init_app(app: Flask, jobs: Sequence[Job]) -> None:
    app.extensions[EXTENSION] = jobs
