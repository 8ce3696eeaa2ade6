"""Counting the attempts to verify a password, for all workers together.

An attempt is counted before the password is verified, in one statement, so that parallel attempts
count as well. A login has four counters:

- two for the name in the request: from this network, and from all networks. They depend only on the
  request, so they answer the same whether the account exists or not.
- two for the account, if it exists: from this network, and from all networks. They limit a client
  that alternates between username and e-mail address. Beyond their quota the password is not
  verified, and the answer is that of a wrong password. So the answer does not reveal that two names
  belong to one account.

The quota of all networks is higher, so that one client cannot lock the owner out. After
``MAX_SERIES`` failures in a row the window is 15 minutes. NIST SP 800-63B, 3.2.2 would disable the
account, but then any client could disable any account.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_network
from math import ceil
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, TextualSelect, bindparam, text

from api.core import clock, identifiers
from api.core.database import UTC_DATETIME, autocommit, db, delete_rows
from api.core.request_context import current_request
from api.core.runtime import current_settings
from api.passwords.errors import TooManyAttempts
from api.passwords.models import PasswordAttempts

POLICY = "password-attempts"
MAX_SERIES = 100  # failures in a row, after which the window is longer
LONG_WINDOW_SECONDS = 900
RETENTION = timedelta(days=1)  # after the end of the last window
PURGE_BATCH_ROWS = 1000
COSTLY_WEIGHT = 2  # of an attempt whose hash is costly to verify

OWNER_DIGITS, NETWORK_DIGITS = 40, 24  # of a key
ALL_NETWORKS = "0" * NETWORK_DIGITS

# An attempt beyond the quota sets the counter to the quota plus one and changes nothing else. Its
# password is not verified, so it does not prolong the window or the series.
_QUOTA = f"""CASE WHEN substr(kept.key, {OWNER_DIGITS + 1}) = '{ALL_NETWORKS}' THEN :ceiling
    ELSE :quota END"""
_FITS = f"""(kept.attempts + excluded.attempts <= {_QUOTA}
    AND (kept.consecutive < :series OR substr(kept.key, {OWNER_DIGITS + 1}) = '{ALL_NETWORKS}'))"""
_COUNT = f"""
    INSERT INTO password_attempts AS kept (key, window_ends_at, attempts, consecutive)
    VALUES {{rows}}
    ON CONFLICT (key) DO UPDATE SET
        window_ends_at = CASE
            WHEN kept.window_ends_at > :now THEN kept.window_ends_at
            WHEN kept.consecutive >= :series THEN :long_window_ends_at
            ELSE :window_ends_at END,
        attempts = CASE
            WHEN kept.window_ends_at <= :now THEN excluded.attempts
            WHEN {_FITS} THEN kept.attempts + excluded.attempts
            ELSE {_QUOTA} + 1 END,
        consecutive = CASE
            WHEN kept.window_ends_at <= :now OR {_FITS} THEN kept.consecutive + 1
            ELSE kept.consecutive END
    RETURNING key, window_ends_at, attempts, consecutive
"""  # noqa: S608  constants


def _compile_count(rows: int) -> TextualSelect:
    values = ", ".join(f"(:key{row}, :window_ends_at, :weight{row}, 1)" for row in range(rows))
    timestamps = ("now", "window_ends_at", "long_window_ends_at")
    return (
        text(_COUNT.format(rows=values))
        .bindparams(*(bindparam(name, type_=UTC_DATETIME) for name in timestamps))
        .columns(window_ends_at=UTC_DATETIME)
    )


COUNT = {rows: _compile_count(rows) for rows in (2, 4)}
GIVE_BACK = text("""
    UPDATE password_attempts SET attempts = attempts - :weight, consecutive = consecutive - 1
    WHERE key = :key AND attempts BETWEEN :weight AND :limit AND consecutive > 0
