"""Creates the application for commands that use Flask's `with_appcontext`."""

from typing import Any

from flask import Flask
from flask.cli import ScriptInfo

from api.app import create_app


def create_quiet_app() -> Flask:
    """Log warnings only: the terminal shows the output of the command."""
    return create_app({"log_level": "WARNING"})


IN_APPLICATION: dict[str, Any] = {
    "obj": ScriptInfo(create_app=create_quiet_app, set_debug_flag=False)
}
