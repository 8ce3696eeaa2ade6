"""The error of a failed step in words."""

import re

import api.app  # noqa: F401  imports every error class
from api.core.errors import catalogue
from features.errors import ERROR_CODES

SERVICE_UNAVAILABLE = 503
CODES = re.compile(r"assert (set\(\)|\{.+\}) == (set\(\)|\{.+\})")  # features/errors.py
REPEAT = (
    "The service or its database could not work, which can be the fault of the machine that ran "
    "the features. Run them again."
)


def explain(message: str) -> str:
    """Return what went wrong, in one or two sentences.

    An error code is named by its title. Other errors are the message of the assertion.
    """
    line = find_line(message)
    if compared := CODES.fullmatch(line):
        return compare_codes(*(re.findall(r"'(\w+)'", side) for side in compared.groups()))
    if line.startswith("assert "):
        return f"Expected {line.removeprefix('assert ')}, which is not so."
    return line


def find_line(message: str) -> str:
    """Return the line that states the error; pytest marks it with ``E`` below a traceback."""
    lines = [line.strip() for line in message.splitlines() if line.strip()] or [message]
    marked = [line[1:].strip() for line in lines if line.startswith("E  ")]
    return re.sub(r"^\w+(?:Error|Exception): ", "", (marked or lines)[0])


def compare_codes(returned: list[str], expected: list[str]) -> str:
    text = f"The service returned {name_codes(returned)}, instead of {name_codes(expected)}."
    unavailable = {kind.code for kind in catalogue() if kind.status == SERVICE_UNAVAILABLE}
    return f"{text} {REPEAT}" if unavailable.intersection(returned) else text


def name_codes(codes: list[str]) -> str:
    words = {code: text for text, code in ERROR_CODES.items()}
    titles = {kind.code: kind.title for kind in catalogue()}
    named = [f"the error “{words.get(code) or titles.get(code, code)}”" for code in sorted(codes)]
    return " and ".join(named) or "no error"
