"""The mails about a new API key, and about its first use from a network."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from api.api_keys.listing import make_hint
from api.api_keys.models import ApiKey
from api.core import clock
from api.core.database import db
from api.core.events import Event, Occurrence
from api.core.permissions import Permission
from api.core.request_context import current_request
from api.mail import service as mail
from api.mail.catalogue import Template
from api.mail.limits import count_mail
from api.service_accounts.models import ServiceAccount
from api.users.recipients import Recipient, find_recipient
from api.users.service import get_profile

TEMPLATES = {
    Event.API_KEY_CREATED: Template.API_KEY_CREATED,
    Event.API_KEY_ROTATED: Template.API_KEY_CREATED,
    Event.API_KEY_NETWORK_NEW: Template.API_KEY_NEW_NETWORK,
}
EVENTS = tuple(TEMPLATES)


class MailedKey(NamedTuple):
    """A key as the mails describe it. Its reader is the owner, or who created it for a program."""

    name: str
    last4: str
    user_id: UUID | None
    created_by: UUID | None
    service_account: str | None

    @property
    def reader_id(self) -> UUID | None:
        return self.user_id or self.created_by


def notify_owner(occurrence: Occurrence) -> None:
    """Mail the owner of a key; for that of a service account, the user who created it."""
    template = TEMPLATES[occurrence.event]
    details = occurrence.details
    key = _find_key(UUID(details.get("successor", details["api_key"])))
    reader_id = key and key.reader_id
    recipient = reader_id and find_recipient(reader_id)
    if not key or not recipient or not _may_read(key) or not _permit(template, recipient):
        return
    values = {
        "key_name": key.name,
        "service_account": key.service_account,
        "hint": make_hint(key.last4),
        "address": current_request().client_address or None,
        "at": clock.now().isoformat(),
    }
    mail.send(
        template, to=recipient.email, locale=recipient.locale, user_id=reader_id, values=values
    )


def _may_read(key: MailedKey) -> bool:
    """Return whether the reader may know about the key; who created it may have lost the role."""
    if key.user_id or not key.created_by:
        return True
    return Permission.SERVICE_ACCOUNTS_READ in get_profile(key.created_by).permissions


def _permit(template: Template, recipient: Recipient) -> bool:
    """Count a mail, and return whether it may be sent.

    The owner gets a mail about the first five new keys of an hour. A program that moves from
    network to network causes fewer, one in a minute. The audit log has all keys and networks.
    """
    if template is Template.API_KEY_NEW_NETWORK:
        return count_mail(template, recipient.email)
    return count_mail(template, recipient.email, interval_seconds=0)


def _find_key(key_id: UUID) -> MailedKey | None:
    columns = (ApiKey.name, ApiKey.last4, ApiKey.user_id, ApiKey.created_by, ServiceAccount.name)
    row = select(*columns).outerjoin(ServiceAccount).where(ApiKey.id == key_id)
    found = db.session.execute(row).one_or_none()
    return MailedKey(*found) if found else None
