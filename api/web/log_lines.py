"""The form of a log line, and the redaction of secrets."""

import json
import re
import sys
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from types import NoneType
from typing import Any
from uuid import UUID

import orjson
from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, ExcInfo

from api.core import clock

MAX_VALUE_LENGTH = 10_000  # characters
MAX_DEPTH = 8  # levels of one value
MAX_FRAMES = 20  # of one traceback
MAX_INTEGER_BITS = 63  # larger numbers fail some readers of JSON
REDACTED = "[redacted]"
SECRET_NAME = re.compile(
    r"passw|secret|token|authori[sz]ation|cookie|credential|api_?key|dsn|(database|redis)_ur[il]",
    re.IGNORECASE,
)
SECRET_TEXT = re.compile(
    r"://[^/\s@]*:[^/\s]*@"  # user and password in a URL
    r"|([Bb]earer|[Bb]asic)\s+\S+|eyJ[\w-]{5,}\.[\w-]+\.[\w-]*"  # headers, access tokens
    r"|rb_(live|client)_\w+|whsec_[\w+/=-]+"  # API keys, secrets of clients and of webhooks
    r"|\$argon2\w+\$\S+"
)
SUSPECT = re.compile(r"[:.$ _]")  # in every secret; checked first because it is three times as fast
OUR_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e]")
PLAIN = (int, float, NoneType, datetime, UUID)

# Local variables contain passwords and tokens, so they are not logged.
_stacks = ExceptionDictTransformer(show_locals=False, max_frames=MAX_FRAMES, use_rich=False)


def add_header(_logger: object, method: str, event: EventDict) -> EventDict:
    """Put timestamp, level and event first."""
    return {
        "timestamp": clock.now(),
        "level": method,
        "event": event.pop("event", ""),
        **event,
    }


def _describe_exceptions(exc_info: ExcInfo) -> list[dict[str, Any]]:
    return [_describe_exception(stack) for stack in _stacks(exc_info)]


def _describe_exception(stack: dict[str, Any]) -> dict[str, Any]:
    """Keep the first line of the message: drivers quote rows and parameters below it."""
    frames = [f"{frame['filename']}:{frame['lineno']} {frame['name']}" for frame in stack["frames"]]
    message = str(stack["exc_value"]).partition("\n")[0]
    described = {"type": stack["exc_type"], "message": message, "frames": frames}
    if stack["exceptions"]:
        described["exceptions"] = [
            list(map(_describe_exception, group)) for group in stack["exceptions"]
        ]
    return described


render_exceptions = ExceptionRenderer(_describe_exceptions)


def hide_secrets(text: str) -> str:
    """Return a text without what looks like a secret."""
    return SECRET_TEXT.sub(REDACTED, text)


def redact(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Redact secrets and shorten long values, as a second defence behind not logging them."""
    return {key: _redact_value(key, value, MAX_DEPTH) for key, value in event.items()}


def _redact_value(key: str, value: object, depth: int) -> Any:
    if _is_secret(key) and value is not None and not _is_id(value):
        return REDACTED
    if isinstance(value, str):
        return _redact_text(value)
    if isinstance(value, PLAIN):
        return (
            str(value)
            if isinstance(value, int) and value.bit_length() > MAX_INTEGER_BITS
            else value
        )
    if depth and isinstance(value, Mapping):
        pairs = ((_redact_text(_to_text(name)), item) for name, item in value.items())
        return {name: _redact_value(name, item, depth - 1) for name, item in pairs}
    if depth and isinstance(value, list | tuple | set | frozenset):
        return [_redact_value("", item, depth - 1) for item in value]
    return _redact_text(_to_text(value))


@lru_cache(1024)
def _is_secret(key: str) -> bool:
    return SECRET_NAME.search(key) is not None


def _is_id(value: object) -> bool:
    """Return whether a value is an id, such as that of an API key, which is no secret."""
    return isinstance(value, UUID) or (isinstance(value, str) and bool(OUR_ID.fullmatch(value)))


def _redact_text(value: str) -> str:
    text = value[:MAX_VALUE_LENGTH]
    if not text.isascii():
        text = text.encode(errors="replace").decode()  # lone surrogates
    return SECRET_TEXT.sub(REDACTED, text) if SUSPECT.search(text) else str(text)


def _to_text(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001  any exception of a foreign __str__
        return f"<{type(value).__name__}>"


def render_json(_logger: object, _method: str, event: EventDict) -> bytes:
    """Return one line of ASCII: U+2028 ends a line for some readers."""
    line = orjson.dumps(event, option=orjson.OPT_UTC_Z)
    return line if line.isascii() else json.dumps(orjson.loads(line)).encode()


def render_text(logger: Any, method: str, event: EventDict) -> bytes:
    """Return a readable line, followed by the exception, if there is one."""
    event["timestamp"] = event["timestamp"].strftime("%H:%M:%S.%f")[:12]
    shown = {key: _escape_controls(value) for key, value in event.items()}
    if isinstance(event.get("exception"), list):
        shown["exception"] = "\n".join(map(_render_exception_text, event["exception"]))
    renderer = ConsoleRenderer(colors=sys.stdout.isatty(), exception_formatter=plain_traceback)
    return renderer(logger, method, shown).encode()


def _render_exception_text(exception: dict[str, Any]) -> str:
    lines = (f"{exception['type']}: {exception['message']}", *exception["frames"])
    return "\n  ".join(map(_escape_controls, lines))


def _escape_controls(value: Any) -> Any:
    """Replace escape sequences and line ends in what is shown in a terminal."""
    return UNPRINTABLE.sub("\ufffd", value) if isinstance(value, str) else value
