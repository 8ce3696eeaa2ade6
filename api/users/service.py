"""Creating, reading, changing, deleting and restoring users.

Services do not commit; the request transaction does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import bindparam, select

from api.core import clock
from api.core.database import db
from api.core.errors import SessionRequired
from api.core.etags import ANY, ExpectedVersion
from api.core.events import Event, emit
from api.core.permissions import Permission
from api.core.principal import Principal, PrincipalKind
from api.core.reads import Query
from api.one_time_tokens import service as one_time_tokens
from api.one_time_tokens.models import TokenPurpose
from api.passwords import hashing
from api.passwords import service as passwords
from api.roles.models import Role
from api.users import metadata, role_assignments, usernames
from api.users.account_changes import change_account, require_complete_external_id, save_account
from api.users.accounts import lock_manageable_user, require_another_administrator
from api.users.change_schemas import Changes, UserPatch, UserReplacement
from api.users.email_verification import set_email_verified
from api.users.errors import UserNotFound
from api.users.models import PROFILE_COLUMNS, Profile, User
from api.users.schemas import PreparedUser, UserCreation

# Users may change these themselves.
OWN_MEMBERS = {"username", "display_name", "locale", "user_metadata"}
# The owner of a former e-mail address can still take it back when the account is restored.
VOIDED_BY_DELETION = set(TokenPurpose) - {TokenPurpose.CANCEL_EMAIL_CHANGE}

profile_by_id = Query(
    select(*PROFILE_COLUMNS).where(User.id == bindparam("id"), User.deleted_at.is_(None)), Profile
)


@dataclass(frozen=True, kw_only=True)
class UserPrincipal(Principal):
    """A user with a session or an API key, and the account as it was read to authenticate it.

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
    save_account(user)
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


def read_own(*, by: Principal) -> Profile:
    """Return the account of the caller.

    Raises:
        SessionRequired: the caller is a service account, and no user.
    """
    if by.kind is not PrincipalKind.USER:
        raise SessionRequired
    return read(by.id, by=by)


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
    change_account(user, changes, by=by, are_imported=are_imported)
    return user


def replace(
    user_id: UUID, account: UserReplacement, *, by: Principal, if_match: ExpectedVersion = ANY
) -> User:
    """Replace all members of an account that can be changed, as ``update`` does."""
    changes = cast("UserPatch", {"status_reason": None, **account})
    return update(user_id, changes, by=by, if_match=if_match)


def delete(user_id: UUID, *, by: Principal, if_match: ExpectedVersion = ANY) -> User:
    """Delete an account, which can be restored until it is purged. Its links in mails are void.

    Raises:
        PermissionDenied: the caller lacks a permission of the account.
        UserNotFound
        PreconditionFailed: the account has another version.
        LastAdministrator: no active administrator would remain.
    """
    user = lock_manageable_user(user_id, by=by)
    if_match.check(user.version)
    require_another_administrator(user)
    mark_deleted(user, by=by)
    return user


def mark_deleted(user: User, *, by: Principal, **details: str) -> None:
    """Delete an account that is locked. The caller has authorised it."""
    one_time_tokens.revoke(user.id, *VOIDED_BY_DELETION)
    user.deleted_at = clock.now()
    emit(Event.USER_DELETED, subject=user.id, by=by, **details)


def restore(user_id: UUID, *, by: Principal) -> User:
    """Restore a deleted account with its roles.

    Raises:
        PermissionDenied: the caller lacks a permission of the account.
        UserNotFound: it is not deleted, or it has been purged.
        UsernameTaken, EmailTaken, ExternalIdTaken: another account has the name now.
    """
    user = lock_manageable_user(user_id, by=by, deleted=True)
    user.deleted_at = user.erase_at = None
    save_account(user)
    emit(Event.USER_RESTORED, subject=user_id, by=by)
    return user
