"""The options of a command that were given, as members of the body that the API would get."""

from collections.abc import Mapping
from typing import Any


def select_given(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of the options that were given, also those with a value such as 0."""
    given = {name: value for name, value in options.items() if value not in (None, ())}
    return {name: list(it) if isinstance(it, tuple) else it for name, it in given.items()}
