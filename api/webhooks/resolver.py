"""Finds the addresses of a host, and checks all of them."""

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread

from api.webhooks.addresses import IpNetwork, is_allowed_address, is_inside
from api.webhooks.send_errors import SendError

# Returns the addresses of a host; raises OSError if there are none.
Resolver = Callable[[str], Sequence[str]]


def resolve_by_system(host: str) -> list[str]:
    """Return the addresses of a host, as the system resolves its name."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def find_addresses(
    host: str,
    resolve: Resolver,
    *,
    timeout_seconds: float,
    private_networks: Sequence[IpNetwork],
    only_private: bool,
) -> Sequence[str]:
    """Return the addresses of a host.

    If one of them is not allowed, none is used: a name that leads into a private network and out of
    it is an attack, or an error.

    Raises:
        SendError: the name cannot be resolved in time, or an address is not allowed.
    """
    addresses = _resolve_in_time(host, resolve, timeout_seconds)
    for address in addresses:
        if not is_allowed_address(address, private_networks):
            # Without the IP address: who reads the log could learn those of internal hosts.
            raise SendError("the host has an IP address that is not public")
        if only_private and not is_inside(address, private_networks):
            raise SendError("http is allowed inside WEBHOOK_PRIVATE_NETWORKS alone")
    return addresses


def _resolve_in_time(host: str, resolve: Resolver, timeout_seconds: float) -> Sequence[str]:
    """Resolve a name in a thread: the function of the system has no timeout."""
    found: SimpleQueue[Sequence[str]] = SimpleQueue()
    Thread(target=_resolve, args=(host, resolve, found), daemon=True).start()
    try:
        addresses = found.get(timeout=timeout_seconds)
    except Empty:
        raise SendError("the name of the host was not resolved in time") from None
    if not addresses:
        raise SendError("the name of the host cannot be resolved")
    return addresses


def _resolve(host: str, resolve: Resolver, found: SimpleQueue[Sequence[str]]) -> None:
    addresses: Sequence[str] = ()
    with suppress(OSError, UnicodeError):  # UnicodeError: a label is empty, or too long
        addresses = resolve(host)
    found.put(addresses)
