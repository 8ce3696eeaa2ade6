"""The lists of an export that are not audit events, each with its newest rows."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, or_, select

from api.api_keys.listing import ROW_COLUMNS as API_KEY_COLUMNS
from api.api_keys.listing import ApiKeyRow
from api.api_keys.models import ApiKey, ApiKeyNetwork
from api.core.database import UTC_DATETIME
from api.core.reads import Query
from api.invitations.models import ROW_COLUMNS, Invitation, InvitationRow
from api.mail.catalogue import Template
from api.one_time_tokens.models import OneTimeToken
from api.outbox.models import OutboxMessage
from api.sessions.models import Session

MAX_ITEMS = 1000  # of each list
# The mail to an e-mail address that is not the user's yet. It is sent only to an address without an
# account, so an export that lists it would reveal which addresses have one.
HIDDEN_MAIL = Template.EMAIL_CHANGE_REQUESTED


class StoredSession(NamedTuple):
    """A session that has not been purged yet."""

    id: UUID
    device: str
    address: str | None
    created_at: datetime
    authenticated_at: datetime
    last_used_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    end_reason: str | None


class UsedNetwork(NamedTuple):
    """A network from which a key was used."""

    key_id: UUID
    network: str
    first_used_at: datetime


class PendingLink(NamedTuple):
    """A link in a mail that has not been used yet, without its token."""

    purpose: str
    email: str | None
    created_at: datetime
    expires_at: datetime


class StoredMail(NamedTuple):
    """A mail without its content."""

    name: str
    state: str
    created_at: datetime
    delivered_at: datetime | None


def _make_query(model: Any, make: Callable[..., Any], columns: Any, *conditions: Any) -> Query[Any]:
    """Return the query of the newest rows, and of one more than an export contains."""
    newest = select(*columns).where(*conditions).order_by(model.created_at.desc())
    return Query(newest.limit(MAX_ITEMS + 1), make)


def _list_columns(model: Any, record: Any) -> list[Any]:
    return [getattr(model, name) for name in record._fields]


USER: Any = bindparam("user")
is_to_user = or_(Invitation.user_id == USER, Invitation.email_key == bindparam("email_key"))
is_pending = OneTimeToken.expires_at > bindparam("now", type_=UTC_DATETIME)

QUERIES: dict[str, Query[Any]] = {  # by the member of the export
    "api_keys": _make_query(ApiKey, ApiKeyRow, API_KEY_COLUMNS, ApiKey.user_id == USER),
    "api_key_networks": Query(
        select(*_list_columns(ApiKeyNetwork, UsedNetwork))
        .join(ApiKey, ApiKey.id == ApiKeyNetwork.key_id)
        .where(ApiKey.user_id == USER)
        .order_by(ApiKeyNetwork.first_used_at.desc())
        .limit(MAX_ITEMS + 1),
        UsedNetwork,
    ),
    "sessions": _make_query(
        Session, StoredSession, _list_columns(Session, StoredSession), Session.user_id == USER
    ),
    "received_invitations": _make_query(Invitation, InvitationRow, ROW_COLUMNS, is_to_user),
    "sent_invitations": _make_query(
        Invitation, InvitationRow, ROW_COLUMNS, Invitation.invited_by == USER
    ),
    "pending_links": _make_query(
        OneTimeToken,
        PendingLink,
        _list_columns(OneTimeToken, PendingLink),
        OneTimeToken.user_id == USER,
        is_pending,
    ),
    "mails": _make_query(
        OutboxMessage,
        StoredMail,
        _list_columns(OutboxMessage, StoredMail),
        OutboxMessage.subject_id == USER,
        OutboxMessage.name != HIDDEN_MAIL.value,
    ),
}