""")
FORGET = text("DELETE FROM password_attempts WHERE key = :key")
FORGET_OWNER = text("DELETE FROM password_attempts WHERE key BETWEEN :first AND :last")


@dataclass(frozen=True)
class Attempt:
    """The counters of one attempt, by their keys.

    ``visible`` counters reject the attempt with an error. ``hidden`` counters only prevent that the
    password is verified. ``weight`` is what the attempt adds to the counters of the account.
    """

    visible: tuple[str, ...]
    hidden: tuple[str, ...] = ()
    weight: int = 1

    def list_weights(self) -> list[tuple[str, int]]:
        """Return the counters and their weights, in the order in which statements lock the rows."""
        weight = 1 if self.hidden else self.weight
        weights = [(key, weight) for key in self.visible]
        return sorted(weights + [(key, self.weight) for key in self.hidden])


def make_login_attempt(name: str, account_id: UUID | None) -> Attempt:
    """Return the attempt of a login with a username or an e-mail address.

    An unknown account has counters as well, so that it takes the same work.
    """
    name_key = identifiers.username_key(name)
    owner = f"account:{account_id}" if account_id else f"no account:{name_key}"
    return Attempt(_make_keys(f"name:{name_key}"), _make_keys(owner))


def make_own_attempt(account_id: UUID) -> Attempt:
    """Return the attempt of a user with a session to verify the password again."""
    return Attempt(_make_keys(f"account:{account_id}"))


def count(attempt: Attempt) -> bool:
    """Count an attempt, and return whether the password may be verified.

    Raises:
        TooManyAttempts: it is beyond the quota.
    """
    settings, now = current_settings(), clock.now()
    if not settings.limits_enabled:
        return True
    limits = get_limits()
    weights = limits.bound_weights(attempt)
    values = _make_values(weights, limits, now, settings.login_window_seconds)
    with autocommit() as connection:
        counters = {row.key: row for row in connection.execute(COUNT[len(weights)], values)}
        exceeded = {key for key, row in counters.items() if row.attempts > limits.get(key)}
        rejecting = [key for key in attempt.visible if key in exceeded]
        if rejecting:
            counted = [pair for pair in weights if pair[0] not in exceeded]
            _give_back(connection, counted, limits)
    if rejecting:
        row = max((counters[key] for key in rejecting), key=lambda row: row.window_ends_at)
        raise _make_error(row, limits.get(row.key), settings.login_window_seconds, now)
    return not exceeded


@dataclass(frozen=True)
class Limits:
    """The maximum of attempts in a window: from one network, and from all networks together."""

    quota: int
    ceiling: int

    def get(self, key: str) -> int:
        return self.ceiling if key.endswith(ALL_NETWORKS) else self.quota

    def bound_weights(self, attempt: Attempt) -> list[tuple[str, int]]:
        """Return the counters of an attempt with what it adds to each."""
        return [(key, min(weight, self.get(key))) for key, weight in attempt.list_weights()]


def get_limits() -> Limits:
    """Return the configured quotas."""
    settings = current_settings()
    return Limits(settings.login_attempts, settings.login_attempts_per_account)


def _make_values(
    weights: list[tuple[str, int]], limits: Limits, now: datetime, window_seconds: int
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "quota": limits.quota,
        "ceiling": limits.ceiling,
        "series": MAX_SERIES,
        "now": now,
        "window_ends_at": now + timedelta(seconds=window_seconds),
        "long_window_ends_at": now + timedelta(seconds=LONG_WINDOW_SECONDS),
    }
    for row, (key, weight) in enumerate(weights):
        values |= {f"key{row}": key, f"weight{row}": weight}
    return values


def _make_error(row: Any, quota: int, window_seconds: int, now: datetime) -> TooManyAttempts:
    policy = (quota, window_seconds)
    if row.consecutive > MAX_SERIES:
        policy = (quota if row.key.endswith(ALL_NETWORKS) else 1, LONG_WINDOW_SECONDS)
    seconds = max(1, ceil((row.window_ends_at - now).total_seconds()))
    return TooManyAttempts(POLICY, *policy, seconds)


def give_back(attempt: Attempt) -> None:
    """Undo the count of an attempt whose password was not verified.

    A counter beyond its limit did not count the attempt, and is not changed.
    """
    limits = get_limits()
    with autocommit() as connection:
        _give_back(connection, limits.bound_weights(attempt), limits)


def forget(attempt: Attempt) -> None:
    """Delete the counters of an attempt that succeeded."""
    with autocommit() as connection:
        connection.execute(FORGET, [{"key": key} for key, _ in attempt.list_weights()])


def forget_account(account_id: UUID, names: Iterable[str | None]) -> None:
    """Delete all counters of an account and its names, in the current transaction."""
    for first, last in list_key_ranges(account_id, names):
        db.session.execute(FORGET_OWNER, {"first": first, "last": last})


def purge() -> int:
    """Delete a batch of counters a day after the end of their window, and return how many."""
    is_old = PasswordAttempts.window_ends_at < clock.now() - RETENTION
    return delete_rows(PasswordAttempts.key, is_old, max_rows=PURGE_BATCH_ROWS)


def list_key_ranges(account_id: UUID, names: Iterable[str | None]) -> list[tuple[str, str]]:
    """Return the first and last key of the counters of an account and of each of its names."""
    owners = [f"name:{identifiers.username_key(name)}" for name in names if name]
    digests = sorted(map(_digest_owner, [*owners, f"account:{account_id}"]))
    return [(digest + ALL_NETWORKS, digest + "f" * NETWORK_DIGITS) for digest in digests]


def _make_keys(owner: str) -> tuple[str, str]:
    """Return the keys of an owner's counters: from this network, and from all networks.

    They are digests, so that the table contains no name, and no password that was sent as a name.
    """
    digest = _digest_owner(owner)
    network = sha256(_find_network(current_request().client_address).encode()).hexdigest()
    return digest + network[:NETWORK_DIGITS], digest + ALL_NETWORKS


def _digest_owner(owner: str) -> str:
    return sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()[:OWNER_DIGITS]


def _find_network(client_address: str) -> str:
    """Return the /24 of an IPv4 address or the /64 of an IPv6 address."""
    if not client_address:
        return ""
    prefix = 64 if ":" in client_address else 24
    return str(ip_network(f"{client_address}/{prefix}", strict=False))


def _give_back(connection: Connection, weights: list[tuple[str, int]], limits: Limits) -> None:
    values = [{"key": key, "weight": weight, "limit": limits.get(key)} for key, weight in weights]
    if values:
        connection.execute(GIVE_BACK, values)
