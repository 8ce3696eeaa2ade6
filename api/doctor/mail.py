"""Checks the templates of mails, and connects to the mail server as a delivery does."""

from collections.abc import Iterator

from api.config import Settings
from api.config.mail_servers import parse_mail_from, parse_mail_url
from api.doctor.problems import Problem
from api.mail.overrides import find_wrong_templates
from api.mail.transport import check_server
from api.outbox.errors import TransientDeliveryError


def check_templates(settings: Settings) -> Iterator[Problem]:
    """Report templates of the operator that cannot be rendered."""
    for reason in find_wrong_templates(settings):
        yield Problem("MAIL_TEMPLATES", reason, "docs/mail.md describes templates")


def check_mail_server(settings: Settings) -> Iterator[Problem]:
    """Report why no mail can be given to the mail server."""
    if settings.mail_url is None or settings.mail_from is None:
        return
    try:
        check_server(
            parse_mail_url(settings.mail_url),
            sender=parse_mail_from(settings.mail_from),
            timeout_seconds=settings.mail_timeout_seconds,
        )
    except TransientDeliveryError as error:
        remedy = "check scheme, host, port, user and password, and whether the mail server runs"
        yield Problem("MAIL_URL", error.text, remedy)
