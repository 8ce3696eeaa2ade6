"""How commands get at the application: Flask's `with_appcontext` makes it from this."""

from typing import Any

from flask import Flask
from flask.cli import ScriptInfo

from api.app import create_app


def quietly() -> Flask:
    """Leave the terminal to the command; what it does is in the audit trail."""
    return create_app({"log_level": "WARNING"})


IN_APPLICATION: dict[str, Any] = {"obj": ScriptInfo(create_app=quietly, set_debug_flag=False)}
