"""What follows when a user is purged: other tables forget the person, too.

Rows with a foreign key to the account, such as sessions, roles and one-time tokens, are deleted
with it by the database. Audit events stay, with the ids alone.
"""

from datetime import UTC

from api.core import clock
from api.core.database import db
from api.core.events import Event, Occurrence
from api.idempotency import service as idempotency
from api.invitations import service as invitations
from api.mail import service as mail
from api.mail.catalogue import Template
from api.outbox import service as outbox
from api.passwords import attempts
from api.users.models import User

EVENTS = (Event.USER_PURGED,)


def erase(occurrence: Occurrence) -> None:
    """Delete what is stored about a person outside the account.

    Users who have deleted their own accounts get a receipt. It belongs to no account, so that it
    can still be delivered; then its content is deleted.
    """
    user = occurrence.subject and db.session.get(User, occurrence.subject)
    if not user:
        return
    outbox.delete_about(user.id)
    attempts.forget_account(user.id, ())  # those of its names may be about another account now
    deleted = invitations.delete_about(user)
    idempotency.delete_responses([user.id, *deleted])
    if user.erase_at is not None:
        _send_receipt(user)


def _send_receipt(user: User) -> None:
    erased_at = clock.now().astimezone(UTC).isoformat(timespec="seconds")
    mail.send(
        Template.ACCOUNT_ERASED,
        to=user.email,
        locale=user.locale,
        values={"erased_at": erased_at},
    )
