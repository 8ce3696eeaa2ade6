"""When a delivery is tried again, and when its webhook rests."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from api.core import secrets

MINUTE, HOUR = 60, 3600
RETRY_SECONDS = (  # after each attempt that failed; the last one repeats
    5,
    MINUTE,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
)
JITTER = 0.2  # of a delay, so that what failed together is not all tried again at one time
RETRIED_FOR = timedelta(days=3)  # then a delivery is given up
MAX_RETRY_AFTER_SECONDS = 86_400
MAX_DIGITS = 9  # of a number of seconds; Python converts no text of many thousands
FAILURES_BEFORE_PAUSE = 5  # in a row
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 5, 5 * MINUTE
RETRY_AFTER_STATUSES = {429, 503}


def choose_next_attempt(
    attempts: int, *, now: datetime, requested_at: datetime, retry_after: timedelta
) -> datetime | None:
    """Return when to try again after so many attempts, or None to give up.

    The last attempt is three days after the first request.
    """
    give_up_at = requested_at + RETRIED_FOR
    if now >= give_up_at:
        return None
    base = RETRY_SECONDS[min(attempts, len(RETRY_SECONDS)) - 1]
    delay = timedelta(seconds=base * (1 + JITTER * (2 * secrets.fraction() - 1)))
    return min(now + max(delay, retry_after), give_up_at)


def choose_pause(failures: int) -> timedelta:
    """Return for how long a webhook rests after so many failures in a row, of any delivery."""
    if failures < FAILURES_BEFORE_PAUSE:
        return timedelta()
    doublings = min(failures - FAILURES_BEFORE_PAUSE, 10)
    return timedelta(seconds=min(FIRST_PAUSE_SECONDS * 2**doublings, MAX_PAUSE_SECONDS))


def parse_retry_after(text: str | None, *, status: int, now: datetime) -> timedelta:
    """Return for how long a receiver asks to be left alone (RFC 9110, 10.2.3), at most a day."""
    if text is None or status not in RETRY_AFTER_STATUSES:
        return timedelta()
    is_number = text.isascii() and text.isdigit()
    seconds = int(text[:MAX_DIGITS]) if is_number else _count_seconds_until(text, now)
    return timedelta(seconds=min(max(seconds, 0), MAX_RETRY_AFTER_SECONDS))


def _count_seconds_until(text: str, now: datetime) -> float:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return 0
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
