"""Logs why something that the service depends on fails, and not once for each request."""

import logging
from threading import Lock
from time import monotonic

import structlog

INTERVAL_SECONDS = 60.0  # between two lines with the same event and reason
MAX_REASONS = 100

log = structlog.get_logger()

_logged: dict[tuple[str, str], float] = {}
_lock = Lock()


def log_outage(
    event: str, *, reason: str, level: int = logging.WARNING, **members: str | None
) -> None:
    """Log a line, at most once a minute for each event and reason in this process."""
    now = monotonic()
    with _lock:
        if _logged.get((event, reason), -INTERVAL_SECONDS) > now - INTERVAL_SECONDS:
            return
        if len(_logged) >= MAX_REASONS:
            _logged.clear()
        _logged[event, reason] = now
    log.log(level, event, reason=reason, **members)


def forget() -> None:
    """Log each reason again at its next occurrence."""
    with _lock:
        _logged.clear()
