"""Timestamps as a reader knows them."""

from datetime import UTC, datetime

from babel.dates import format_date, format_time


def format_timestamp(timestamp: datetime, language: str) -> str:
    """Return date and time in words, such as `November 30, 2026, 4:55 AM UTC`.

    Rollbook does not know the time zone of a user, so the text names the one that it is in.
    """
    utc = timestamp.astimezone(UTC)
    date = format_date(utc, "long", locale=language)
    time = format_time(utc, "short", tzinfo=UTC, locale=language)
    comma = "" if language == "zh" else ","
    return f"{date}{comma} {time} UTC"
