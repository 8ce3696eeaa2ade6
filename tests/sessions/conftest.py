from datetime import timedelta

import pytest

from api.core import clock


@pytest.fixture
def ada(user):
    return user("Ada")


@pytest.fixture
def advance_clock(monkeypatch):
    """Return a function that adds a timedelta to the time of the service."""
    now, steps = clock.now, []
    monkeypatch.setattr(clock, "now", lambda: now() + sum(steps, timedelta()))
    return steps.append
