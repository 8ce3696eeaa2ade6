"""Waiting until a worker listens. Granian reports when it has started its processes, not that."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from threading import Thread

POLL_SECONDS = 0.05
LOOPBACK = {4: "127.0.0.1", 6: "::1"}


def call_when_listening(host: str, port: int, call: Callable[[], None]) -> None:
    """Call the function in a thread, as soon as a connection to the port succeeds."""
    address = (_find_reachable(host), port)
    Thread(target=_wait_and_call, args=(address, call), name="readiness", daemon=True).start()


def _find_reachable(host: str) -> str:
    """Return an IP address at which a service that listens on the host answers."""
    address = ip_address(host)
    return LOOPBACK[address.version] if address.is_unspecified else host


def _wait_and_call(address: tuple[str, int], call: Callable[[], None]) -> None:
    while not _is_listening(address):
        time.sleep(POLL_SECONDS)
    call()


def _is_listening(address: tuple[str, int]) -> bool:
    with suppress(OSError), socket.create_connection(address, timeout=1):
        return True
    return False
