"""Exporting what is stored about a user (GDPR, article 15), without secrets and hashes.

Data of other persons is left out: the client IP addresses and credentials of administrators and of
strangers, the e-mail addresses of people whom the user has invited, and whether an address has an
account.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from api.audit.models import AuditEventRow
from api.audit.schemas import AuditEventSearch
from api.audit.search import bind_query
from api.core import clock, identifiers, keyset
from api.core.database import in_transaction
from api.core.events import Event, emit
from api.core.keyset import Page
from api.core.principal import Principal
from api.core.step_up import require_step_up
from api.passwords import account_attempts
from api.passwords.account_attempts import AccountAttempts
from api.personal_data.lists import HIDDEN_MAIL, MAX_ITEMS, QUERIES
from api.personal_data.schemas import ExportQuery
from api.users import service as users
from api.users.models import Profile

ORDER = "-at"  # so that events that are recorded meanwhile do not shift the next pages


@dataclass(frozen=True)
class Lists:
    """The lists beside the audit events, with the names of those that are not complete."""

    items: dict[str, list[Any]]
    truncated: list[str]


@dataclass(frozen=True)
class Export:
    """What is stored about a user, with one page of the audit events."""

    exported_at: datetime
    user: Profile
    login_attempts: AccountAttempts
    sessions: list[Any]
    api_keys: list[Any]
    api_key_networks: list[Any]
    received_invitations: list[Any]
    sent_invitations: list[Any]
    pending_links: list[Any]
    mails: list[Any]
    truncated: list[str]
    audit_events: list[AuditEventRow]
    next: str | None


def export(query: ExportQuery, *, by: Principal) -> Export:
    """Return a page of what is stored about the caller.

    The pages differ in the audit events alone. The first one is recorded.

    Raises:
        StepUpRequired: the password was verified too long ago.
        InvalidRequest: the cursor is not valid, or belongs to another list.
    """
    require_step_up(by)
    profile = users.read(by.id, by=by)
    events = _find_events(query, by.id)
    lists = _read_lists(profile)
    if "cursor" not in query:
        in_transaction(lambda: emit(Event.USER_EXPORTED, subject=by.id, by=by))
    return Export(
        exported_at=clock.now(),
        user=profile,
        login_attempts=account_attempts.find_attempts(
            profile.id, (profile.username, profile.email)
        ),
        truncated=lists.truncated,
        audit_events=[_hide_others(each, by.id) for each in events.items if _is_shown(each)],
        next=events.next,
        **lists.items,
    )


def _read_lists(profile: Profile) -> Lists:
    values = {
        "user": profile.id,
        "email_key": identifiers.email_key(profile.email),
        "now": clock.now(),
    }
    found = {name: query.all(**values) for name, query in QUERIES.items()}
    truncated = [name for name, rows in found.items() if len(rows) > MAX_ITEMS]
    return Lists({name: rows[:MAX_ITEMS] for name, rows in found.items()}, truncated)


def _find_events(query: ExportQuery, user_id: UUID) -> Page[AuditEventRow]:
    """Return a page of the events about a user or by a user, newest first.

    Each of the two queries reads its index. One query with ``OR`` could read the whole log.
    """
    search = AuditEventSearch(limit=query["limit"], sort=ORDER)
    if "cursor" in query:
        search["cursor"] = query["cursor"]
    about, by = search.copy(), search.copy()
    about["subject"], by["actor"] = user_id, user_id
    found: dict[UUID, AuditEventRow] = {}
    for filtered in (about, by):
        page_query, values = bind_query(filtered)
        found |= {row.id: row for row in page_query.all(**values)}
    newest = sorted(found.values(), key=lambda row: (row.at, row.id), reverse=True)
    return keyset.make_page(newest, search, lambda row: (row.at, row.id), make=lambda row: row)


def _hide_others(event: AuditEventRow, user_id: UUID) -> AuditEventRow:
    """Leave out the client IP address and the credential unless the user was the actor.

    Without an actor, such as after a failed login, the address can be that of a stranger.
    """
    if event.actor_id == user_id:
        return event
    return event._replace(address=None, credential_id=None)


def _is_shown(event: AuditEventRow) -> bool:
    """Return whether an export has an event: not if it is about a mail that an export leaves out.

    Pages are made before, so that a page can have fewer events than its limit.
    """
    return event.details.get("name") != HIDDEN_MAIL
