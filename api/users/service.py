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

from api.config import settings
from api.core import clock
from api.core.database import db, flush
from api.core.etags import ANY, ExpectedVersion
from api.core.events import Event, emit
from api.core.permissions import Permission
from api.core.principal import Principal
from api.core.reads import Query
from api.passwords import hashing
from api.passwords import service as passwords
from api.roles.models import Role
from api.users import credentials, grants, metadata
from api.users.accounts import lock_manageable_user, require_another_administrator
from api.users.errors import EmailTaken, UsernameTaken, UserNotFound
from api.users.models import Profile, Status, User
from api.users.schemas import PreparedUser, ProfilePatch, UserCreation, UserPatch, UserReplacement

OWN = {
    "username",
    "display_name",
    "user_metadata",
}  # the members that users may change of their own account
BECAME = {Status.ACTIVE: Event.USER_REACTIVATED, Status.SUSPENDED: Event.USER_SUSPENDED}
TAKEN = {"uq_users_username_key": UsernameTaken, "uq_users_email_key": EmailTaken}

PROFILE = [getattr(User, name) for name in Profile._fields]

profile_of = Query(
    select(*PROFILE).where(User.id == bindparam("id"), User.deleted_at.is_(None)), Profile
)


@dataclass(frozen=True, kw_only=True)
class UserPrincipal(Principal):
    """A user with a session, and the account as it was read to authenticate the request.

    So that reading one's own account takes no second query.
    """

    profile: Profile


def prepare(account: UserCreation) -> PreparedUser:
    """Check the profile and password of a new account, and replace the password by its hash.

    This takes long, so call it before the transaction.

    Raises:
        InvalidRequest: the password breaks the policy, or the metadata are too large.
        Overloaded: too many passwords wait to be hashed.
    """
    metadata.check(account)
    passwords.check(account["password"], context=(account["username"], account["email"]))
    profile = {name: value for name, value in account.items() if name != "password"}
    password_hash = hashing.hash_password(account["password"])
    return cast("PreparedUser", {**profile, "password_hash": password_hash})


def create(account: PreparedUser, *, by: Principal, roles: Sequence[Role] = ()) -> User:
    """Create an account from what ``prepare`` returned; the caller has authorised it.

    ``roles`` are those beside that of a user. ``by`` is the new account itself, an
    administrator, or the operator.

    Raises:
        UsernameTaken, EmailTaken: another account has it.
    """
    user = User(**account)
    db.session.add(user)
    _save(user)
    emit(Event.USER_CREATED, subject=user.id, by=by)
    grants.assign_roles(user, roles, by=by)
    return user


def create_for(account: PreparedUser, *, by: Principal) -> User:
    """Create an account for another user, from what ``prepare`` returned.

    Raises:
        PermissionDenied: without users:write; with roles, as ``grants.grant``.
        InvalidRequest: there is no such role.
        UsernameTaken, EmailTaken: as ``create``.
    """
    profile = account.copy()
    roles = grants.find_roles(profile.pop("roles", ()))
    grants.require_assignable_roles(roles, by=by)
    return create(profile, by=by, roles=roles)


def read(user_id: UUID, *, by: Principal) -> Profile:
    if isinstance(by, UserPrincipal) and by.id == user_id:
        return by.profile
    return get_profile(user_id)


def get_profile(user_id: UUID) -> Profile:
    """Return an account; the caller has authorised it.

    Raises:
        UserNotFound
    """
    found = profile_of.first(id=user_id)
    if found is None:
        raise UserNotFound
    return found


