"""The process that starts the workers, replaces those that die, and lets them finish.

It loads the modules of the application once and forks, so that workers share that memory: two of
them take 145 MiB in all (PSS), and 180 where each loads for itself. It makes no application of its
own: connections, threads and counters belong to the workers.
"""

import asyncio
import gc
import multiprocessing
import os
import resource
import signal
from collections.abc import Iterator
from importlib import import_module
from socket import socket
from tempfile import TemporaryDirectory
from typing import Any

import structlog
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.net import SocketHolder  # type: ignore[attr-defined]
from granian.server.mp import MPServer, WorkerProcess
from prometheus_client import values

from api.config import Settings
from api.serving import memory
from api.serving.listeners import CannotStart, close_all, listen
from api.serving.scrape import Figures
from api.serving.worker import LoopPolicy, Worker
from api.web import logging

FRONT = "api.serving.front"
CONNECTIONS = 1024  # per worker; the rest wait in the backlog
BACKLOG = 2048
FILES = 8192
HEADER_MILLISECONDS = 5000  # also what ends an idle connection
BUFFER = 65_536  # bytes of a connection's header, and of its body in flight
DRAIN_SECONDS = 20

log = structlog.get_logger()


class Crew(MPServer):
    """Granian's supervisor, with what it lacks for us."""

    def __init__(self, listeners: list[socket], worker: Worker, **options: Any) -> None:
        super().__init__(**options)
        self.listeners = listeners
        self.next_worker = worker
        ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
        self.on_hangup = signal.SIG_IGN if ignored else self.signal_handler_interrupt

    def _spawn_worker(self, idx: int, **given: Any) -> WorkerProcess:  # type: ignore[override]  # granian's own differ too
        """Have the worker that is about to be forked know its place, and take from its listener."""
        self.next_worker.place = idx
        holder: Any = SocketHolder
        self._shd = holder(self.listeners[idx].fileno(), False, BACKLOG)  # noqa: FBT003  no Unix socket
        return super()._spawn_worker(idx, **given)

    def _init_shared_socket(self) -> None:
        self._sso = None

    def _drop_shared_socket(self) -> None:
        close_all(self.listeners)

    def end_with_terminal(self) -> None:
        """Take a closed terminal for a call to end, unless nohup has us ignore it.

        Granian would replace the workers, one by one, and go on.
        """
        signal.signal(signal.SIGHUP, self.on_hangup)


def supervise(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, and then until what has been received is answered."""
    logging.configure(settings.log_level, settings.log_format, settings.log_file)
    allow_many_files()
    memory.keep_one_heap()
    listeners = listen(settings.host, settings.port, settings.workers)
    with TemporaryDirectory(prefix="rollbook-metrics-") as directory:
        _keep_figures_in(directory)
        figures = open_figures(settings, directory)
        worker = Worker(listeners, DRAIN_SECONDS)
        server = _server(settings, listeners, worker)
        server.on_startup(lambda: _load(settings, worker))
        server.on_startup(server.end_with_terminal)
        if figures:
            os.register_at_fork(after_in_child=figures.socket.close)
            server.on_startup(figures.start)
        server.on_startup(lambda: log.info("serving", port=settings.port, workers=settings.workers))
        server.serve()
    log.info("stopped")


def allow_many_files() -> None:
    """Leave room for the connections: many systems begin with 1024 files a process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < FILES:
        wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _keep_figures_in(directory: str) -> None:
    """Have the workers' counters live in files. The library looks for it when it is imported."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]


def open_figures(settings: Settings, directory: str) -> Figures | None:
    if settings.metrics_port == 0:
        return None
    try:
        return Figures(settings.metrics_host, settings.metrics_port, directory)
    except OSError as error:
        where = f"{settings.metrics_host}:{settings.metrics_port}"
        told = f"METRICS_HOST, METRICS_PORT: cannot listen on {where}: {error.strerror}"
    if settings.production:
        raise CannotStart(told)
    log.warning("no metrics", reason=told)
    return None


def _server(settings: Settings, listeners: list[socket], worker: Worker) -> Crew:
    return Crew(
        listeners,
        worker,
        target=f"{FRONT}:application",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.RSGI,
        loop=Loops.asyncio,  # which asks the policy, and that is uvloop's
        http=HTTPModes.http1,
        websockets=False,
        workers=settings.workers,
        backpressure=CONNECTIONS,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADER_MILLISECONDS, max_buffer_size=BUFFER
        ),
        log_level=LogLevels.warning,
        log_dictconfig=logging.SERVER,
        respawn_failed_workers=True,
        workers_kill_timeout=DRAIN_SECONDS,
    )


def _load(settings: Settings, worker: Worker) -> None:
    """Load what workers are made of, and keep the garbage collector from writing to it."""
    multiprocessing.set_start_method("fork", force=True)
    asyncio.set_event_loop_policy(LoopPolicy())
    os.register_at_fork(after_in_child=worker.begin)
    for module in (FRONT, *_drivers(settings)):
        import_module(module)
    gc.freeze()
    gc.enable()


def _drivers(settings: Settings) -> Iterator[str]:
    """Name what these settings have each worker load anew otherwise: 11 MiB of two workers."""
    if settings.database_url.startswith("postgresql"):
        yield "sqlalchemy.dialects.postgresql.psycopg"
    if settings.redis_url:
        yield "redis"
