"""The mail about the first pause after wrong passwords."""

from collections.abc import Mapping

from api.core.events import Event, Occurrence
from api.core.secrets import new_id
from api.languages.choice import DEFAULT_LANGUAGE
from api.mail import service as mail
from api.mail.catalogue import Template
from api.mail.limits import permit_notice
from api.outbox import service as outbox
from api.outbox.models import State
from api.users.recipients import find_recipient

EVENTS = (Event.LOGIN_PAUSED,)


def notify_of_pause(occurrence: Occurrence) -> None:
    """Send a mail to the owner of the account, if there is one.

    The client who guesses must not see from the time whether there is one. So without an owner, or
    beyond the limit, the same statements run, and store a message that is never delivered.
    """
    if not mail.is_enabled():
        return
    values = {"minutes": occurrence.details["minutes"]}
    account_id = occurrence.subject or new_id()
    recipient = find_recipient(account_id)
    counted = recipient.email if recipient else str(account_id)
    is_verified = recipient is not None and recipient.is_verified
    is_permitted = permit_notice(Template.LOGINS_PAUSED, counted, is_verified=is_verified)
    if recipient is None or not is_permitted:
        _store_decoy(values)
        return
    mail.send(
        Template.LOGINS_PAUSED,
        to=recipient.email,
        locale=recipient.locale or DEFAULT_LANGUAGE,  # not that of the client who guesses
        user_id=occurrence.subject,
        values=values,
    )


def _store_decoy(values: Mapping[str, object]) -> None:
    content = {"to": "", "locale": DEFAULT_LANGUAGE, "values": values}
    outbox.add_message(mail.KIND, Template.LOGINS_PAUSED, content, state=State.DELIVERED)
