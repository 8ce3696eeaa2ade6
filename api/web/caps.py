"""How long bodies may be at single addresses, for who reads them before Flask has a say."""

from collections.abc import Iterator

from flask import Flask

from api.web.restx import Operation


def body_caps(app: Flask) -> dict[str, int]:
    """Return the paths that declare a cap of their own, in bytes."""
    return {path: operation.longest_body or 0 for path, operation in _capped(app)}


def late_bodies(app: Flask) -> frozenset[str]:
    """Return the paths whose bodies are for the application to read."""
    return frozenset(path for path, operation in _capped(app) if operation.takes)


def _capped(app: Flask) -> Iterator[tuple[str, Operation]]:
    for rule in app.url_map.iter_rules():
        resource = getattr(app.view_functions[rule.endpoint], "view_class", None)
        for method in getattr(resource, "methods", None) or ():
            operation = getattr(getattr(resource, method.lower(), None), "operation", None)
            if operation and operation.longest_body:
                if rule.arguments:
                    raise ValueError(f"{operation.id}: a cap holds for a path without parameters")
                yield rule.rule, operation
