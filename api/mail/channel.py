"""The channel of the outbox that delivers mails."""

from datetime import timedelta
from typing import TYPE_CHECKING, cast

import structlog
from jinja2 import TemplateError

from api.config import Settings
from api.config.mail_servers import parse_mail_from, parse_mail_url
from api.core import clock
from api.core.runtime import current_settings
from api.mail.catalogue import Template
from api.mail.look import make_look
from api.mail.message import make_message, parse_recipient
from api.mail.rendering import RenderedMail, render_mail
from api.mail.transport import send_message
from api.outbox.channels import Delivery
from api.outbox.errors import PermanentDeliveryError, TransientDeliveryError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.headerregistry import Address

    from api.outbox.service import Content

# Older mails are of no use: their links have expired, and what they report is old. They are those
# of a development instance that gets a mail server.
MAX_AGE = timedelta(days=3)

log = structlog.get_logger()


def deliver(delivery: Delivery) -> None:
    """Render a mail and send it to the mail server.

    Raises:
        TransientDeliveryError: it can be sent later, or when a template has been corrected.
        PermanentDeliveryError: the mail server rejects it.
    """
    settings = current_settings()
    assert settings.mail_url is not None  # noqa: S101  else `app.py` does not use this channel
    assert settings.mail_from is not None  # noqa: S101  it is required with MAIL_URL
    if clock.now() - delivery.created_at > MAX_AGE:
        raise PermanentDeliveryError(f"it was not sent for {MAX_AGE.days} days")
    mail = render_stored(delivery.name, delivery.content, settings)
    sender = parse_mail_from(settings.mail_from)
    recipient = _find_recipient(delivery)
    message = make_message(
        mail,
        sender=sender,
        recipient=recipient,
        message_id=delivery.message_id,
        created_at=delivery.created_at,
    )
    reply = send_message(
        message,
        server=parse_mail_url(settings.mail_url),
        sender=sender,
        recipient=recipient,
        timeout_seconds=settings.mail_timeout_seconds,
    )
    log.debug("mail.sent", message_id=str(delivery.message_id), reply=reply)


def render_stored(name: str, content: "Content", settings: Settings) -> RenderedMail:
    """Render a mail of the outbox.

    Raises:
        TransientDeliveryError: a template is wrong, which the operator can correct.
    """
    template = Template(name)
    locale = cast("str | None", content["locale"])
    values = cast("Mapping[str, object]", content["values"])
    try:
        return render_mail(make_look(settings), template, locale, values)
    except TemplateError as error:
        reason = f"the template of {template} cannot be rendered: {error}"
        raise TransientDeliveryError(reason) from error


def _find_recipient(delivery: Delivery) -> "Address":
    try:
        return parse_recipient(str(delivery.content["to"]))
    except ValueError:
        raise PermanentDeliveryError("the stored address is not an e-mail address") from None
