"""Waiting until a worker listens. Granian reports when it has started its processes, not that."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

POLL_SECONDS = 0.05
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  the service may listen on it


def call_when_listening(host: str, port: int, call: Callable[[], None]) -> None:
    """Call the function in a thread, as soon as a connection to the port succeeds."""
    address = (ANY_ADDRESS.get(host, host), port)
    Thread(target=_wait_and_call, args=(address, call), name="readiness", daemon=True).start()


def _wait_and_call(address: tuple[str, int], call: Callable[[], None]) -> None:
    while not _is_listening(address):
        time.sleep(POLL_SECONDS)
    call()


def _is_listening(address: tuple[str, int]) -> bool:
    with suppress(OSError), socket.create_connection(address, timeout=1):
        return True
    return False
