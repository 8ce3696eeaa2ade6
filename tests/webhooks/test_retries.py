"""When a delivery is tried again, and when its webhook rests."""

from datetime import UTC, datetime, timedelta

import pytest

from api.webhooks.retries import (
    RETRIED_FOR,
    choose_next_attempt,
    choose_pause,
    parse_retry_after,
)

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
NONE = timedelta()
MINUTE, HOUR = 60, 3600


def choose_delay(attempts, *, age=NONE, retry_after=NONE):
    """Return the seconds until the next attempt, or None."""
    at = choose_next_attempt(attempts, now=NOW, requested_at=NOW - age, retry_after=retry_after)
    return at and (at - NOW).total_seconds()


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [
        (1, 5),
        (2, MINUTE),
        (3, 5 * MINUTE),
        (4, 30 * MINUTE),
        (5, 2 * HOUR),
        (6, 5 * HOUR),
        (7, 10 * HOUR),
        (8, 14 * HOUR),
        (9, 20 * HOUR),
        (30, 20 * HOUR),
    ],
)
def test_W_03_delays_grow_and_are_partly_random(attempts, seconds):
    delays = {choose_delay(attempts) for _ in range(50)}

    assert 0.8 * seconds <= min(delays) < max(delays) <= 1.2 * seconds


def test_W_03_the_last_attempt_is_three_days_after_the_first_request():
    assert choose_delay(9, age=timedelta(hours=71)) == HOUR
    assert choose_delay(9, age=RETRIED_FOR) is None


def test_retry_after_is_a_minimum():
    assert choose_delay(1, retry_after=timedelta(minutes=10)) == 600
    assert choose_delay(5, retry_after=timedelta(minutes=1)) > HOUR


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 0), (4, 0), (5, 5), (6, 10), (10, 160), (11, 300), (5000, 300)]
)
def test_a_webhook_rests_longer_after_each_failure_in_a_row(failures, seconds):
    assert choose_pause(failures).total_seconds() == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("99999999999999999999", 86_400),
        pytest.param("9" * 5000, 86_400, id="more digits than Python converts"),
        ("Mon, 30 Nov 99999999999999999999 11:00:00 GMT", 0),
        ("Mon, 30 Nov 2026 12:10:00 GMT", 600),
        ("Mon, 30 Nov 2026 12:10:00", 600),
        ("Mon, 30 Nov 2026 11:00:00 GMT", 0),
        ("Mon, 30 Nov 2099 11:00:00 GMT", 86_400),
        ("-5", 0),
        ("1.5", 0),
        ("٣", 0),
        ("soon", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(text, seconds):
    assert parse_retry_after(text, status=503, now=NOW).total_seconds() == seconds


@pytest.mark.parametrize(("status", "seconds"), [(429, 60), (503, 60), (500, 0), (301, 0)])
def test_retry_after_counts_with_429_and_503_alone(status, seconds):
    assert parse_retry_after("60", status=status, now=NOW).total_seconds() == seconds
