"""Errors in the settings, described without their values."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

# Follows from another error, which is described anyway.
CONSEQUENCE = "default_factory_not_called"
# By the type of the error of pydantic; its context fills the braces, and holds no input.
REASONS = {
    "bool_parsing": "has to be true or false",
    "bool_type": "has to be true or false",
    "extra_forbidden": "no such setting",
    "greater_than_equal": "has to be at least {ge}",
    "int_from_float": "has to be a whole number",
    "int_parsing": "has to be a whole number",
    "int_parsing_size": "is too large",
    "int_type": "has to be a whole number",
    "less_than_equal": "has to be at most {le}",
    "literal_error": "has to be one of {expected}",
    "missing": "required",
    "path_type": "has to be the path of a file",
    "string_pattern_mismatch": "has to be such as 600 per hour",
    "string_too_long": "can have at most {max_length} characters",
    "string_too_short": "cannot be empty",
    "string_type": "has to be a text",
    "tuple_type": "has to be a list with commas",
    "value_error": "{error}",
}
# Of settings that are missing, where there is more than one way to set them.
WAYS = {"DATABASE_URL": ", or --instance for the data of `rollbook run`"}


class ConfigError(Exception):
    """The service does not start with these settings; each argument describes one of them."""

    def __str__(self) -> str:
        return "; ".join(self.args)


def describe(error: ValidationError) -> list[str]:
    """Return a text for each setting that is wrong, such as ``PORT: has to be a whole number``."""
    found = error.errors(include_input=False, include_url=False)
    reasons = [_describe_problem(problem) for problem in found if problem["type"] != CONSEQUENCE]
    return list(dict.fromkeys(reasons))  # a list can break a rule several times


def _describe_problem(problem: Mapping[str, Any]) -> str:
    name = str(problem["loc"][0]).upper()
    way = WAYS.get(name, "") if problem["type"] == "missing" else ""
    return f"{name}: {_describe_reason(problem)}{way}"


def _describe_reason(problem: Mapping[str, Any]) -> str:
    reason = REASONS.get(problem["type"], "has a wrong value")
    context = {name: str(value) for name, value in problem.get("ctx", {}).items()}
    if problem["type"] == "literal_error":
        context["expected"] = context["expected"].replace("'", "")
    return reason.format(**context)
