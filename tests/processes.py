"""Processes and directories of a test run, which never outlive it."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import randbelow
from tempfile import gettempdir, mkdtemp

PREFIX = "rollbook-tests-"
IN_MEMORY = Path("/dev/shm")
ROOM = 512 * 1024 * 1024  # a container's /dev/shm often has 64 MiB, too little for a database
PATIENCE = 30  # seconds; a service first answers what it has received
PARENT_DEATH_SIGNAL = 1  # prctl(2)


class NotReady(Exception):
    """What was started does not answer; the message holds what it wrote."""


@contextmanager
def workplace() -> Iterator[Path]:
    """Lend a directory, in memory where there is room; remove those of runs that were killed."""
    in_memory = os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM
    root = IN_MEMORY if in_memory else Path(gettempdir())
    for left in root.glob(f"{PREFIX}*-*"):
        if not _alive(int(left.name.removeprefix(PREFIX).partition("-")[0])):
            shutil.rmtree(left, ignore_errors=True)
    place = Path(mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=root))
    place.chmod(0o711)  # a database server started for root runs as someone else
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def free_port() -> int:
    """Find a port below those that the system gives to outgoing connections."""
    while True:
        port = 20000 + randbelow(12000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


def start(command: list[str], log: Path, **options: object) -> subprocess.Popen[bytes]:
    """Start a process that writes to the log and ends when the tests do, even by a kill."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the tests, which then stop it in order
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  no thread is about yet
            **options,
        )


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)


def stop(process: subprocess.Popen[bytes], ask: int = signal.SIGTERM) -> None:
    """End a process that we started, and those it started if it does not do so itself."""
    if process.poll() is None:
        process.send_signal(ask)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until(
    ready: Callable[[], bool],
    process: subprocess.Popen[bytes],
    log: Path,
    seconds: int = PATIENCE,
) -> None:
    """Ask until it is ready.

    Raises:
        NotReady: the process has ended, or the time is over.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            state = "does not answer" if process.poll() is None else f"ended ({process.returncode})"
            stop(process)
            raise NotReady(
                f"{process.args[0]} {state}. Its log:\n{log.read_text(errors='replace')}"
            )
        time.sleep(0.05)
