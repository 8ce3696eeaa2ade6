"""What differs between a committed file and the one that would be generated."""

import difflib
from collections.abc import Iterator
from itertools import islice

import orjson

from api.core.json_pointer import make_pointer

MAX_LINES = 40
MAX_VALUE_CHARACTERS = 100


def list_differences(old: bytes, new: bytes) -> list[str]:
    """Return the changed places of JSON, or else the changed lines."""
    try:
        found = _compare(orjson.loads(old), orjson.loads(new), ())
    except orjson.JSONDecodeError:
        lines = (old.decode(errors="replace").splitlines(), new.decode().splitlines())
        found = difflib.unified_diff(*lines, "committed", "generated", lineterm="", n=0)
    lines_shown = list(islice(found, MAX_LINES + 1))
    return [*lines_shown[:MAX_LINES], *(["…"] if len(lines_shown) > MAX_LINES else [])]


def _compare(old: object, new: object, steps: tuple[str, ...]) -> Iterator[str]:
    """Yield each place whose value was added, removed or changed, by its JSON Pointer."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys([*old, *new]):
            if name not in old:
                yield f"+ {make_pointer(*steps, name)}: {_shorten(new[name])}"
            elif name not in new:
                yield f"- {make_pointer(*steps, name)}: {_shorten(old[name])}"
            else:
                yield from _compare(old[name], new[name], (*steps, name))
    elif old != new:
        yield f"- {make_pointer(*steps)}: {_shorten(old)}"
        yield f"+ {make_pointer(*steps)}: {_shorten(new)}"


def _shorten(value: object) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= MAX_VALUE_CHARACTERS else f"{text[:MAX_VALUE_CHARACTERS]}…"
