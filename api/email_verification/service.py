"""Confirming e-mail addresses with the token of a mailed link."""

from api.core import clock
from api.core.events import Event, emit
from api.core.principal import Principal
from api.one_time_tokens import service as one_time_tokens
from api.one_time_tokens.errors import InvalidOneTimeToken
from api.one_time_tokens.models import OneTimeToken, TokenPurpose
from api.users.accounts import lock_user
from api.users.errors import UserNotFound
from api.users.models import User

VOIDED = (TokenPurpose.VERIFY_EMAIL, TokenPurpose.CONFIRM_EMAIL_CHANGE)


def verify(token: str) -> None:
    """Record that the e-mail address of an account reaches its owner, and end all its sessions.

    Whoever registered the account need not be the reader of the mail. So what was begun before the
    address was confirmed ends: the sessions, and a pending change of the address (R-06).

    Raises:
        InvalidOneTimeToken: also if the account has another address now, or is deleted.
    """
    used = one_time_tokens.use(token, TokenPurpose.VERIFY_EMAIL)
    user = _lock_owner(used)
    user.email_verified_at = clock.now()
    one_time_tokens.revoke(user.id, *VOIDED)
    emit(Event.EMAIL_VERIFIED, subject=user.id, by=Principal(id=user.id))


def _lock_owner(used: OneTimeToken) -> User:
    if used.user_id is None:
        raise InvalidOneTimeToken
    try:
        user = lock_user(used.user_id)
    except UserNotFound:
        raise InvalidOneTimeToken from None
    if user.email != used.email:
        raise InvalidOneTimeToken
    return user
