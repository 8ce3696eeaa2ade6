"""Comparing rows with the existing accounts that they are about, and updating these."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from api.core.database import db
from api.core.principal import Principal
from api.transfer import updates
from api.transfer.matching import Match
from api.transfer.outcomes import Outcomes
from api.transfer.rows import Account
from api.users.models import User


@dataclass(frozen=True)
class Comparison:
    """A row with its account. ``names`` are the members that differ; see ``find_fixed``."""

    account: Account
    match: Match
    names: list[str]
    fixed: dict[str, str]

    @property
    def allows_update(self) -> bool:
        return bool(self.names) and self.fixed.keys().isdisjoint(self.names)


def compare_accounts(
    matched: Iterable[tuple[Account, Match]],
    outcomes: Outcomes,
    done: set[UUID],
    *,
    by: Principal,
    update: bool,
) -> list[Account]:
    """Record whether rows equal their accounts, or update these, in the order of their ids.

    Return the rows whose accounts have been updated since they were read.
    """
    compared = _compare(matched, by=by)
    if update:
        _lock_accounts({each.match.id for each in compared if each.allows_update} - done)
    updated: set[UUID] = set()
    stale = []
    for each in compared:
        place, user_id = each.account.place, each.match.id
        if user_id in updated:
            stale.append(each.account)
            continue
        _record(each, outcomes, by=by, update=update and user_id not in done)
        if place in outcomes.updated:
            updated.add(user_id)
        if place in outcomes.updated or place in outcomes.unchanged:
            done.add(user_id)
    return stale


def _compare(matched: Iterable[tuple[Account, Match]], *, by: Principal) -> list[Comparison]:
    return [
        Comparison(
            account,
            match,
            updates.find_differences(account, match.stored, by=by),
            updates.find_fixed(match),
        )
        for account, match in sorted(matched, key=lambda pair: (pair[1].id, pair[0].place))
    ]


def _lock_accounts(ids: set[UUID]) -> None:
    """Lock accounts in the order of their ids, so that two updates do not wait for each other.

    Accounts that need no update are not locked: their users can log in meanwhile.
    """
    if ids:
        selected = select(User.id).where(User.id.in_(ids)).order_by(User.id)
        db.session.execute(selected.with_for_update())


def _record(each: Comparison, outcomes: Outcomes, *, by: Principal, update: bool) -> None:
    place, user_id = each.account.place, each.match.id
    if not each.names:
        outcomes.unchanged[place] = user_id
    elif not update or not each.allows_update:
        errors = updates.describe_differences(each.names, each.fixed)
        outcomes.conflicts[place] = user_id, errors
    elif errors := updates.update_account(each.account, each.match.stored, each.names, by=by):
        outcomes.rejected[place] = errors
    else:
        outcomes.updated[place] = user_id