def update(
    user_id: UUID,
    changes: UserPatch | ProfilePatch,
    *,
    by: Principal,
    if_match: ExpectedVersion = ANY,
) -> User:
    """Change some of an account.

    Raises:
        PermissionDenied: without users:write, for another user or for members beyond ``OWN``; or
            the account has a permission that the principal lacks.
        InvalidRequest: metadata cannot be stored.
        UserNotFound, UsernameTaken, EmailTaken
        PreconditionFailed: the account has another version.
        LastAdministrator: no active administrator would remain.
    """
    if user_id != by.id or not changes.keys() <= OWN:
        by.require(Permission.USERS_WRITE)
    metadata.check(changes)
    user = lock_manageable_user(user_id, by=by)
    if_match.check(user.version)
    different = _find_differences(user, changes)
    if different.get("status") == Status.SUSPENDED:
        require_another_administrator(user)
    for name, value in different.items():
        setattr(user, name, value)
        flag_modified(user, name)  # for Python, metadata with 1 and with true are equal
    _save(user)
    _emit_changes(user, different, by=by)
    return user


def replace(
    user_id: UUID, account: UserReplacement, *, by: Principal, if_match: ExpectedVersion = ANY
) -> User:
    """Replace all of an account that can be changed, as ``update`` does."""
    changes = cast("UserPatch", {"status_reason": None, **account})
    return update(user_id, changes, by=by, if_match=if_match)


def _find_differences(user: User, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what would change. A new status without a reason deletes the reason."""
    changes = dict(given)
    if changes.get("status", user.status) != user.status:
        changes.setdefault("status_reason", None)
    return {
        name: new
        for name, new in changes.items()
        if metadata.to_comparable(getattr(user, name)) != metadata.to_comparable(new)
    }


def _emit_changes(user: User, different: dict[str, Any], *, by: Principal) -> None:
    changed = set(different)
    if "status" in different:
        changed -= {"status", "status_reason"}
        emit(BECAME[Status(user.status)], subject=user.id, by=by, reason=user.status_reason)
    if changed:
        emit(Event.USER_UPDATED, subject=user.id, by=by, changed=sorted(changed))


def delete(user_id: UUID, *, by: Principal, if_match: ExpectedVersion = ANY) -> None:
    """Delete an account, which can be restored until it is purged.

    Raises:
        PermissionDenied: without users:write, or a permission that the account holds.
        UserNotFound
        PreconditionFailed: the account has another version.
        LastAdministrator: no active administrator would remain.
    """
    _mark_deleted(user_id, by, if_match)


def delete_own(*, by: Principal, if_match: ExpectedVersion = ANY) -> None:
    """Delete one's own account, as ``delete`` does.

    Raises:
        StepUpRequired: the password was given too long ago.
    """
    by.require_recent_authentication(max_age_seconds=settings().step_up_seconds)
    _mark_deleted(by.id, by, if_match)


def _mark_deleted(user_id: UUID, by: Principal, if_match: ExpectedVersion) -> None:
    user = lock_manageable_user(user_id, by=by)
    if_match.check(user.version)
    require_another_administrator(user)
    user.deleted_at = clock.now()
    emit(Event.USER_DELETED, subject=user_id, by=by)


def restore(user_id: UUID, *, by: Principal, if_match: ExpectedVersion = ANY) -> User:
    """Bring a deleted account back, with its roles.

    Raises:
        PermissionDenied: without users:write, or a permission that the account holds.
        UserNotFound: it is not deleted, or it has been purged.
        UsernameTaken, EmailTaken: somebody has taken its name meanwhile.
        PreconditionFailed: the account has another version.
    """
    user = lock_manageable_user(user_id, by=by, deleted=True)
    if_match.check(user.version)
    user.deleted_at = None
    _save(user)
    emit(Event.USER_RESTORED, subject=user_id, by=by)
    return user


def _save(user: User) -> None:
    """Write it; where both names are taken, the username is told, whichever index comes first."""
    user_id, username_key = user.id, user.username_key
    try:
        flush(taken=TAKEN)
    except StaleDataError as error:  # it has been deleted meanwhile
        raise UserNotFound from error
    except EmailTaken as error:
        holder = credentials.by_username.first(key=username_key)
        if holder is None or holder.id == user_id:
            raise
        raise UsernameTaken from error
