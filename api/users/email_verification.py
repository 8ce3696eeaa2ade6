"""Whether the e-mail address of an account is verified, and whether it has to be.

An account of which nothing was said before the operator required the confirmation need not confirm:
so the setting locks no existing user out.
"""

from typing import Protocol

from api.core import clock
from api.core.database import db, flush
from api.core.errors import InvalidRequest
from api.core.events import Event, emit
from api.core.principal import Principal, PrincipalKind
from api.core.runtime import current_settings
from api.users import usernames
from api.users.errors import UsernameTaken
from api.users.models import User

USERNAME_TAKEN = {"uq_users_username_key": UsernameTaken}


def is_required() -> bool:
    """Return whether users have to confirm their addresses (EMAIL_VERIFICATION)."""
    return current_settings().email_verification == "required"


class Account(Protocol):
    """What a query has read of an account."""

    @property
    def must_verify_email(self) -> bool: ...


def must_verify_email(account: Account | None) -> bool:
    """Return whether there is an account that cannot be used before its address is confirmed."""
    return account is not None and account.must_verify_email and is_required()


def set_email_verified(user: User, *, verified: bool, by: Principal) -> None:
    """Record whether the address reaches the user. If it is not sure, the user has to confirm it.

    That of an account which the operator creates or changes on the command line is trusted that
    far: so the first administrator can work before any mail arrives.
    """
    user.email_verified_at = clock.now() if verified else None
    is_trusted = verified or by.kind is PrincipalKind.OPERATOR
    user.must_verify_email = not is_trusted and is_required()


def grant_requested_username(user: User, *, by: Principal) -> None:
    """Give an account the username that its registration asked for, once the address is verified.

    Call it whenever ``set_email_verified`` may have verified the address, and after the changes are
    written. If the username is taken or breaks a rule by now, the account stays without one.
    """
    username = user.requested_username
    if username is None or not user.email_verified:
        return
    user.requested_username = None
    if user.username is not None or not _is_permitted(username, user.email):
        return
    try:
        with db.session.begin_nested():
            user.username = username
            flush(taken=USERNAME_TAKEN)
    except UsernameTaken:
        return
    emit(Event.USER_UPDATED, {"email": user.email}, subject=user.id, by=by, changed=["username"])


def _is_permitted(username: str, email: str) -> bool:
    try:
        usernames.check_changed_names({"username": username}, username=username, email=email)
    except InvalidRequest:
        return False
    return True
