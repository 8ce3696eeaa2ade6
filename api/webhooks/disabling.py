"""Disables webhooks whose receivers do not want, or do not accept, what is sent."""

from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

from api.core import clock
from api.core.events import Event, emit
from api.core.principal import OPERATOR
from api.core.runtime import current_settings
from api.languages.choice import DEFAULT_LANGUAGE
from api.mail import service as mail
from api.mail.catalogue import Template
from api.users.recipients import find_recipient
from api.webhooks.attempts import Attempt
from api.webhooks.models import Webhook
from api.webhooks.states import WebhookState, change_webhook

Reason = Literal["failing", "gone"]


def disable_after_failures(webhook: WebhookState, attempt: Attempt) -> bool:
    """Disable a webhook after an attempt that failed; return whether it is disabled now.

    That is done if the receiver answered 410, or has accepted nothing for WEBHOOK_DISABLE_DAYS.
    A webhook that was disabled before stays so.
    """
    if not webhook.enabled:
        return True
    if attempt.is_gone:
        _disable(webhook, "gone")
        return True
    max_duration = timedelta(days=current_settings().webhook_disable_days)
    if webhook.failing_since and attempt.at - webhook.failing_since >= max_duration:
        _disable(webhook, "failing")
        _notify_creator(webhook)
        return True
    return False


def _disable(webhook: WebhookState, reason: Reason) -> None:
    """Disable a webhook. Administrators see that, so it gets another version."""
    change_webhook(
        webhook.id,
        enabled=False,
        disabled_reason=reason,
        updated_at=clock.now(),
        version=Webhook.version + 1,
    )
    details = {"webhook": str(webhook.id), "reason": reason}
    emit(Event.WEBHOOK_DISABLED, subject=None, by=OPERATOR, **details)


def _notify_creator(webhook: WebhookState) -> None:
    """Send a mail to the user who created the webhook, if the account is still active."""
    recipient = find_recipient(webhook.created_by) if webhook.created_by else None
    if recipient is None or webhook.failing_since is None:
        return
    since = webhook.failing_since.isoformat(timespec="seconds").replace("+00:00", "Z")
    mail.send(
        Template.WEBHOOK_DISABLED,
        to=recipient.email,
        locale=recipient.locale or DEFAULT_LANGUAGE,
        user_id=webhook.created_by,
        values={"host": urlsplit(webhook.url).hostname, "at": since},
    )
