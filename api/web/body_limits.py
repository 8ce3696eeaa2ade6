"""How many bytes a request body may have.

The guard rejects a Content-Length that is too large. The dispatcher reads no more than the limit,
so that it also holds for a chunked body.
"""

from collections.abc import Iterator, Mapping

from flask import Flask
from werkzeug.routing import Rule

from api.web.operations import Operation

NAMED_LIMITS = "rollbook.body_limits"


def init_app(app: Flask, named_limits: Mapping[str, int]) -> None:
    """Set the limits, in bytes, that operations declare by name."""
    app.extensions[NAMED_LIMITS] = named_limits


def find_max_bytes(app: Flask, operation: Operation) -> int | None:
    """Return the operation's own limit, or None if MAX_BODY_BYTES applies."""
    declared = operation.max_body_bytes
    if isinstance(declared, str):
        named_limits: Mapping[str, int] = app.extensions[NAMED_LIMITS]
        return named_limits[declared]
    return declared


def find_max_bytes_by_path(app: Flask) -> dict[str, int]:
    """Return the limits of the paths whose operations declare one.

    Raises:
        ValueError: a path with parameters declares one; the guard compares whole paths.
    """
    limits: dict[str, int] = {}
    for rule, operation in _find_operations(app):
        max_bytes = find_max_bytes(app, operation)
        if max_bytes is not None:
            if rule.arguments:
                raise ValueError(f"{operation.id}: max_body_bytes needs a path without parameters")
            limits[rule.rule] = max_bytes
    return limits


def _find_operations(app: Flask) -> Iterator[tuple[Rule, Operation]]:
    for rule in app.url_map.iter_rules():
        resource = getattr(app.view_functions[rule.endpoint], "view_class", None)
        for method in getattr(resource, "methods", None) or ():
            operation = getattr(getattr(resource, method.lower(), None), "operation", None)
            if operation is not None:
                yield rule, operation
