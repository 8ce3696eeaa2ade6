"""The threads of the background worker. Several workers may run, in any number of processes."""

from collections.abc import Callable
from threading import Event, Thread

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from api.core.database_errors import describe
from api.core.errors import DatabaseUnavailable
from api.core.outages import log_outage
from api.jobs.service import run_due_jobs
from api.outbox.delivery import deliver_next
from api.webhooks.lanes import Lane

POLL_SECONDS = 1.0  # when there is nothing to do; polling works behind every pooler
DELIVERY_THREADS = 2  # so that one receiver that does not answer does not hold up all messages
JOBS_END_SECONDS = 5  # for a job that runs when the worker stops; its transaction is rolled back

log = structlog.get_logger()

Work = Callable[[], bool | None]


class BackgroundWorker:
    """Works until ``stop`` is set, and then finishes what is being delivered."""

    def __init__(self, application: Flask, stop: Event) -> None:
        self.application = application
        self.stop = stop

    def run(self) -> None:
        """Work until the worker is stopped."""
        log.info("background.started")
        jobs = self._start("jobs", run_due_jobs, daemon=True)
        deliveries = [
            *self._start_group("delivery", DELIVERY_THREADS, deliver_next),
            *self._start_lane("webhooks", slow=False),
            *self._start_lane("slow-webhooks", slow=True),
        ]
        for thread in deliveries:
            thread.join()
        jobs.join(JOBS_END_SECONDS)
        log.info("background.stopped")

    def _start_lane(self, name: str, *, slow: bool) -> list[Thread]:
        lane = Lane(slow=slow, stop=self.stop)
        return self._start_group(name, lane.threads, lane.deliver_next)

    def _start_group(self, name: str, threads: int, work: Work) -> list[Thread]:
        return [self._start(f"{name}-{number}", work) for number in range(threads)]

    def _start(self, name: str, work: Work, *, daemon: bool = False) -> Thread:
        thread = Thread(target=self._repeat, args=(work,), name=name, daemon=daemon)
        thread.start()
        return thread

    def _repeat(self, work: Work) -> None:
        """Work again at once while there is something to do, and otherwise after a second."""
        while not self.stop.is_set():
            if not self._try(work):
                self.stop.wait(POLL_SECONDS)

    def _try(self, work: Work) -> bool:
        with self.application.app_context():
            try:
                return bool(work())
            except (DatabaseUnavailable, SQLAlchemyError) as error:
                log_outage("background.interrupted", reason=describe(error.__cause__ or error))
            except Exception:
                log.exception("background.crashed")
        return False
