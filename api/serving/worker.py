"""What makes a worker of a process that the supervisor has just forked, and how it ends."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from socket import socket
from threading import Thread
from typing import TypeVarTuple, Unpack

import uvloop

from api.serving.listeners import close_all

Given = TypeVarTuple("Given")


class Worker:
    """What the supervisor knows of the worker it forks next.

    There is one of ``listeners`` for each worker. For ``drain`` seconds one may go on answering
    after it was asked to end.
    """

    def __init__(self, listeners: Sequence[socket], drain: int) -> None:
        self.listeners = listeners
        self.drain = drain
        self.place = 0  # among the workers, from 0
        self.supervisor = os.getpid()
        self.lifeline, self.held_by_supervisor = os.pipe()

    def begin(self) -> None:
        """Keep what is one's own of the supervisor's, keep to a core, end with the supervisor.

        Until granian sets its handlers, those of the supervisor would take a worker's SIGTERM for
        themselves.
        """
        if os.getppid() != self.supervisor:  # a worker forks something of its own
            return
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it is for the supervisor, who passes it on
        os.close(self.held_by_supervisor)
        close_all(each for each in self.listeners if each is not self.listeners[self.place])
        Thread(target=self._end_with_supervisor, daemon=True).start()
        cores = sorted(os.sched_getaffinity(0))
        if len(self.listeners) >= len(cores):
            self._keep_to(cores[self.place % len(cores)])

    def _keep_to(self, core: int) -> None:
        """Run the threads of a worker where they wake each other at no cost.

        The interpreter lets one of them run at a time, so a second core gives them nothing, and
        each change between cores takes longer than what is done meanwhile: ``GET /api/me`` has
        25 % more answers a second so, and up to 60 on a busy machine. With fewer workers than
        cores the system chooses better.
        """
        with suppress(OSError):  # the core may have been taken away since
            os.sched_setaffinity(0, {core})

    def _end_with_supervisor(self) -> None:
        """Wait until nobody holds the other end: then the supervisor is gone, however it ended.

        The alarm is the system's, so it ends a worker in any state.
        """
        os.read(self.lifeline, 1)
        signal.setitimer(signal.ITIMER_REAL, self.drain)
        os.kill(os.getpid(), signal.SIGTERM)


class Loop(uvloop.Loop):
    """An event loop that hears the first call to end, and no other.

    Granian's worker stands still for good when it is called a second time while it still answers:
    Ctrl+C twice does that, and systemd, which asks every process of a service to end.
    """

    ending = False

    def add_signal_handler(
        self, sig: int, callback: Callable[[Unpack[Given]], object], *args: *Given
    ) -> None:
        super().add_signal_handler(sig, self._once, partial(callback, *args))

    def _once(self, end: Callable[[], object]) -> None:
        if not self.ending:
            self.ending = True
            end()


class LoopPolicy(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self) -> Loop:
        return Loop()
