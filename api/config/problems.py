"""Errors in the settings, described without their values."""

from pydantic import ValidationError

REQUIRED = "missing"
# Follows from another error, which is described anyway.
CONSEQUENCE = "default_factory_not_called"


class ConfigError(Exception):
    """The service does not start with these settings."""


def describe(error: ValidationError) -> str:
    """Return one line: ``PORT: Input should be …; LOG_LEVEL: Input should be …``."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(
        f"{str(problem['loc'][0]).upper()}: {_reason(problem['type'], problem['msg'])}"
        for problem in found
        if problem["type"] != CONSEQUENCE
    )


def _reason(kind: str, message: str) -> str:
    return "required" if kind == REQUIRED else message.removeprefix("Value error, ")
