"""The deprecation of an operation: when it begins, when it ends, and what to use instead."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cached_property

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date


@dataclass(frozen=True, kw_only=True)
class Deprecation:
    """What clients of a deprecated operation have to know.

    Raises:
        ValueError: the sunset is before the deprecation (RFC 9745, 4).
    """

    since: date
    sunset: date | None = None  # it may be removed from this day on
    successor: str = ""  # the id of the operation to use instead
    link: str = ""  # the URL of a page that explains it

    def __post_init__(self) -> None:
        if self.sunset is not None and self.sunset < self.since:
            raise ValueError("the sunset is before the deprecation")

    @cached_property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Return the headers of all responses (RFC 9745, RFC 8594)."""
        headers = [("Deprecation", f"@{_begin(self.since).timestamp():.0f}")]
        if self.sunset is not None:
            headers.append(("Sunset", http_date(_begin(self.sunset))))
        if self.link:
            relations = ["deprecation", *(["sunset"] if self.sunset is not None else [])]
            headers += [("Link", f'<{self.link}>; rel="{name}"') for name in relations]
        return tuple(headers)

    @property
    def description(self) -> str:
        """Return sentences for the contract."""
        removal = f"It can be removed from {self.sunset} on." if self.sunset else ""
        instead = f"Use `{self.successor}` instead." if self.successor else ""
        more = f"More: {self.link}" if self.link else ""
        since = f"Deprecated since {self.since}."
        return " ".join(filter(None, [since, removal, instead, more]))


def find_headers(app: Flask, method: str, path: str) -> tuple[tuple[str, str], ...]:
    """Return the headers of the operation if it is deprecated, without calling it."""
    try:
        rule, _ = app.url_map.bind("").match(path, method, return_rule=True)
    except HTTPException:  # no such path or method, or a redirect
        return ()
    resource = getattr(app.view_functions[rule.endpoint], "view_class", None)
    view = getattr(resource, "get" if method == "HEAD" else method.lower(), None)
    deprecation = getattr(getattr(view, "operation", None), "deprecated", None)
    return deprecation.headers if deprecation else ()


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
