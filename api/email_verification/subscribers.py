"""Mailing the link to confirm a new e-mail address."""

from api.core.database import db
from api.core.events import Event, Occurrence
from api.core.principal import PrincipalKind
from api.core.runtime import current_settings
from api.email_verification import service
from api.users.models import User

EVENTS = (Event.USER_CREATED, Event.USER_UPDATED)


def mail_link(occurrence: Occurrence) -> None:
    """Mail a link to an address that is new and not verified.

    The operator's command line sends none: its accounts need not confirm.
    """
    is_new = occurrence.event is Event.USER_CREATED
    if not is_new and "email" not in occurrence.details.get("changed", ()):
        return
    by_operator = occurrence.by is not None and occurrence.by.kind is PrincipalKind.OPERATOR
    if current_settings().email_verification == "off" or by_operator:
        return
    user = db.session.get(User, occurrence.subject)
    if user is not None and not user.email_verified:
        service.send_link(user)
