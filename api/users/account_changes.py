"""Applying changes to an account that is locked: what differs, the rules for names, the events."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from api.core.database import flush
from api.core.errors import InvalidRequest, ValidationError
from api.core.events import Event, emit
from api.core.principal import Principal
from api.core.validation_rules import ValidationRule
from api.users import credentials, metadata, usernames
from api.users.accounts import require_another_administrator
from api.users.email_verification import grant_requested_username, set_email_verified
from api.users.errors import EmailTaken, ExternalIdTaken, UsernameTaken, UserNotFound
from api.users.models import Credentials, Status, User

STATUS_EVENTS = {Status.ACTIVE: Event.USER_REACTIVATED, Status.SUSPENDED: Event.USER_SUSPENDED}
NAME_TAKEN = {
    "uq_users_username_key": UsernameTaken,
    "uq_users_email_key": EmailTaken,
    "uq_users_external_id": ExternalIdTaken,
}
INCOMPLETE_EXTERNAL_ID = ValidationError(
    "/external_id", ValidationRule.REQUIRED, "needs `external_source`, and the other way round"
)


def change_account(
    user: User, given: Mapping[str, Any], *, by: Principal, are_imported: bool = False
) -> None:
    """Change members of a locked account. The caller has authorised it and checked the metadata.

    Raises:
        InvalidRequest: a name breaks a rule.
        UserNotFound, UsernameTaken, EmailTaken, ExternalIdTaken
        LastAdministrator: no active administrator would remain.
    """
    different = _find_differences(user, given)
    _check_names(user, different, are_imported=are_imported)
    if different.get("status") == Status.SUSPENDED:
        require_another_administrator(user)
    previous = {"email": user.email, "email_verified": user.email_verified}
    _apply_changes(user, different, by=by)
    _emit_changes(user, different, previous, by=by)
    grant_requested_username(user, by=by)


def require_complete_external_id(source: str | None, external_id: str | None) -> None:
    """Check that an account has both its id in another system and the name of that system.

    Raises:
        InvalidRequest: it has only one of them.
    """
    if (source is None) != (external_id is None):
        raise InvalidRequest([INCOMPLETE_EXTERNAL_ID])


def _find_differences(user: User, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that would change.

    A new status without a reason deletes the reason. A username that is the e-mail address changes
    with it. A new address is not verified, unless the administrator says so.
    """
    changes = dict(given)
    if changes.get("email", user.email) != user.email:
        changes.setdefault("email_verified", False)
    if changes.get("status", user.status) != user.status:
        changes.setdefault("status_reason", None)
    keeps_username = changes.get("username", user.username) == user.username
    if "email" in changes and keeps_username and usernames.is_own_email(user.username, user.email):
        changes["username"] = changes["email"]
    return {
        name: new
        for name, new in changes.items()
        if metadata.to_comparable(getattr(user, name)) != metadata.to_comparable(new)
    }


def _check_names(user: User, different: Mapping[str, Any], *, are_imported: bool) -> None:
    """Check the changed names of an account, and its id in another system."""
    names = ("username", "email", "external_source", "external_id")
    username, email, *external_id = (different.get(name, getattr(user, name)) for name in names)
    if are_imported:
        usernames.check_imported_names(username, email)
    else:
        usernames.check_changed_names(different, username=username, email=email)
    require_complete_external_id(*external_id)


def _apply_changes(user: User, different: Mapping[str, Any], *, by: Principal) -> None:
    verified = bool(different.get("email_verified", user.email_verified))
    for name in different.keys() - {"email_verified"}:
        setattr(user, name, different[name])
        flag_modified(user, name)  # for Python, metadata with 1 and with true are equal
    if not {"email", "email_verified"}.isdisjoint(different):
        set_email_verified(user, verified=verified, by=by)
    save_account(user)


def _emit_changes(
    user: User, different: Mapping[str, Any], previous: Mapping[str, Any], *, by: Principal
) -> None:
    changed = set(different)
    if "status" in different:
        changed -= {"status", "status_reason"}
        emit(STATUS_EVENTS[Status(user.status)], subject=user.id, by=by, reason=user.status_reason)
    if changed:
        emit(Event.USER_UPDATED, previous, subject=user.id, by=by, changed=sorted(changed))


def save_account(user: User) -> None:
    """Write an account. If several names are taken, the error is about the first of NAME_TAKEN.

    Without that, the error would depend on which unique index the database checks first.

    Raises:
        UserNotFound: the account was deleted meanwhile.
        UsernameTaken, EmailTaken, ExternalIdTaken
    """
    user_id, username_key, email_key = user.id, user.username_key, user.email_key
    try:
        flush(taken=NAME_TAKEN)
    except StaleDataError as error:
        raise UserNotFound from error
    except (EmailTaken, ExternalIdTaken) as error:
        by_username, by_email = credentials.by_username, credentials.by_email
        if username_key and _is_held_by_another(user_id, by_username.first(key=username_key)):
            raise UsernameTaken from error
        if isinstance(error, EmailTaken):
            raise
        if _is_held_by_another(user_id, by_email.first(key=email_key)):
            raise EmailTaken from error
        raise


def _is_held_by_another(user_id: UUID, holder: Credentials | None) -> bool:
    return holder is not None and holder.id != user_id
