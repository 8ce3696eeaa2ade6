"""The settings of mail."""

from typing import Literal

from api.config import derived
from api.config.declarations import setting
from api.config.kinds import BaseUrl, Text
from api.config.service_fields import ServiceFields


class MailFields(ServiceFields):
    mail_url: Text | None = setting(
        "The mail server: `smtp://host:25`, `smtp+starttls://user:password@host:587` or "
        "`smtps://user:password@host:465`. Without it no mail is sent.",
        None,
        file=True,
        section="Mail",
    )
    frontend_url: BaseUrl | None = setting(
        "The URL of your own pages for the links in mails, such as `https://example.com/account`: "
        "`/reset-password?token=…` and so on is added. Without it the links open pages of the "
        "service.",
        None,
    )
    email_verification: Literal["off", "optional", "required"] = setting(
        "Whether users confirm their e-mail address. With `required`, a user who has not confirmed "
        "it can do nothing else, and a registration does not reveal whether an address is known.",
        derived.email_verification,
        shown_default="`required` with `MAIL_URL`, else `off`",
    )
