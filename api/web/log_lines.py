"""What one log line looks like, and what never stands in it."""

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

LONGEST = 10_000  # characters of one value
MAX_DEPTH = 8  # levels of one value
FRAMES = 20  # of one traceback
BITS = 63  # of the largest number that every reader of JSON lines takes
REDACTED = "[redacted]"
SECRET_NAME = re.compile(
    r"passw|secret|token|authori[sz]ation|cookie|credential|api_?key|dsn|(database|redis)_ur[il]",
    re.IGNORECASE,
)
SECRET_TEXT = re.compile(
    r"://[^/\s@]*:[^/\s]*@"  # user and password in a URL
    r"|[Bb]earer\s+\S+|eyJ[\w-]{5,}\.[\w-]+\.[\w-]*"  # access tokens
    r"|\$argon2\w+\$\S+"
)
SUSPECT = re.compile(r"[:.$ ]")  # each of those has one; asked first, since it is thrice as fast
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e]")
PLAIN = (int, float, NoneType, datetime, UUID)

# Local variables hold passwords and tokens, so a traceback is told without them.
_stacks = ExceptionDictTransformer(show_locals=False, max_frames=FRAMES, use_rich=False)


def headed(_logger: object, method: str, event: EventDict) -> EventDict:
    """Begin every line alike: when, how grave, what."""
    return {
        "timestamp": clock.now(),
        "level": method,
        "event": event.pop("event", ""),
        **event,
    }


def _exceptions(exc_info: ExcInfo) -> list[dict[str, Any]]:
    return [_exception(stack) for stack in _stacks(exc_info)]


def _exception(stack: dict[str, Any]) -> dict[str, Any]:
    """Keep the first line of what an exception says: drivers quote rows and parameters below it."""
    frames = [f"{frame['filename']}:{frame['lineno']} {frame['name']}" for frame in stack["frames"]]
    said = str(stack["exc_value"]).partition("\n")[0]
    told = {"type": stack["exc_type"], "message": said, "frames": frames}
    if stack["exceptions"]:
        told["exceptions"] = [list(map(_exception, group)) for group in stack["exceptions"]]
    return told


exceptions = ExceptionRenderer(_exceptions)


def guarded(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Blank out secrets and cap what is long: a second line of defence, behind not logging them."""
    return {key: _guarded(key, value, MAX_DEPTH) for key, value in event.items()}


def _guarded(key: str, value: object, depth: int) -> Any:
    if _is_secret(key):
        return REDACTED
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, PLAIN):
        return str(value) if isinstance(value, int) and value.bit_length() > BITS else value
    if depth and isinstance(value, Mapping):
        pairs = ((_text(_said(name)), item) for name, item in value.items())
        return {name: _guarded(name, item, depth - 1) for name, item in pairs}
    if depth and isinstance(value, list | tuple | set | frozenset):
        return [_guarded("", item, depth - 1) for item in value]
    return _text(_said(value))


@lru_cache(1024)
def _is_secret(key: str) -> bool:
    return SECRET_NAME.search(key) is not None


def _text(value: str) -> str:
    text = value[:LONGEST]
    if not text.isascii():
        text = text.encode(errors="replace").decode()  # lone surrogates
    return SECRET_TEXT.sub(REDACTED, text) if SUSPECT.search(text) else str(text)


def _said(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001  whatever it is that cannot say what it is
        return f"<{type(value).__name__}>"


def as_json(_logger: object, _method: str, event: EventDict) -> bytes:
    """Return one line of ASCII: U+2028 and its like end a line for some readers."""
    line = orjson.dumps(event, option=orjson.OPT_UTC_Z)
    return line if line.isascii() else json.dumps(orjson.loads(line)).encode()


def on_screen(logger: Any, method: str, event: EventDict) -> bytes:
    """Return a line for people, followed by what went wrong, if anything did."""
    event["timestamp"] = event["timestamp"].strftime("%H:%M:%S.%f")[:12]
    shown = {key: _printable(value) for key, value in event.items()}
    if isinstance(event.get("exception"), list):
        shown["exception"] = "\n".join(map(_on_screen, event["exception"]))
    renderer = ConsoleRenderer(colors=sys.stdout.isatty(), exception_formatter=plain_traceback)
    return renderer(logger, method, shown).encode()


def _on_screen(exception: dict[str, Any]) -> str:
    lines = (f"{exception['type']}: {exception['message']}", *exception["frames"])
    return "\n  ".join(map(_printable, lines))


def _printable(value: Any) -> Any:
    """Disarm escape sequences and line ends in what is shown in a terminal."""
    return UNPRINTABLE.sub("\ufffd", value) if isinstance(value, str) else value
