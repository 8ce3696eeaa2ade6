"""Sending mails. They are stored in the outbox, and a worker sends them after the commit."""

from collections.abc import Mapping
from uuid import UUID

from api.core.runtime import current_settings
from api.languages.choice import choose_locale
from api.mail.catalogue import Template
from api.mail.errors import MailUnavailable
from api.outbox import service as outbox

KIND = "mail"


def is_enabled() -> bool:
    """Return whether mails can be sent; outside production the developer's mailbox takes them."""
    settings = current_settings()
    return settings.mail_url is not None or not settings.production


def require_enabled() -> None:
    """Check that mails can be sent, for an operation that has no other purpose.

    Raises:
        MailUnavailable
    """
    if not is_enabled():
        raise MailUnavailable


def send(
    template: Template,
    *,
    to: str,
    locale: str | None,
    user_id: UUID | None = None,
    values: Mapping[str, object] | None = None,
) -> None:
    """Store a mail in the current transaction.

    ``values`` are the values that the text needs (``Template``), as JSON. ``locale`` is that of the
    account; without it the mail is in the language of the current request. Nothing is stored where
    no mail can be sent.
    """
    if not is_enabled():
        return
    content = {"to": to, "locale": choose_locale(locale), "values": dict(values or {})}
    outbox.add_message(KIND, template, content, subject_id=user_id)
