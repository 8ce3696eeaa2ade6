"""The log of a process: our lines and those of libraries and server, one JSON object per event.

A line contains the ids of the request and of its principal. It contains no client IP addresses,
names, paths with their values, queries or headers. Errors inside logging fail no request.
"""

import logging
import sys
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars
from structlog.stdlib import ProcessorFormatter, add_logger_name
from structlog.typing import Processor

from api.core.principal import Principal
from api.web.log_lines import (
    add_header,
    redact,
    render_exceptions,
    render_json,
    render_text,
)
from api.web.log_sink import Sink
from api.web.probe_paths import LIVE, READY

if TYPE_CHECKING:
    from api.web.request_guard import Exchange

Format = Literal["auto", "json", "console"]

# Below WARNING they log what clients sent: SQLAlchemy parameters, Werkzeug the path, Flask-Limiter
# the client's IP address; Alembic lists its plugins. Other libraries log from INFO.
QUIET = ("sqlalchemy", "werkzeug", "flask-limiter", "alembic.runtime.plugins")

PROBES = {LIVE, READY}  # several lines a minute that say nothing

OUR_HANDLERS: dict[str, Any] = {"handlers": [], "propagate": True}
THREADS_WARNING = "Configuration allows spawning up to"  # the number is intended


def is_not_about_threads(record: logging.LogRecord) -> bool:
    """Return whether a record of granian is another one than the warning of many threads."""
    return not str(record.msg).startswith(THREADS_WARNING)


# For granian's ``log_dictconfig``: its loggers have no handlers of their own and use ours.
SERVER: dict[str, Any] = {
    "formatters": {},
    "handlers": {},
    "filters": {"threads": {"()": lambda: is_not_about_threads}},
    "loggers": {
        "_granian": {**OUR_HANDLERS, "filters": ["threads"]},
        "granian.access": OUR_HANDLERS,
    },
}

sink = Sink()
log = structlog.get_logger()
active: dict[str, Any] = {"threshold": logging.INFO, "render": render_json}


def configure(level: str = "INFO", style: Format = "auto", file: Path | str | None = None) -> None:
    """Write every line of this process to standard output and, if it is given, to a file.

    ``auto`` is readable text in a terminal, and JSON otherwise.
    """
    is_readable = style == "console" or (style == "auto" and _is_terminal())
    processors: list[Processor] = [
        render_exceptions,
        redact,
        render_text if is_readable else render_json,
    ]
    threshold = logging.getLevelNamesMapping()[level.upper()]
    sink.open_file(Path(file) if file else None)
    active.update(threshold=threshold, render=processors[-1])
    structlog.configure(
        processors=[merge_contextvars, add_header, *processors],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.BytesLoggerFactory(sink),  # type: ignore[arg-type]
    )
    _route_libraries(max(threshold, logging.INFO), processors)


def _is_terminal() -> bool:
    """Return whether standard output is a terminal; a service may be started without any."""
    return sys.stdout is not None and sys.stdout.isatty()


class LibraryHandler(logging.Handler):
    """Writes what libraries log to the same stream."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record).encode()
        except Exception:  # arguments that do not fit the message
            log.exception("unreadable", logger=record.name)
            return
        sink.write(line + b"\n")
        sink.flush()


def _route_libraries(threshold: int, processors: list[Processor]) -> None:
    handler = LibraryHandler()
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[merge_contextvars, add_logger_name, add_header],
            processors=[ProcessorFormatter.remove_processors_meta, *processors, _decode],
        )
    )
    for logger in (
        logging.root,
        *map(logging.getLogger, list(logging.root.manager.loggerDict)),
    ):
        _remove_stream_handlers(logger)
    logging.root.addHandler(handler)
    logging.root.setLevel(threshold)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))
    logging.captureWarnings(capture=True)


def _remove_stream_handlers(logger: logging.Logger) -> None:
    """Remove handlers that write to the terminal; other handlers (a test's) stay."""
    for handler in list(logger.handlers):
        if type(handler) in {logging.StreamHandler, LibraryHandler}:
            logger.removeHandler(handler)
            logger.propagate = True


def _decode(_logger: object, _method: str, line: Any) -> str:
    return str(line, "utf-8")


def bind_request(request_id: str) -> None:
    """Add the request id to every line, and nothing of an earlier request."""
    clear_contextvars()
    bind_contextvars(request_id=request_id)


def bind_principal(principal: Principal) -> None:
    """Add the caller to every line of this request: its id, what it is, and its credential."""
    credential_id = principal.credential_id
    bind_contextvars(
        actor_id=str(principal.id),
        actor_kind=principal.kind,
        credential_id=credential_id and str(credential_id),
    )


def unbind_request() -> None:
    clear_contextvars()


def log_request(exchange: "Exchange", method: str, status: int, seconds: float) -> None:
    """Write the line of a finished request, of a successful health check only at DEBUG.

    It goes to the sink without the processors, which saves a request 80,000 instructions: its
    values are our own, so nothing has to be redacted.
    """
    is_probe = exchange.route in PROBES and status < HTTPStatus.BAD_REQUEST
    level, name = (logging.DEBUG, "debug") if is_probe else (logging.INFO, "info")
    if active["threshold"] > level:
        return
    event = {
        "event": "request",
        "request_id": exchange.request_id,
        "method": method,
        "route": exchange.route or "unmatched",
        "status": status,
        "duration_ms": round(seconds * 1000, 3),
        **_describe_caller(exchange.principal),
    }
    sink.write(active["render"](None, name, add_header(None, name, event)) + b"\n")
    sink.flush()


def _describe_caller(principal: Principal | None) -> dict[str, Any]:
    if principal is None:
        return {"actor_id": None, "actor_kind": None, "credential_id": None}
    return {
        "actor_id": principal.id,
        "actor_kind": principal.kind,
        "credential_id": principal.credential_id,
    }
