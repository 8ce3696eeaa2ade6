"""The counters of password attempts: the statement that counts, and the pauses beyond a quota.

A counter has a quota in each window. When it is used up, a pause begins. Windows and pauses get
longer with the failures in a row: 5, 10 and 15 minutes with the default settings. So it is of no
use to stop just before a pause. The failures in a row decay while nothing is counted: to a half
after 6 hours, to a quarter after 12, to none after a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import TextualSelect, bindparam, text

from api.core.database import UTC_DATETIME
from api.core.runtime import current_settings

MAX_SERIES = 100  # failures in a row, after which one network has one attempt for each pause
MAX_PAUSE_SECONDS = 900  # unless the window is longer
PAUSES = 3  # of different length
DECAY = (timedelta(hours=6), timedelta(hours=12), timedelta(days=1))  # to 1/2, to 1/4, to 0

OWNER_DIGITS, NETWORK_DIGITS = 40, 24  # of a key
ALL_NETWORKS = "0" * NETWORK_DIGITS

_IS_TOTAL = f"substr(kept.key, {OWNER_DIGITS + 1}) = '{ALL_NETWORKS}'"
_QUOTA = f"(CASE WHEN {_IS_TOTAL} THEN :ceiling ELSE :quota END)"
_HAS_ENDED = "kept.window_ends_at <= :now"
_DECAYED = """(CASE WHEN kept.window_ends_at > :halved_at THEN kept.consecutive
    WHEN kept.window_ends_at > :quartered_at THEN kept.consecutive / 2
    WHEN kept.window_ends_at > :forgotten_at THEN kept.consecutive / 4 ELSE 0 END)"""
_FITS = f"""({_HAS_ENDED} OR (kept.attempts + excluded.attempts <= {_QUOTA}
    AND (kept.consecutive < :series OR {_IS_TOTAL})))"""
_CONSECUTIVE = f"(CASE WHEN {_FITS} THEN {_DECAYED} + 1 ELSE kept.consecutive END)"
_IS_LONG_SERIES = f"({_CONSECUTIVE} >= :series AND NOT {_IS_TOTAL})"
_BEGINS_PAUSE = f"""(CASE WHEN {_FITS} AND {_IS_LONG_SERIES} THEN TRUE
    WHEN {_HAS_ENDED} THEN excluded.attempts >= {_QUOTA}
    ELSE kept.attempts < {_QUOTA} AND kept.attempts + excluded.attempts >= {_QUOTA} END)"""
_PAUSE_ENDS_AT = f"""(CASE WHEN {_IS_LONG_SERIES} THEN :pause3_ends_at
    WHEN {_CONSECUTIVE} < 2 * {_QUOTA} THEN :pause1_ends_at
    WHEN {_CONSECUTIVE} < 3 * {_QUOTA} THEN :pause2_ends_at ELSE :pause3_ends_at END)"""

# An attempt beyond the quota sets the counter to the quota plus one and changes nothing else. Its
# password is not verified, so it does not prolong the pause or the series.
_COUNT = f"""
    INSERT INTO password_attempts AS kept (key, network, window_ends_at, attempts, consecutive)
    VALUES {{rows}}
    ON CONFLICT (key) DO UPDATE SET
        window_ends_at = CASE
            WHEN {_HAS_ENDED} OR {_BEGINS_PAUSE} THEN {_PAUSE_ENDS_AT}
            ELSE kept.window_ends_at END,
        attempts = CASE
            WHEN {_HAS_ENDED} THEN excluded.attempts
            WHEN {_FITS} THEN kept.attempts + excluded.attempts
            ELSE {_QUOTA} + 1 END,
        consecutive = {_CONSECUTIVE}
    RETURNING key, window_ends_at, attempts, consecutive
