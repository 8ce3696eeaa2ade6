"""What the counters of password attempts say about one account.

They contain digests of networks, so they do not reveal from which networks the attempts came.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, or_, select

from api.core import clock
from api.core.database import autocommit
from api.passwords.attempts import ALL_NETWORKS, MAX_SERIES, get_limits, list_key_ranges
from api.passwords.models import PasswordAttempts


class Counter(NamedTuple):
    """A counter whose window has not ended."""

    key: str
    window_ends_at: datetime
    attempts: int
    consecutive: int

    @property
    def is_for_all_networks(self) -> bool:
        return self.key.endswith(ALL_NETWORKS)

    @property
    def is_exhausted(self) -> bool:
        """Return whether the next attempt is rejected."""
        if self.attempts >= get_limits().get(self.key):
            return True
        return self.consecutive >= MAX_SERIES and not self.is_for_all_networks


class AccountAttempts(NamedTuple):
    """The failed logins of an account, and the pause after too many of them."""

    attempts: int  # in the current window, from all networks
    paused_networks: int  # from which no password is accepted now
    paused_everywhere: bool
    paused_until: datetime | None  # when the last of these pauses ends


COLUMNS = [getattr(PasswordAttempts, name) for name in Counter._fields]


def find_attempts(account_id: UUID, names: Iterable[str | None]) -> AccountAttempts:
    """Return the attempts that count for an account or for one of its names."""
    counters = _read_counters(account_id, names)
    exhausted = [counter for counter in counters if counter.is_exhausted]
    networks = {counter.key[-len(ALL_NETWORKS) :] for counter in exhausted} - {ALL_NETWORKS}
    totals = [counter.attempts for counter in counters if counter.is_for_all_networks]
    return AccountAttempts(
        attempts=max(totals, default=0),
        paused_networks=len(networks),
        paused_everywhere=any(counter.is_for_all_networks for counter in exhausted),
        paused_until=max((counter.window_ends_at for counter in exhausted), default=None),
    )


def _read_counters(account_id: UUID, names: Iterable[str | None]) -> list[Counter]:
    key = PasswordAttempts.key
    ranges = [key.between(*bounds) for bounds in list_key_ranges(account_id, names)]
    lasting = and_(or_(*ranges), PasswordAttempts.window_ends_at > clock.now())
    with autocommit() as connection:
        return [Counter(*row) for row in connection.execute(select(*COLUMNS).where(lasting))]
