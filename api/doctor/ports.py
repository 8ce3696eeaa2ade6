"""Checks the addresses on which the service listens."""

import errno
from collections.abc import Iterator

from api.config import Settings
from api.core.ports import bind_port
from api.doctor.problems import Problem


def check_ports(settings: Settings) -> Iterator[Problem]:
    """Report addresses on which the service cannot listen; a port in use may be its own."""
    yield from _check_port("HOST, PORT", settings.host, settings.port)
    if settings.metrics_port:
        yield from _check_port(
            "METRICS_HOST, METRICS_PORT", settings.metrics_host, settings.metrics_port
        )


def _check_port(subject: str, host: str, port: int) -> Iterator[Problem]:
    try:
        bind_port(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason, remedy = f"{host}:{port} is in use", "that is fine if Rollbook itself runs"
            yield Problem(subject, reason, remedy, is_hint=True)
        else:
            reason = f"cannot listen on {host}:{port}: {error.strerror}"
            yield Problem(subject, reason, "use an address of this machine and a permitted port")
