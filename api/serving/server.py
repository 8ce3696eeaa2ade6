"""Granian with the options that follow from the settings.

The parent process creates the application and forks, so that the workers share that memory.
"""

import errno
import gc
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import structlog
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from api import config
from api.config import Settings
from api.core.ports import bind_port
from api.doctor.open_files import check_open_files, count_connections, find_file_limit
from api.serving.errors import CannotStart, PortInUse
from api.serving.readiness import call_when_listening
from api.web import logging

if TYPE_CHECKING:
    from api.serving.metrics_port import MetricsServer

APPLICATION = "api.serving.worker:start_worker"
APPLICATION_WITH_BACKGROUND = "api.serving.worker:start_worker_with_background"
BACKLOG = 2048  # connections
BUFFER_BYTES = 65_536  # of a connection's header, and of its body in flight
DRAIN_SECONDS = 20
SPARE_THREADS = 8  # of a worker, beyond those that wait for a password hash

log = structlog.get_logger()


def run(
    settings: Settings,
    on_ready: Callable[[], None] = lambda: None,
    *,
    wait: bool = False,
    with_worker: bool = False,
) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP, then answer the requests that were received.

    ``on_ready`` is called when the first worker listens.

    Raises:
        CannotStart: a port is taken, LOG_FILE cannot be written, or there is no schema, unless
            ``wait`` is set.
    """
    configure_logging(settings)
    raise_file_limit(settings)
    port = find_port(settings.host, settings.port)
    with TemporaryDirectory(prefix="rollbook-metrics-") as directory:
        # prometheus_client reads it when it is imported, so nothing may import that earlier.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory
        metrics = open_metrics_port(settings, directory)
        check_database(settings, wait=wait)
        multiprocessing.set_start_method("fork", force=True)  # else workers share no memory
        application = APPLICATION_WITH_BACKGROUND if with_worker else APPLICATION
        server = Granian(application, **list_options(settings, port))
        os.register_at_fork(after_in_child=reset_signals)
        server.on_startup(load_application)
        server.on_startup(end_with_terminal)
        if metrics:
            os.register_at_fork(after_in_child=metrics.socket.close)
            server.on_startup(metrics.start)
        server.on_startup(lambda: report_when_ready(settings, port, on_ready))
        server.serve()
    log.info("stopped")


def report_when_ready(settings: Settings, port: int, on_ready: Callable[[], None]) -> None:
    def report() -> None:
        log.info("serving", port=port, workers=settings.workers)
        on_ready()

    call_when_listening(settings.host, port, report)


def configure_logging(settings: Settings) -> None:
    """Configure the log of the parent process, which does not import the application yet.

    Raises:
        CannotStart: LOG_FILE cannot be written.
    """
    try:
        logging.configure(settings.log_level, settings.log_format, settings.log_file)
    except OSError as error:
        raise CannotStart(f"LOG_FILE: cannot be written: {error.strerror}") from None


def raise_file_limit(settings: Settings) -> None:
    """Make room for the connections: many systems start with 1024 files per process.

    Without enough room a worker accepts fewer connections, and the log has a warning.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, find_file_limit()), hard))
    for problem in check_open_files(settings):
        log.warning("files.limited", reason=problem.reason, remedy=problem.remedy)


def find_port(host: str, port: int) -> int:
    """Return the port, or a free one for 0.

    Granian's workers share the port with SO_REUSEPORT, which would also share it with another
    service of the same user. So it is first bound without.

    Raises:
        PortInUse: another process listens on it.
        CannotStart: the host is none of this machine, for example.
    """
    try:
        return bind_port(host, port)
    except OSError as error:
        message = f"HOST, PORT: cannot listen on {host}:{port}: {error.strerror}"
        kind = PortInUse if error.errno == errno.EADDRINUSE else CannotStart
        raise kind(message) from None


def open_metrics_port(settings: Settings, directory: str) -> "MetricsServer | None":
    """Return the server of the metrics, which does not answer yet; None if it is turned off.

    In development the port of the metrics may be taken, so that a second service can be started.

    Raises:
        CannotStart: its port is taken, in production or if METRICS_PORT is set.
    """
    if settings.metrics_port == 0:
        return None
    from api.serving.metrics_port import MetricsServer  # noqa: PLC0415  it imports prometheus_client

    try:
        return MetricsServer(settings.metrics_host, settings.metrics_port, directory)
    except OSError as error:
        address = f"{settings.metrics_host}:{settings.metrics_port}"
        message = f"METRICS_HOST, METRICS_PORT: cannot listen on {address}: {error.strerror}"
    if settings.production or "metrics_port" in settings.model_fields_set:
        raise CannotStart(message)
    log.error("no metrics", reason=f"{message}; set another METRICS_PORT, or 0 for none")
    return None


def check_database(settings: Settings, *, wait: bool) -> None:
    """Check that the database has a schema, unless ``wait`` is set, and log other problems of it.

    Raises:
        CannotStart: it has none, or the database cannot store every name.
    """
    from api.serving.start_check import check_before_start  # noqa: PLC0415  imports SQLAlchemy

    check_before_start(settings, wait=wait)


def list_options(settings: Settings, port: int) -> dict[str, Any]:
    """Return what the settings and the constants above mean to granian."""
    return {
        "factory": True,
        "address": settings.host,
        "port": port,
        "interface": Interfaces.WSGI,
        "http": HTTPModes.http1,
        "websockets": False,
        "workers": settings.workers,
        "blocking_threads": count_threads(settings),
        "backlog": BACKLOG,
        "backpressure": count_connections(settings),
        "http1_settings": HTTP1Settings(
            # Of a header, and of the pause before it: granian has one timeout for both.
            header_read_timeout=settings.keep_alive_seconds * 1000,
            max_buffer_size=BUFFER_BYTES,
        ),
        "log_level": LogLevels.warning,
        "log_dictconfig": logging.SERVER,
        "respawn_failed_workers": True,
        "workers_kill_timeout": DRAIN_SECONDS,
    }


def count_threads(settings: Settings) -> int:
    """Return how many requests a worker handles at once.

    A login holds its thread while it waits for its password hash. With more threads than such
    requests, all others find one.
    """
    return settings.max_hash_calls + SPARE_THREADS


def load_application() -> None:
    """Create the application, which the workers inherit, and keep the collector from writing to it.

    It opens no connection and starts no thread before the first request, so it can be forked.

    Raises:
        SystemExit: it cannot be created. Our log says why, and holds no secrets.
    """
    try:
        for module in ("api.wsgi", "api.serving.worker"):
            import_module(module)
    except config.ConfigError:
        raise
    except Exception:
        log.exception("cannot start")
        sys.exit(1)
    gc.collect()
    gc.freeze()
    gc.enable()


def reset_signals() -> None:
    """Let a signal end a worker that does not handle signals yet.

    A new worker inherits the parent's handlers. They would note the signal for the parent only, and
    the worker would go on until the parent kills it.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def end_with_terminal() -> None:
    """Stop when the terminal closes, unless the service was started with nohup.

    Granian takes SIGHUP for a request to replace the workers.
    """
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
