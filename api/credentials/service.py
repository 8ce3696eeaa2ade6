"""Setting the password of another user, and lifting the pause after failed logins."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from api.core import clock, secrets
from api.core.errors import InvalidRequest, ValidationError
from api.core.events import Event, emit
from api.core.principal import Principal
from api.core.runtime import current_settings
from api.core.step_up import require_step_up
from api.core.validation_rules import ValidationRule
from api.credentials.errors import OwnPassword
from api.credentials.schemas import PasswordAssignment
from api.passwords import account_attempts, attempts, hashing
from api.passwords import service as passwords
from api.passwords.account_attempts import AccountAttempts
from api.users.accounts import lock_manageable_user
from api.users.models import Profile
from api.users.service import get_profile

ONE_OF = ValidationError(
    "/password", ValidationRule.ONE_OF, "give either `password` or `generate: true`"
)


class AssignedPassword(NamedTuple):
    """A new password of a user; ``password`` is present only if it was generated."""

    password: str | None
    must_change_password: bool
    password_expires_at: datetime | None


def set_password(user_id: UUID, given: PasswordAssignment, *, by: Principal) -> AssignedPassword:
    """Set the password of another user, and end all sessions of that user.

    The password is temporary, unless ``must_change_password`` is false: it expires, and the user
    has to choose a new one. The hash is computed before the transaction writes anything.

    Raises:
        StepUpRequired: the caller's password was verified too long ago.
        OwnPassword: it is the caller's own account.
        PermissionDenied: the user has a permission that the caller lacks.
        UserNotFound
        InvalidRequest: the password breaks the policy, or there is none or both.
        Overloaded: too many passwords wait to be hashed.
    """
    require_step_up(by)
    if user_id == by.id:
        raise OwnPassword
    profile = get_profile(user_id)
    by.require_all(profile.permissions)
    password = _choose_password(given, profile)
    password_hash = hashing.hash_password(password)
    is_temporary = given.get("must_change_password", True)
    user = lock_manageable_user(user_id, by=by)
    user.password_hash = password_hash
    user.must_change_password = is_temporary
    user.password_expires_at = _compute_expiry() if is_temporary else None
    emit(Event.USER_PASSWORD_SET, subject=user_id, by=by, must_change_password=is_temporary)
    shown = None if "password" in given else password
    return AssignedPassword(shown, is_temporary, user.password_expires_at)


def _choose_password(given: PasswordAssignment, profile: Profile) -> str:
    """Return the given password, or a new one.

    Raises:
        InvalidRequest: there is none or both, or the password breaks the policy.
    """
    password = given.get("password")
    if (password is not None) == given.get("generate", False):
        raise InvalidRequest([ONE_OF])
    if password is None:
        return secrets.temporary_password()
    passwords.check_policy(password, context=(profile.username, profile.email))
    return password


def _compute_expiry() -> datetime:
    return clock.now() + timedelta(days=current_settings().temporary_password_days)


def read_attempts(user_id: UUID) -> AccountAttempts:
    """Return the failed logins of a user.

    Raises:
        UserNotFound
    """
    profile = get_profile(user_id)
    return account_attempts.find_attempts(user_id, (profile.username, profile.email))


def clear_attempts(user_id: UUID, *, by: Principal) -> None:
    """Forget the failed logins of a user, so that a pause ends.

    Raises:
        PermissionDenied: the user has a permission that the caller lacks.
        UserNotFound
    """
    user = lock_manageable_user(user_id, by=by)
    attempts.forget_account(user_id, (user.username, user.email))
    emit(Event.LOGIN_ATTEMPTS_CLEARED, subject=user_id, by=by)
