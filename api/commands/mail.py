from pathlib import Path
from uuid import UUID

import click

from api import config
from api.commands.errors import CommandError, WrongUse
from api.config import Settings
from api.config.mail_servers import parse_mail_from, parse_mail_url
from api.core import clock, secrets
from api.languages.choice import LANGUAGES
from api.mail.catalogue import Template
from api.mail.look import make_look
from api.mail.message import make_message, parse_recipient
from api.mail.overrides import require_valid_templates
from api.mail.rendering import RenderedMail, render_mail
from api.mail.samples import SAMPLES
from api.mail.transport import send_message
from api.outbox.errors import DeliveryError

TEST_TEXT = "This message was sent by `rollbook mail test`. The mail server has accepted it."


@click.group(name="mail")
def command() -> None:
    """Preview mails, and test the mail server."""


@command.command
@click.argument("name", type=click.Choice([template.value for template in Template]))
@click.option("--locale", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option("--html", "as_html", is_flag=True, help="Print the HTML and not the text.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the HTML to this file, for a browser.",
)
def preview(name: str, *, locale: str, as_html: bool, output: Path | None) -> None:
    """Print a mail with sample values, as it is sent with these settings."""
    settings = config.load()
    require_valid_templates(settings)
    template = Template(name)
    mail = render_mail(make_look(settings), template, locale, SAMPLES[template])
    if output is not None:
        output.write_text(mail.html, "utf-8")
        click.echo(f"Wrote {output}: {mail.subject}", err=True)
    elif as_html:
        click.echo(mail.html, nl=False)
    else:
        click.echo(f"Subject: {mail.subject}\n\n{mail.text}", nl=False)


@command.command
@click.argument("address")
def test(address: str) -> None:
    """Send a test mail to an e-mail address, and print what the mail server answers."""
    settings = config.load()
    message_id = secrets.new_id()
    try:
        reply = _send_test(address, message_id, settings)
    except DeliveryError as error:
        raise CommandError(f"the mail was not sent: {error.text}") from None
    click.echo(f"Sent {message_id} to {address}: {reply}.")


def _send_test(address: str, message_id: UUID, settings: Settings) -> str:
    if settings.mail_url is None or settings.mail_from is None:
        raise WrongUse("MAIL_URL is not set, so no mail is sent")
    try:
        recipient = parse_recipient(address)
    except ValueError:
        raise WrongUse("this is not an e-mail address") from None
    sender = parse_mail_from(settings.mail_from)
    subject = f"Test of the mails of {settings.service_name}"
    mail = RenderedMail(subject, f"{TEST_TEXT}\n", f"<p>{TEST_TEXT}</p>\n", "en")
    message = make_message(
        mail, sender=sender, recipient=recipient, message_id=message_id, created_at=clock.now()
    )
    return send_message(
        message,
        server=parse_mail_url(settings.mail_url),
        sender=sender,
        recipient=recipient,
        timeout_seconds=settings.mail_timeout_seconds,
    )
