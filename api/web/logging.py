"""One stream of log lines: ours, the libraries' and the server's, one JSON object an event.

A line names its request (``request_id``) and who asked (``actor_id``) by their ids, and nobody by
anything else: client addresses, names, paths with their values, queries and headers are never
written. What goes wrong inside logging stays there: no request fails over its log.
"""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars
from structlog.stdlib import ProcessorFormatter, add_logger_name
from structlog.typing import Processor

from api.web.log_lines import as_json, exceptions, guarded, headed, on_screen
from api.web.log_sink import RotatingFile, Sink

if TYPE_CHECKING:
    from api.web.request_guard import Exchange

Format = Literal["auto", "json", "console"]

# Below warnings they repeat what was sent: SQLAlchemy parameters, Werkzeug the path, Flask-Limiter
# the client's address; Alembic lists its plugins. Every other library speaks from INFO.
QUIET = ("sqlalchemy", "werkzeug", "flask-limiter", "alembic.runtime.plugins")

OURS: dict[str, Any] = {"handlers": [], "propagate": True}

# For granian's ``log_dictconfig``: its loggers have no handlers of their own and use ours.
SERVER: dict[str, Any] = {
    "formatters": {},
    "handlers": {},
    "loggers": dict.fromkeys(("_granian", "granian.access"), OURS),
}

sink = Sink()
log = structlog.get_logger()
in_force: dict[str, Any] = {"threshold": logging.INFO, "render": as_json}


def configure(level: str = "INFO", style: Format = "auto", file: Path | str | None = None) -> None:
    """Send every line of this process to standard output and, where there is one, to the file.

    ``auto`` is for people when they look on (a terminal), and JSON otherwise.
    """
    to_people = style == "console" or (style == "auto" and sys.stdout.isatty())
    rendered: list[Processor] = [
        exceptions,
        guarded,
        on_screen if to_people else as_json,
    ]
    threshold = logging.getLevelNamesMapping()[level.upper()]
    sink.file = RotatingFile(Path(file)) if file else None
    in_force.update(threshold=threshold, render=rendered[-1])
    structlog.configure(
        processors=[merge_contextvars, headed, *rendered],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.BytesLoggerFactory(sink),  # type: ignore[arg-type]
    )
    _adopt_libraries(max(threshold, logging.INFO), rendered)


class Adopted(logging.Handler):
    """Brings what libraries log into the same stream."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record).encode()
        except Exception:  # arguments that do not fit the message
            log.exception("unreadable", logger=record.name)
            return
        sink.write(line + b"\n")
        sink.flush()


def _adopt_libraries(threshold: int, rendered: list[Processor]) -> None:
    handler = Adopted()
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[merge_contextvars, add_logger_name, headed],
            processors=[ProcessorFormatter.remove_processors_meta, *rendered, _decoded],
        )
    )
    for logger in (
        logging.root,
        *map(logging.getLogger, list(logging.root.manager.loggerDict)),
    ):
        _silence(logger)
    logging.root.addHandler(handler)
    logging.root.setLevel(threshold)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))
    logging.captureWarnings(capture=True)


def _silence(logger: logging.Logger) -> None:
    """Take away what writes to the terminal by itself; other handlers (a test's) stay."""
    for handler in list(logger.handlers):
        if type(handler) in {logging.StreamHandler, Adopted}:
            logger.removeHandler(handler)
            logger.propagate = True


def _decoded(_logger: object, _method: str, line: Any) -> str:
    return str(line, "utf-8")


def bind_request(request_id: str) -> None:
    """Put the id on every line from here on, and nothing that an earlier request left behind."""
    clear_contextvars()
    bind_contextvars(request_id=request_id)


def bind_principal(actor_id: str) -> None:
    bind_contextvars(actor_id=actor_id)


def unbind() -> None:
    clear_contextvars()


def finished(exchange: "Exchange", method: str, status: int, seconds: float) -> None:
    """Write the one line that every request leaves, whatever became of it.

    It goes straight to the sink, which spares a request 80,000 instructions: what stands
    here is of our own making, so there is nothing to blank out or to cap.
    """
    if in_force["threshold"] > logging.INFO:
        return
    event = {
        "event": "request",
        "request_id": exchange.request_id,
        "method": method,
        "route": exchange.route or "unmatched",
        "status": status,
        "duration_ms": round(seconds * 1000, 3),
        "actor_id": exchange.principal.id if exchange.principal else None,
    }
    sink.write(in_force["render"](None, "info", headed(None, "info", event)) + b"\n")
    sink.flush()
