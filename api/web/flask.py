"""Flask as this service uses it: no cookies, no static files, its own reading of one route."""

from typing import Any

import flask
from flask.sessions import NullSession, SessionInterface


class NoSessions(SessionInterface):
    """Flask's signed cookie costs 17 µs on every request, and nobody here keeps one."""

    nothing = NullSession()

    def open_session(self, *_: Any) -> NullSession:
        return self.nothing

    def save_session(self, *_: Any) -> None:
        """Keep nothing."""


class Flask(flask.Flask):
    session_interface = NoSessions()

    def __init__(self, name: str) -> None:
        super().__init__(name, static_folder=None)
