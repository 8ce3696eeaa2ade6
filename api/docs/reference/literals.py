"""JSON values as the source text of JSON, Python and TypeScript."""

import re

import orjson

MAX_LINE_LENGTH = 66  # of a value on one line
WORDS = {
    "json": {True: "true", False: "false", None: "null"},
    "python": {True: "True", False: "False", None: "None"},
    "typescript": {True: "true", False: "false", None: "null"},
}
IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")


def render_literal(value: object, language: str, indent: int = 0) -> str:
    """Return a value as source text; lines after the first are indented by ``indent``."""
    short = _render_flat(value, language)
    is_short = len(short) + indent <= MAX_LINE_LENGTH
    if not value or not isinstance(value, dict | list) or (is_short and not _is_page(value)):
        return short
    step = 4 if language == "python" else 2
    below = indent + step
    lines = [f"{' ' * below}{part}" for part in _parts(value, language, below)]
    opened, closed = "{}" if isinstance(value, dict) else "[]"
    comma = "" if language == "json" else ","
    return "\n".join([opened, *(f"{line}," for line in lines[:-1]), lines[-1] + comma]) + (
        f"\n{' ' * indent}{closed}"
    )


def _is_page(value: object) -> bool:
    """Return whether it is better read on several lines: an object in a list, or many members."""
    many = 3
    nested = isinstance(value, list) and any(isinstance(part, dict) for part in value)
    return nested or (isinstance(value, dict) and len(value) > many)


def _parts(value: dict[str, object] | list[object], language: str, indent: int) -> list[str]:
    if isinstance(value, dict):
        return [
            f"{_key(name, language)}: {render_literal(below, language, indent)}"
            for name, below in value.items()
        ]
    return [render_literal(below, language, indent) for below in value]


def _render_flat(value: object, language: str) -> str:
    if isinstance(value, dict):
        parts = [
            f"{_key(name, language)}: {_render_flat(v, language)}" for name, v in value.items()
        ]
        inner = ", ".join(parts)
        return f"{{ {inner} }}" if inner and language == "typescript" else f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(_render_flat(below, language) for below in value)}]"
    if value is None or isinstance(value, bool):
        return WORDS[language][value]
    return orjson.dumps(value).decode()  # JSON's strings and numbers are those of the others


def _key(name: str, language: str) -> str:
    if language == "typescript" and IDENTIFIER.fullmatch(name):
        return name
    return orjson.dumps(name).decode()
