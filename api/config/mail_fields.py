"""The settings of mail, and how the service looks in mails and on pages."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from api.config import derived
from api.config.declarations import setting
from api.config.kinds import BaseUrl
from api.config.mail_servers import check_mail_from, check_mail_url
from api.config.service_fields import ServiceFields

COLOR = re.compile("#[0-9A-Fa-f]{6}")


def _check_color(text: str) -> str:
    if not COLOR.fullmatch(text):
        raise ValueError("give red, green and blue in hexadecimal, such as #0f766e")
    return text


MailUrl = Annotated[str, AfterValidator(check_mail_url)]
MailFrom = Annotated[str, AfterValidator(check_mail_from)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Color = Annotated[str, AfterValidator(_check_color)]


class MailFields(ServiceFields):
    service_name: Name = setting(
        "The name of the service in mails and on pages.", "Rollbook", section="Name and look"
    )
    service_logo_url: BaseUrl | None = setting(
        "The URL of a logo, which replaces the name: PNG or JPEG, 40 pixels high or twice that.",
        None,
    )
    service_color: Color = setting("The colour of buttons.", "#0f766e")

    mail_url: MailUrl | None = setting(
        "The mail server: `smtp://host:25`, `smtp+starttls://user:password@host:587` or "
        "`smtps://user:password@host:465`. Without it no mail is sent ([mail](mail.md)).",
        None,
        file=True,
        section="Mail",
    )
    mail_from: MailFrom | None = setting(
        "The sender of mails: `no-reply@example.org`, or with a name `Example "
        "<no-reply@example.org>`. Required with `MAIL_URL`.",
        None,
    )
    mail_unencrypted: bool = setting(
        "Whether `smtp://` may lead to another machine in production. All mails, their links and "
        "the password of the mail server can be read in the network between.",
        default=False,
    )
    mail_timeout_seconds: Annotated[int, Field(ge=1, le=15)] = setting(
        "How long the delivery of one mail to the mail server may take, in seconds. The "
        "connection has half of it.",
        10,
    )
    mail_templates: Path | None = setting(
        "A directory with templates of your own, which replace those of the same names "
        "([mail](mail.md#texts-of-your-own)).",
        None,
    )
    frontend_url: BaseUrl | None = setting(
        "The URL of your own pages for the links in mails, such as `https://example.com/account`: "
        "`/reset-password?token=…` and so on is added. Without it the links open pages of the "
        "service.",
        None,
    )
    new_device_notice: bool = setting(
        "Send users a mail after a login from a new device, with a link that ends the session.",
        default=True,
    )
    email_verification: Literal["off", "optional", "required"] = setting(
        "Whether users confirm their e-mail address. With `required`, a user who has not confirmed "
        "it cannot log in, and a registration does not reveal whether an address is known.",
        derived.email_verification,
        shown_default="`required` with `MAIL_URL`, else `off`",
    )
    password_reset_minutes: Annotated[int, Field(ge=5, le=60)] = setting(
        "How long the link to choose a new password for a forgotten one works, in minutes.", 30
    )
    email_change_hours: Annotated[int, Field(ge=1, le=24)] = setting(
        "How long the link to confirm a new e-mail address works, in hours.", 1
    )
