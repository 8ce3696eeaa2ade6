"""What a worker does before granian serves the application in it.

Granian has forked it from the parent process, which has created the application.
"""

import gc
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from threading import Thread
from typing import IO, TYPE_CHECKING, Any

import structlog

from api.background.worker import BackgroundWorker
from api.config import Settings, load
from api.core.database import in_transaction
from api.core.errors import DatabaseUnavailable
from api.keys import service as keys
from api.keys.pairs import PrivateKeyCipher
from api.serving import sampling
from api.serving.server import DRAIN_SECONDS

if TYPE_CHECKING:
    from flask import Flask

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

PARENT_CHECK_SECONDS = 0.5
LOCK_CHECK_SECONDS = 1.0

log = structlog.get_logger()


def start_worker() -> "Flask":
    """Return the application; granian calls this once in each worker."""
    from api.wsgi import application  # noqa: PLC0415  the parent has created it, importing it

    settings = load()
    leave_process_group()
    end_with_parent()
    pin_to_core(settings.workers, Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]))
    remove_settings_from_environment()
    gc.set_threshold(20_000, 20, 50)
    if settings.encryption_key:
        publish_next_key(application, PrivateKeyCipher(settings.encryption_key))
    sampling.start(application)
    return application


def start_worker_with_background() -> Application:
    """Return the application as well, and run the background worker in one of the workers."""
    directory = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    application = start_worker()
    Thread(target=run_background, args=(application, directory), name="background").start()
    return application


def run_background(application: "Flask", directory: Path) -> None:
    """Run the background worker, unless another worker of this service runs it.

    The lock ends with the process that has it; then the next worker gets it.
    """
    stop = threading.Event()
    Thread(target=set_at_end, args=(stop,), daemon=True).start()
    while not stop.is_set():
        lock = _lock(directory / "background.lock")
        if lock is not None:
            held_locks.append(lock)
            BackgroundWorker(application, stop).run()
        stop.wait(LOCK_CHECK_SECONDS)


def set_at_end(stop: threading.Event) -> None:
    """Set the event when this process ends. Python then waits for threads that are no daemons."""
    threading.main_thread().join()
    stop.set()


def publish_next_key(application: "Flask", cipher: PrivateKeyCipher) -> None:
    """Publish a key of SIGNING_ALGORITHM soon, if the setting has changed.

    Without the database the worker starts all the same; the next rotation does it as well. It also
    does so if the present next key was published recently.
    """
    with application.app_context():
        try:
            in_transaction(lambda: keys.publish_next_key(cipher))
        except DatabaseUnavailable:
            log.warning("keys.not_checked", reason="the database does not answer")


def leave_process_group() -> None:
    """Let Ctrl+C and a closed terminal reach the parent alone, which then ends the workers.

    Granian's worker hangs when a second signal arrives while it still answers requests.
    """
    os.setpgid(0, 0)


def end_with_parent() -> None:
    """End this worker soon after its parent has ended, however that happened."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        signal.signal(signal.SIGURG, lambda *_: None)
        arguments = (parent.pid, threading.get_ident())
        Thread(target=_wait_for_end_of, args=arguments, daemon=True).start()


def _wait_for_end_of(parent: int, main_thread: int) -> None:
    """Wait for the end of the parent, and wake the main thread now and then.

    Python handles signals in the main thread, which waits until granian ends. The system may give a
    SIGTERM to another thread, and then the main thread does not wake up to handle it.
    """
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_SECONDS)
        signal.pthread_kill(main_thread, signal.SIGURG)
    signal.setitimer(signal.ITIMER_REAL, DRAIN_SECONDS)  # kills a worker that hangs
    os.kill(os.getpid(), signal.SIGTERM)


def pin_to_core(workers: int, directory: Path) -> None:
    """Keep to one core if there are as many workers as cores (docs/adr/0015).

    A worker that replaces another gets the same core, since the lock ends with its process.
    """
    cores = sorted(os.sched_getaffinity(0))
    if workers < len(cores):
        return
    for place in range(workers):
        lock = _lock(directory / f"worker-{place}.lock")
        if lock is not None:
            os.sched_setaffinity(0, {cores[place % len(cores)]})
            held_locks.append(lock)
            return


held_locks: list[IO[bytes]] = []  # until the process ends


def _lock(file: Path) -> IO[bytes] | None:
    lock = file.open("wb")
    try:
        flock(lock, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def remove_settings_from_environment() -> None:
    """Remove secrets, and what would pass for a header.

    Granian copies the environment of the process into the environ of every request.
    """
    settings = {name.upper() for name in Settings.model_fields}
    for name in list(os.environ):
        if name.removesuffix("_FILE") in settings or name.startswith("HTTP_"):
            del os.environ[name]
