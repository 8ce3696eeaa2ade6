"""Unconfirmed accounts give way to a person who reads the mails to their address."""

from sqlalchemy import select

from api.core import identifiers
from api.core.database import db
from api.core.principal import Principal
from api.users.email_verification import is_required
from api.users.models import User
from api.users.service import mark_deleted

FIRST_VERSION = 1  # of an account that is as it was created


def remove_unconfirmed(email: str, *, by: Principal) -> None:
    """Delete an unconfirmed account, before ``by`` gets its address.

    Call it only for a person who has proved with a mail to read the address. No user has logged in
    to such an account. One that was changed since it was created, as by an administrator who gave
    it this address, may be in use and stays.
    """
    if not is_required():
        return
    unconfirmed = select(User).where(
        User.email_key == identifiers.email_key(email),
        User.deleted_at.is_(None),
        User.must_verify_email,
        User.version == FIRST_VERSION,
        User.id != by.id,
    )
    holder = db.session.scalar(unconfirmed.with_for_update())
    if holder is not None:
        mark_deleted(holder, by=by, reason="unconfirmed")
        db.session.flush()  # the unique index, before the other account gets the address
