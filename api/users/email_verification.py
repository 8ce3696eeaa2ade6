"""Whether the e-mail address of an account is verified, and whether it has to be.

An account of which nothing was said before the operator required the confirmation need not confirm:
so the setting locks no existing user out.
"""

from api.core import clock
from api.core.principal import Principal, PrincipalKind
from api.core.runtime import current_settings
from api.users.models import User


def is_required() -> bool:
    """Return whether users have to confirm their addresses (EMAIL_VERIFICATION)."""
    return current_settings().email_verification == "required"


def set_email_verified(user: User, *, verified: bool, by: Principal) -> None:
    """Record whether the address reaches the user. If it is not sure, the user has to confirm it.

    That of an account which the operator creates or changes on the command line is trusted that
    far: so the first administrator can work before any mail arrives.
    """
    user.email_verified_at = clock.now() if verified else None
    is_trusted = verified or by.kind is PrincipalKind.OPERATOR
    user.must_verify_email = not is_trusted and is_required()