"""  # noqa: S608  constants
TIMESTAMPS = (
    "now",
    *(f"pause{number + 1}_ends_at" for number in range(PAUSES)),
    *("halved_at", "quartered_at", "forgotten_at"),
)


def _compile_count(rows: int) -> TextualSelect:
    values = (
        f"(:key{row}, :network{row}, :pause1_ends_at, :weight{row}, 1)" for row in range(rows)
    )
    return (
        text(_COUNT.format(rows=", ".join(values)))
        .bindparams(*(bindparam(name, type_=UTC_DATETIME) for name in TIMESTAMPS))
        .columns(window_ends_at=UTC_DATETIME)
    )


COUNT = {rows: _compile_count(rows) for rows in (1, 2, 4)}
GIVE_BACK = text("""
    UPDATE password_attempts SET attempts = attempts - :weight, consecutive = consecutive - 1
    WHERE key = :key AND attempts BETWEEN :weight AND :limit AND consecutive > 0
""")
BEGIN_SERIES = text("""
    INSERT INTO password_attempts AS kept (key, window_ends_at, attempts, consecutive)
    VALUES (:key, :ends_at, 0, 0)
    ON CONFLICT (key) DO UPDATE SET window_ends_at = excluded.window_ends_at
    WHERE kept.window_ends_at <= :now
    RETURNING key
""").bindparams(bindparam("ends_at", type_=UTC_DATETIME), bindparam("now", type_=UTC_DATETIME))
FORGET = text("DELETE FROM password_attempts WHERE key = :key")
FORGET_OWNER = text("DELETE FROM password_attempts WHERE key BETWEEN :first AND :last")


class Increment(NamedTuple):
    """What an attempt adds to one counter."""

    key: str
    network: str | None  # for administrators; None for all networks and for a device
    weight: int


def is_for_all_networks(key: str) -> bool:
    return key.endswith(ALL_NETWORKS)


@dataclass(frozen=True)
class Limits:
    """The maximum of attempts in a window: from one network, and from all networks together.

    ``pauses`` are the seconds of the first, the second and each further window or pause.
    """

    quota: int
    ceiling: int
    pauses: tuple[int, ...]

    def get(self, key: str) -> int:
        return self.ceiling if is_for_all_networks(key) else self.quota

    def is_exhausted(self, key: str, attempts: int, consecutive: int) -> bool:
        """Return whether a counter in its window rejects the next attempt."""
        return attempts >= self.get(key) or self._is_long_series(key, consecutive)

    def find_policy(self, key: str, consecutive: int) -> tuple[int, int]:
        """Return the quota and the seconds of the pause after these failures in a row."""
        if self._is_long_series(key, consecutive):
            return 1, self.pauses[-1]
        number = min(max(1, consecutive // self.get(key)), PAUSES)
        return self.get(key), self.pauses[number - 1]

    def _is_long_series(self, key: str, consecutive: int) -> bool:
        return consecutive >= MAX_SERIES and not is_for_all_networks(key)


def get_limits() -> Limits:
    """Return the configured quotas."""
    settings = current_settings()
    window = settings.login_window_seconds
    pauses = (min(window * (number + 1), MAX_PAUSE_SECONDS) for number in range(PAUSES))
    return Limits(
        settings.login_attempts,
        settings.login_attempts_per_account,
        tuple(max(window, seconds) for seconds in pauses),
    )


def make_values(increments: Sequence[Increment], limits: Limits, now: datetime) -> dict[str, Any]:
    """Return the values of the statement that counts."""
    values: dict[str, Any] = {
        "quota": limits.quota,
        "ceiling": limits.ceiling,
        "series": MAX_SERIES,
        "now": now,
    }
    for number, seconds in enumerate(limits.pauses):
        values[f"pause{number + 1}_ends_at"] = now + timedelta(seconds=seconds)
    for name, delay in zip(("halved_at", "quartered_at", "forgotten_at"), DECAY, strict=True):
        values[name] = now - delay
    for row, (key, network, weight) in enumerate(increments):
        values |= {f"key{row}": key, f"network{row}": network, f"weight{row}": weight}
    return values
