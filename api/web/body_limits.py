"""How long bodies may be at single addresses, for who reads them before Flask has a say."""

from collections.abc import Iterator

from flask import Flask
from werkzeug.routing import Rule

from api.web.operations import Operation


def body_caps(app: Flask) -> dict[str, int]:
    """Return the paths that declare a cap of their own, in bytes.

    Raises:
        ValueError: a path with parameters does.
    """
    caps: dict[str, int] = {}
    for rule, operation in _operations(app):
        if operation.cap:
            if rule.arguments:
                raise ValueError(f"{operation.id}: a cap holds for a path without parameters")
            caps[rule.rule] = operation.cap
    return caps


def late_bodies(app: Flask) -> frozenset[str]:
    """Return the paths whose bodies are for the application to read.

    Raises:
        ValueError: an operation there reads one without asking for a place, on whatever thread.
    """
    paths = frozenset(rule.rule for rule, operation in _operations(app) if operation.takes)
    for rule, operation in _operations(app):
        if rule.rule in paths and operation.body is not None:
            raise ValueError(f"{operation.id}: bodies at {rule.rule} are for large ones alone")
    return paths


def _operations(app: Flask) -> Iterator[tuple[Rule, Operation]]:
    for rule in app.url_map.iter_rules():
        resource = getattr(app.view_functions[rule.endpoint], "view_class", None)
        for method in getattr(resource, "methods", None) or ():
            operation = getattr(getattr(resource, method.lower(), None), "operation", None)
            if operation is not None:
                yield rule, operation
