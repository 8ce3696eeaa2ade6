"""Rollbook, the user management service.

``from api import create_app, db`` loads the service at that moment and not before: the process
that supervises the workers reads ``api.config`` and has no use for the rest.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from api.app import create_app
    from api.core.database import db

__all__ = ["create_app", "db"]

WHERE = {"create_app": "api.app", "db": "api.core.database"}


def __getattr__(name: str) -> Any:
    if name not in WHERE:
        raise AttributeError(name)
    return getattr(import_module(WHERE[name]), name)
