"""How a setting is declared."""

from typing import Any

from pydantic import Field


def setting(
    description: str,
    default: object = ...,
    *,
    shown_default: str = "",
    file: bool = False,
    section: str = "",
) -> Any:
    """Declare a setting.

    Args:
        description: for the operator.
        default: a value, or a function of the settings declared before this one.
        shown_default: how the page describes a default that is a function or a rule.
        file: whether it can come from a file (``NAME_FILE``); its value is never shown.
        section: the heading of a section that begins with this setting.
    """
    given = {"default_factory" if callable(default) else "default": default}
    extra = {"shown_default": shown_default, "file": file, "section": section}
    field: Any = Field  # its overloads allow a value or a function, not either
    return field(description=description, repr=not file, json_schema_extra=extra, **given)
