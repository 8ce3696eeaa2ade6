"""Creating, reading, changing, deleting and restoring users.

Services do not commit; the request transaction does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from api.core import clock
from api.core.database import db, flush
from api.core.errors import InvalidRequest, ValidationError
from api.core.etags import ANY, ExpectedVersion
from api.core.events import Event, emit
from api.core.permissions import Permission
from api.core.principal import Principal
from api.core.reads import Query
from api.core.runtime import current_settings
from api.core.validation_rules import ValidationRule
from api.passwords import hashing
from api.passwords import service as passwords
from api.roles.models import Role
from api.users import credentials, metadata, role_assignments, usernames
from api.users.accounts import lock_manageable_user, require_another_administrator
from api.users.email_verification import set_email_verified
from api.users.errors import EmailTaken, ExternalIdTaken, UsernameTaken, UserNotFound
from api.users.models import PROFILE_COLUMNS, Credentials, Profile, Status, User
from api.users.schemas import Changes, PreparedUser, UserCreation, UserPatch, UserReplacement

# Users may change these themselves.
OWN_MEMBERS = {"username", "display_name", "locale", "user_metadata"}
STATUS_EVENTS = {Status.ACTIVE: Event.USER_REACTIVATED, Status.SUSPENDED: Event.USER_SUSPENDED}
NAME_TAKEN = {
    "uq_users_username_key": UsernameTaken,
    "uq_users_email_key": EmailTaken,
    "uq_users_external_id": ExternalIdTaken,
}
INCOMPLETE_EXTERNAL_ID = ValidationError(
    "/external_id", ValidationRule.REQUIRED, "needs `external_source`, and the other way round"
)

profile_by_id = Query(
    select(*PROFILE_COLUMNS).where(User.id == bindparam("id"), User.deleted_at.is_(None)), Profile
)


@dataclass(frozen=True, kw_only=True)
class UserPrincipal(Principal):
    """A user with a session, and the account as it was read to authenticate the request.

    So no second query is necessary when users read their own account.
    """

    profile: Profile


def prepare(account: UserCreation) -> PreparedUser:
    """Check the profile and password of a new account, and replace the password by its hash.

    No user can log in to an account without a password. This takes long, so call it before the
    transaction.

    Raises:
        InvalidRequest: a name or the password breaks a rule, or the metadata cannot be stored.
        Overloaded: too many passwords wait to be hashed.
    """
    metadata.check(account)
    username = account.get("username")
    usernames.check_new_names(username, account["email"])
    require_complete_external_id(account.get("external_source"), account.get("external_id"))
    profile: dict[str, Any] = {**account, "password_hash": None}
    if (password := profile.pop("password", None)) is not None:
        passwords.check_policy(password, context=(username, account["email"]))
        profile["password_hash"] = hashing.hash_password(password)
    return cast("PreparedUser", profile)


def require_complete_external_id(source: str | None, external_id: str | None) -> None:
    """Check that an account has both its id in another system and the name of that system.

    Raises:
        InvalidRequest: it has only one of them.
    """
    if (source is None) != (external_id is None):
        raise InvalidRequest([INCOMPLETE_EXTERNAL_ID])


def create(account: PreparedUser, *, by: Principal, roles: Sequence[Role] = ()) -> User:
    """Create an account from what ``prepare`` returned. The caller has authorised it.

    ``roles`` do not contain the role ``user``, which every user has. ``by`` is the new account
    itself, an administrator, or the operator.

    Raises:
        UsernameTaken, EmailTaken, ExternalIdTaken
    """
    profile = dict(account)
    verified = profile.pop("email_verified", False)
    user = User(**profile)
    set_email_verified(user, verified=bool(verified), by=by)
    db.session.add(user)
    _save(user)
    emit(Event.USER_CREATED, subject=user.id, by=by)
    role_assignments.assign_roles(user, roles, by=by)
    return user


def create_for(account: PreparedUser, *, by: Principal) -> User:
    """Create an account for another user, from what ``prepare`` returned.

    Raises:
        PermissionDenied: the caller may not grant one of the roles.
        InvalidRequest: there is no role with one of the names.
        UsernameTaken, EmailTaken, ExternalIdTaken
    """
    profile = account.copy()
    roles = role_assignments.find_roles(profile.pop("roles", ()))
    role_assignments.require_assignable_roles(roles, by=by)
    return create(profile, by=by, roles=roles)


def read(user_id: UUID, *, by: Principal) -> Profile:
    if isinstance(by, UserPrincipal) and by.id == user_id:
        return by.profile
    return get_profile(user_id)


def get_profile(user_id: UUID) -> Profile:
    """Return an account. The caller has authorised it.

    Raises:
        UserNotFound
    """
    found = profile_by_id.first(id=user_id)
    if found is None:
        raise UserNotFound
    return found


def update(
    user_id: UUID,
    changes: Changes,
    *,
    by: Principal,
    if_match: ExpectedVersion = ANY,
    are_imported: bool = False,
) -> User:
    """Change some members of an account. Imported names need not match the rules for new ones.

    Raises:
        PermissionDenied: the caller lacks ``users:write`` to change another user or members that
            are not in ``OWN_MEMBERS``, or lacks a permission of the account.
        InvalidRequest: a name breaks a rule, or metadata cannot be stored.
        UserNotFound, UsernameTaken, EmailTaken, ExternalIdTaken
        PreconditionFailed: the account has another version.
        LastAdministrator: no active administrator would remain.
    """
    if user_id != by.id or not changes.keys() <= OWN_MEMBERS:
        by.require(Permission.USERS_WRITE)
    metadata.check(changes)
    user = lock_manageable_user(user_id, by=by)
    if_match.check(user.version)
    different = _find_differences(user, changes)
    _check_names(user, different, are_imported=are_imported)
    if different.get("status") == Status.SUSPENDED:
        require_another_administrator(user)
    _apply_changes(user, different, by=by)
    _emit_changes(user, different, by=by)
    return user


def replace(
    user_id: UUID, account: UserReplacement, *, by: Principal, if_match: ExpectedVersion = ANY
) -> User:
    """Replace all members of an account that can be changed, as ``update`` does."""
    changes = cast("UserPatch", {"status_reason": None, **account})
    return update(user_id, changes, by=by, if_match=if_match)


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
    _save(user)


def _emit_changes(user: User, different: Mapping[str, Any], *, by: Principal) -> None:
    changed = set(different)
    if "status" in different:
        changed -= {"status", "status_reason"}
        emit(STATUS_EVENTS[Status(user.status)], subject=user.id, by=by, reason=user.status_reason)
    if changed:
        emit(Event.USER_UPDATED, subject=user.id, by=by, changed=sorted(changed))


def delete(user_id: UUID, *, by: Principal, if_match: ExpectedVersion = ANY) -> None:
    """Delete an account, which can be restored until it is purged.

    Raises:
        PermissionDenied: the caller lacks a permission of the account.
        UserNotFound
        PreconditionFailed: the account has another version.
        LastAdministrator: no active administrator would remain.
    """
    user = lock_manageable_user(user_id, by=by)
    if_match.check(user.version)
    require_another_administrator(user)
    user.deleted_at = clock.now()
    emit(Event.USER_DELETED, subject=user_id, by=by)


def delete_own(*, by: Principal, if_match: ExpectedVersion = ANY) -> None:
    """Delete the caller's own account, as ``delete`` does.

    Raises:
        StepUpRequired: the password was verified too long ago.
    """
    by.require_recent_authentication(max_age_seconds=current_settings().step_up_seconds)
    delete(by.id, by=by, if_match=if_match)


def restore(user_id: UUID, *, by: Principal) -> User:
    """Restore a deleted account with its roles.

    Raises:
        PermissionDenied: the caller lacks a permission of the account.
        UserNotFound: it is not deleted, or it has been purged.
        UsernameTaken, EmailTaken, ExternalIdTaken: another account has the name now.
    """
    user = lock_manageable_user(user_id, by=by, deleted=True)
    user.deleted_at = None
    _save(user)
    emit(Event.USER_RESTORED, subject=user_id, by=by)
    return user


def _save(user: User) -> None:
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
        if _is_held_by_another(user_id, credentials.by_username.first(key=username_key)):
            raise UsernameTaken from error
        if _is_held_by_another(user_id, credentials.by_email.first(key=email_key)):
            raise EmailTaken from error
        raise


def _is_held_by_another(user_id: UUID, holder: Credentials | None) -> bool:
    return holder is not None and holder.id != user_id
