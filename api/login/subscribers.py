"""Resetting the counters of password attempts when a password changes."""

from sqlalchemy import select

from api.core.database import db
from api.core.events import Event, Occurrence
from api.passwords import attempts
from api.users.models import User

EVENTS = (Event.PASSWORD_CHANGED, Event.USER_PASSWORD_SET)


def forget_attempts(occurrence: Occurrence) -> None:
    """Delete the counted attempts of an account, so that the new password works at once."""
    names = select(User.username, User.email).where(User.id == occurrence.subject)
    if occurrence.subject is not None and (found := db.session.execute(names).one_or_none()):
        attempts.forget_account(occurrence.subject, found)
