"""Finds out whether this machine can listen on a port."""

import socket


def bind_port(host: str, port: int) -> int:
    """Bind the port for a moment, and return its number; for 0 that is a free one.

    Raises:
        OSError: another process listens on it, or the host is none of this machine, for example.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        bound: int = probe.getsockname()[1]
        return bound
