from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from api.core import clock
from api.core.runtime import EXTENSION


@pytest.fixture
def settings(app, monkeypatch):
    """The default settings; the settings of other tests are weaker."""
    settings = SimpleNamespace(
        password_min_length=12,
        password_blocklist=True,
        limits_enabled=True,
        login_attempts=5,
        login_attempts_per_account=20,
        login_window_seconds=300,
    )
    runtime = replace(app.extensions[EXTENSION], settings=settings)
    monkeypatch.setitem(app.extensions, EXTENSION, runtime)
    return settings


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self):
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def move(self, **time):
        self.now += timedelta(**time)


@pytest.fixture
def moving_clock(monkeypatch):
    moving_clock = Clock()
    monkeypatch.setattr(clock, "now", lambda: moving_clock.now)
    return moving_clock
