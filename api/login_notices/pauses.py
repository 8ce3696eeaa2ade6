"""The mail about the first pause after wrong passwords."""

from api.core.events import Event, Occurrence
from api.core.secrets import new_id
from api.languages.choice import DEFAULT_LANGUAGE
from api.login_notices.recipients import find_recipient
from api.mail import service as mail
from api.mail.catalogue import Template

EVENTS = (Event.LOGIN_PAUSED,)


def notify_of_pause(occurrence: Occurrence) -> None:
    """Send a mail to the owner of the account, if there is one."""
    if not mail.is_enabled():
        return
    recipient = find_recipient(occurrence.subject or new_id())
    if recipient is None:
        return
    mail.send(
        Template.LOGINS_PAUSED,
        to=recipient.email,
        locale=recipient.locale or DEFAULT_LANGUAGE,  # not that of the client who guesses
        user_id=occurrence.subject,
        values={"minutes": occurrence.details["minutes"]},
    )
