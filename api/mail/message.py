"""Makes the message that is sent of a rendered mail (RFC 5322)."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from uuid import UUID

from api.core.identifiers import is_email, parse_email
from api.mail.rendering import RenderedMail

# Bytes beyond ASCII are encoded, since not every server takes them. The policy rejects line breaks
# in headers.
POLICY = SMTP.clone(cte_type="7bit")


def parse_recipient(email: str) -> Address:
    """Return an e-mail address as headers and SMTP need it: with the domain in ASCII (IDNA).

    Raises:
        ValueError: it is no e-mail address.
    """
    if not is_email(email):
        raise ValueError("not an e-mail address")
    local_part = email.rpartition("@")[0]
    return Address(username=local_part, domain=parse_email(email).ascii_domain)


def make_message(
    mail: RenderedMail,
    *,
    sender: Address,
    recipient: Address,
    message_id: UUID,
    created_at: datetime,
) -> EmailMessage:
    """Return the message. Its id is the same in all attempts, so that receivers see a repetition.

    ``Auto-Submitted`` keeps holiday notices from being sent back (RFC 3834).
    """
    message = EmailMessage(POLICY)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = mail.subject
    message["Date"] = created_at
    message["Message-ID"] = f"<{message_id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    message["Content-Language"] = mail.language  # before, it would become that of the first part
    return message
