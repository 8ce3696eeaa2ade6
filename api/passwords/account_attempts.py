"""What the counters of password attempts say about one account, for administrators."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, or_, select

from api.core import clock
from api.core.database import autocommit
from api.passwords.attempts import list_key_ranges
from api.passwords.counters import get_limits, is_for_all_networks
from api.passwords.models import PasswordAttempts

MAX_NETWORKS = 100  # in a response


class Counter(NamedTuple):
    """A counter whose window or pause has not ended."""

    key: str
    network: str | None
    window_ends_at: datetime
    attempts: int
    consecutive: int

    @property
    def verified(self) -> int:
        """Return the attempts without those that were rejected."""
        return min(self.attempts, get_limits().get(self.key))

    @property
    def is_exhausted(self) -> bool:
        """Return whether the next attempt is rejected."""
        return get_limits().is_exhausted(self.key, self.attempts, self.consecutive)


class NetworkAttempts(NamedTuple):
    """The failed logins of an account from one network."""

    network: str
    attempts: int
    paused_until: datetime | None


class AccountAttempts(NamedTuple):
    """The failed logins of an account, and the pause after too many of them."""

    attempts: int  # in the current window, from all networks
    networks: list[NetworkAttempts]  # those with the most attempts
    paused_networks: int  # from which no password is accepted now
    paused_everywhere: bool
    paused_until: datetime | None  # when the last of these pauses ends


COLUMNS = [getattr(PasswordAttempts, name) for name in Counter._fields]


def find_attempts(account_id: UUID, names: Iterable[str | None]) -> AccountAttempts:
    """Return the attempts that count for an account or for one of its names."""
    counters = _read_counters(account_id, names)
    totals = [counter for counter in counters if is_for_all_networks(counter.key)]
    networks = _group_by_network(counters)
    pauses = [counter.window_ends_at for counter in totals if counter.is_exhausted]
    network_pauses = [each.paused_until for each in networks if each.paused_until]
    return AccountAttempts(
        attempts=max((counter.verified for counter in totals), default=0),
        networks=networks[:MAX_NETWORKS],
        paused_networks=len(network_pauses),
        paused_everywhere=bool(pauses),
        paused_until=max([*pauses, *network_pauses], default=None),
    )


def _group_by_network(counters: Iterable[Counter]) -> list[NetworkAttempts]:
    """Return the networks with their attempts by any name; those with the most come first."""
    groups: dict[str, list[Counter]] = {}
    for counter in counters:
        if counter.network is not None:
            groups.setdefault(counter.network, []).append(counter)
    found = [
        NetworkAttempts(
            network,
            max(counter.verified for counter in group),
            max((it.window_ends_at for it in group if it.is_exhausted), default=None),
        )
        for network, group in groups.items()
    ]
    return sorted(found, key=lambda each: (-each.attempts, each.network))


def _read_counters(account_id: UUID, names: Iterable[str | None]) -> list[Counter]:
    key = PasswordAttempts.key
    ranges = [key.between(*bounds) for bounds in list_key_ranges(account_id, names)]
    lasting = and_(or_(*ranges), PasswordAttempts.window_ends_at > clock.now())
    with autocommit() as connection:
        return [Counter(*row) for row in connection.execute(select(*COLUMNS).where(lasting))]
