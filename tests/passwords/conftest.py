from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from api import config
from api.core import clock


@pytest.fixture
def settings(monkeypatch):
    """The defaults of production, which the testing profile softens."""
    settings = SimpleNamespace(
        password_min_length=12,
        password_blocklist=True,
        limits_enabled=True,
        login_attempts=5,
        login_attempts_per_account=20,
        login_window_seconds=300,
    )
    monkeypatch.setattr(config, "settings", lambda: settings)
    return settings


class Hands:
    """The hands of the clock."""

    def __init__(self):
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def move(self, **time):
        self.now += timedelta(**time)


@pytest.fixture
def hands(monkeypatch):
    hands = Hands()
    monkeypatch.setattr(clock, "now", lambda: hands.now)
    return hands
