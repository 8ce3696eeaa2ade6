from datetime import UTC, datetime, timedelta, timezone

import pytest

from api.languages.timestamps import format_timestamp


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "November 30, 2026, 4:05\u202fAM UTC"),
        ("de", "30. November 2026, 04:05 UTC"),
        ("es", "30 de noviembre de 2026, 4:05 UTC"),
        ("fr", "30 novembre 2026, 04:05 UTC"),
        ("pt", "30 de novembro de 2026, 04:05 UTC"),
        ("zh", "2026年11月30日 04:05 UTC"),
    ],
)
def test_a_timestamp_is_written_in_the_language_and_names_its_zone(language, text):
    assert format_timestamp(datetime(2026, 11, 30, 4, 5, tzinfo=UTC), language) == text


def test_it_is_converted_to_utc():
    there = datetime(2026, 11, 30, 1, 5, tzinfo=timezone(timedelta(hours=2)))

    assert format_timestamp(there, "de") == "29. November 2026, 23:05 UTC"
