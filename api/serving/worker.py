"""What makes a worker of a process that the supervisor has just forked."""

import os
import signal
from contextlib import suppress
from threading import Thread
from time import sleep

ASKED_AGAIN_EVERY = 1.0  # seconds


class Worker:
    """What the supervisor knows of the worker it forks next.

    ``cores`` are those the service may use, ``workers`` says how many of them it starts, and
    ``drain`` for how many seconds one may go on answering after it was asked to end.
    """

    def __init__(self, cores: list[int], workers: int, drain: int) -> None:
        self.cores = cores
        self.workers = workers
        self.drain = drain
        self.place = 0  # among the workers, from 0
        self.supervisor = os.getpid()
        self.lifeline, self.held_by_supervisor = os.pipe()

    def begin(self) -> None:
        """Listen to signals as a process of its own, keep to a core, end with the supervisor.

        Until granian sets its handlers, those of the supervisor would take a worker's SIGTERM for
        themselves.
        """
        if os.getppid() != self.supervisor:  # a worker forks something of its own
            return
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.close(self.held_by_supervisor)
        Thread(target=self._end_with_supervisor, daemon=True).start()
        if self.workers >= len(self.cores):
            self._keep_to_a_core()

    def _keep_to_a_core(self) -> None:
        """Run the threads of a worker where they wake each other at no cost.

        The interpreter lets one of them run at a time, so a second core gives them nothing, and
        each change between cores takes longer than what is done meanwhile: ``GET /api/me`` has
        25 % more answers a second so, and up to 60 on a busy machine. With fewer workers than
        cores the system chooses better.
        """
        with suppress(OSError):  # the core may have been taken away since
            os.sched_setaffinity(0, {self.cores[self.place % len(self.cores)]})

    def _end_with_supervisor(self) -> None:
        """Wait until nobody holds the other end: then the supervisor is gone, however it ended."""
        os.read(self.lifeline, 1)
        for _ in range(self.drain):  # one may be lost while granian starts, so it is repeated
            os.kill(os.getpid(), signal.SIGTERM)
            sleep(ASKED_AGAIN_EVERY)
        os._exit(1)
