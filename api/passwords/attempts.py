"""Counting the attempts to verify a password, for all workers together.

An attempt is counted before the password is verified, in one statement, so that parallel attempts
count as well. A login has four counters:

- two for the name in the request: from this network, and from all networks. They depend only on the
  request, so they answer the same whether the account exists or not.
- two for the account, if it exists: from this network, and from all networks. They limit a client
  that alternates between username and e-mail address. Beyond their quota the password is not
  verified, and the answer is that of a wrong password. So the answer does not reveal that two names
  belong to one account.

The quota of all networks is higher, so that one client cannot lock the owner out. A login with a
valid device token has one counter instead, that of the device: a stranger cannot use it up.

``counters`` has the statement and the pauses. No number of failures disables an account (NIST SP
800-63B, 3.2.2, would), because then any client could disable any account.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_network
from math import ceil
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from api.core import clock, identifiers
from api.core.database import autocommit, db, delete_rows
from api.core.request_context import current_request
from api.core.runtime import current_settings
from api.passwords import counters
from api.passwords.counters import (
    ALL_NETWORKS,
    BEGIN_SERIES,
    COUNT,
    FORGET,
    FORGET_OWNER,
    GIVE_BACK,
    NETWORK_DIGITS,
    OWNER_DIGITS,
    PAUSES,
    Increment,
    Limits,
    is_for_all_networks,
    make_values,
)
from api.passwords.errors import TooManyAttempts
from api.passwords.models import PasswordAttempts

CounterKey = tuple[str, str | None]  # with the network, which administrators see

POLICY = "password-attempts"
SERIES_LIFETIME = timedelta(days=1)  # in which one mail reports the pauses for a name
RETENTION = timedelta(days=1)  # after the end of the last window
PURGE_BATCH_ROWS = 1000
COSTLY_WEIGHT = 2  # of an attempt whose hash is costly to verify


@dataclass(frozen=True)
class Attempt:
    """The counters of one attempt: pairs of a key and a network.

    ``visible`` counters reject the attempt with an error. ``hidden`` counters only prevent that the
    password is verified. ``weight`` is what the attempt adds to the counters of the account.
    ``pause_seconds`` replaces the length of every window and pause.
    """

    visible: tuple[CounterKey, ...]
    hidden: tuple[CounterKey, ...] = ()
    weight: int = 1
    pause_seconds: int | None = None

    def list_increments(self, limits: Limits) -> list[Increment]:
        """Return what it adds to its counters, in the order in which statements lock the rows."""
        weight = 1 if self.hidden else self.weight
        weights = [(counter, weight) for counter in self.visible]
        weights += [(counter, self.weight) for counter in self.hidden]
        return sorted(
            Increment(key, network, min(weight, limits.get(key)))
            for (key, network), weight in weights
        )


class Counted(NamedTuple):
    """Whether the password may be verified, and the pause that follows if it is wrong."""

    may_verify: bool
    pause: "Pause | None" = None


class Pause(NamedTuple):
    """A pause that begins with an attempt, for the name in the request."""

    ends_at: datetime
    all_networks: bool


def make_login_attempt(name: str, account_id: UUID | None) -> Attempt:
    """Return the attempt of a login with a username or an e-mail address.

    An unknown account has counters as well, so that it takes the same work.
    """
    name_key = identifiers.username_key(name)
    owner = f"account:{account_id}" if account_id else f"no account:{name_key}"
    return Attempt(_make_keys(f"name:{name_key}"), _make_keys(owner))


def make_device_attempt(account_id: UUID, device_id: UUID, *, void_seconds: int) -> Attempt:
    """Return the attempt of a login from a device that has logged in before.

    Its quota has no shorter window than ``void_seconds``, the lifetime of its token: so the token
    is void after that many failures in a row.
    """
    number = sha256(device_id.bytes).hexdigest()[:NETWORK_DIGITS]
    key = _digest_owner(_name_devices(account_id)) + number
    return Attempt(((key, None),), pause_seconds=void_seconds)


def make_own_attempt(account_id: UUID) -> Attempt:
    """Return the attempt of a user with a session to verify the password again."""
    return Attempt(_make_keys(f"account:{account_id}"))


def count(attempt: Attempt) -> Counted:
    """Count an attempt, and return whether the password may be verified.

    Raises:
        TooManyAttempts: it is beyond the quota.
    """
    if not current_settings().limits_enabled:
        return Counted(may_verify=True)
    limits, now = get_limits(attempt), clock.now()
    increments = attempt.list_increments(limits)
    values = make_values(increments, limits, now)
    with autocommit() as connection:
        rows = {row.key: row for row in connection.execute(COUNT[len(increments)], values)}
        exceeded = {key for key, row in rows.items() if row.attempts > limits.get(key)}
        visible = [rows[key] for key, _ in attempt.visible]
        rejecting = [row for row in visible if row.key in exceeded]
        if rejecting:
            counted = [increment for increment in increments if increment.key not in exceeded]
            _give_back(connection, counted, limits)
    if rejecting:
        raise _make_error(max(rejecting, key=lambda row: row.window_ends_at), limits, now)
    return Counted(not exceeded, _find_pause(visible, limits))


def _find_pause(rows: Iterable[Any], limits: Limits) -> Pause | None:
    """Return the pause that begins with an attempt, which was the last one of a quota."""
    pauses = [
        Pause(row.window_ends_at, is_for_all_networks(row.key))
        for row in rows
        if limits.is_exhausted(row.key, row.attempts, row.consecutive)
    ]
    return max(pauses, default=None)


def _make_error(row: Any, limits: Limits, now: datetime) -> TooManyAttempts:
    quota, pause_seconds = limits.find_policy(row.key, row.consecutive)
    seconds = max(1, ceil((row.window_ends_at - now).total_seconds()))
    return TooManyAttempts(POLICY, quota, pause_seconds, seconds)


def begin_series(name: str) -> bool:
    """Return whether no series of pauses has begun for this name in the last day; begin one.

    It depends only on the name, so it takes as long for an unknown one.
    """
    now = clock.now()
    key = _digest_owner(f"series:{identifiers.username_key(name)}") + ALL_NETWORKS
    values = {"key": key, "now": now, "ends_at": now + SERIES_LIFETIME}
    with autocommit() as connection:
        return connection.execute(BEGIN_SERIES, values).first() is not None


def give_back(attempt: Attempt) -> None:
    """Undo the count of an attempt whose password was not verified.

    A counter beyond its limit did not count the attempt, and is not changed.
    """
    limits = get_limits(attempt)
    with autocommit() as connection:
        _give_back(connection, attempt.list_increments(limits), limits)


def get_limits(attempt: Attempt) -> Limits:
    """Return the quotas and pauses for an attempt."""
    limits = counters.get_limits()
    if attempt.pause_seconds is None:
        return limits
    return replace(limits, pauses=(attempt.pause_seconds,) * PAUSES)


def forget(attempt: Attempt) -> None:
    """Delete the counters of an attempt that succeeded."""
    with autocommit() as connection:
        keys = sorted(key for key, _ in attempt.visible + attempt.hidden)
        connection.execute(FORGET, [{"key": key} for key in keys])


def forget_account(account_id: UUID, names: Iterable[str | None]) -> None:
    """Delete all counters of an account, its names and devices, in the current transaction."""
    for first, last in list_key_ranges(account_id, names):
        db.session.execute(FORGET_OWNER, {"first": first, "last": last})


def purge() -> int:
    """Delete a batch of counters a day after the end of their window, and return how many."""
    is_old = PasswordAttempts.window_ends_at < clock.now() - RETENTION
    return delete_rows(PasswordAttempts.key, is_old, max_rows=PURGE_BATCH_ROWS)


def list_key_ranges(account_id: UUID, names: Iterable[str | None]) -> list[tuple[str, str]]:
    """Return the first and last key of the counters of an account, its names and its devices."""
    owners = [f"name:{identifiers.username_key(name)}" for name in names if name]
    owners += [f"account:{account_id}", _name_devices(account_id)]
    digests = sorted(map(_digest_owner, owners))
    return [(digest + ALL_NETWORKS, digest + "f" * NETWORK_DIGITS) for digest in digests]


def _make_keys(owner: str) -> tuple[CounterKey, CounterKey]:
    """Return the keys of an owner's counters: from this network, and from all networks.

    They are digests, so that the table contains no name, and no password that was sent as a name.
    """
    digest = _digest_owner(owner)
    network = find_network(current_request().client_address)
    number = sha256(network.encode()).hexdigest()[:NETWORK_DIGITS]
    return (digest + number, network or None), (digest + ALL_NETWORKS, None)


def _name_devices(account_id: UUID) -> str:
    return f"devices:{account_id}"


def _digest_owner(owner: str) -> str:
    return sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()[:OWNER_DIGITS]


def find_network(client_address: str) -> str:
    """Return the /24 of an IPv4 address or the /64 of an IPv6 address."""
    if not client_address:
        return ""
    prefix = 64 if ":" in client_address else 24
    return str(ip_network(f"{client_address}/{prefix}", strict=False))


def _give_back(connection: Connection, increments: Iterable[Increment], limits: Limits) -> None:
    values = [
        {"key": key, "weight": weight, "limit": limits.get(key)} for key, _, weight in increments
    ]
    if values:
        connection.execute(GIVE_BACK, values)
