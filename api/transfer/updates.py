"""Comparing a row with the account that it is about, and updating the account."""

from collections.abc import Iterator, Mapping
from typing import Any, cast
from uuid import UUID

from api.core.database import db
from api.core.errors import (
    ApiError,
    InvalidRequest,
    StepUpRequired,
    Unavailable,
    ValidationError,
)
from api.core.events import Event, emit
from api.core.permissions import Permission
from api.core.principal import Principal
from api.core.step_up import require_step_up
from api.core.validation_rules import ValidationRule
from api.roles.assignments import USER
from api.transfer.matching import Match, Stored
from api.transfer.rows import Account
from api.users import metadata, role_assignments
from api.users import service as users
from api.users.accounts import lock_manageable_user
from api.users.change_schemas import UserPatch
from api.users.errors import EmailTaken, ExternalIdTaken, LastAdministrator, UsernameTaken
from api.users.models import User

PATCHED = tuple(name for name in UserPatch.__annotations__ if name != "email_verified")
COMPARED = (*PATCHED, "created_at")
LOCKED = {"created_at", "password_hash", "must_change_password"}  # what no other service changes
FIXED = {
    "id": "differs from the account, and an id never changes",
    "deleted_at": "differs from the account; delete or restore it first",
}
EXTERNAL_ID = "differs from the account, whose external id an import never changes"
USERNAME_ALONE = "differs from the account, and a username alone does not identify the user"
DIFFERENT = "differs from the account"
OWN_PASSWORD = ValidationError(
    "/password_hash",
    ValidationRule.OWN_PASSWORD,
    "is of your own account; change your password instead",
)
RULES: dict[str, ValidationRule] = {rule.value: rule for rule in ValidationRule}
POINTERS: dict[type[ApiError], str] = {
    UsernameTaken: "/username",
    EmailTaken: "/email",
    ExternalIdTaken: "/external_id",
    LastAdministrator: "/status",
}


def find_differences(account: Account, stored: Stored, *, by: Principal) -> list[str]:
    """Return the members of a row that the account does not have like that.

    Hashes are compared only if the caller may read or set them. Otherwise the outcome of a row
    would show whether a guessed hash is that of the account.
    """
    names = list(_find_differences(account, stored))
    if "password_hash" not in account.given or may_compare_hashes(by):
        names += _find_password_differences(account, stored)
    return names


def may_compare_hashes(by: Principal) -> bool:
    return not by.permissions.isdisjoint({Permission.USERS_HASHES, Permission.USERS_CREDENTIALS})


def _find_differences(account: Account, stored: Stored) -> Iterator[str]:
    profile, columns, given = stored.profile, account.columns, account.given
    if "id" in given and columns["id"] != profile.id:
        yield "id"
    if columns["deleted_at"] != profile.deleted_at:
        yield "deleted_at"
    for name in COMPARED:
        current = getattr(profile, name)
        if name in given and not _is_equal(current, _make_value(name, current, columns[name])):
            yield name
    if account.email_verified and not profile.email_verified:
        yield "email_verified"  # one that was verified here stays so
    if "roles" in given and {USER, *account.roles} != set(profile.roles):
        yield "roles"


def _find_password_differences(account: Account, stored: Stored) -> Iterator[str]:
    """Yield the members about the password that differ.

    If the hash has been replaced since it was imported, by a login or a new password, that the user
    must change the old one no longer matters.
    """
    columns, given = account.columns, account.given
    if "password_hash" in given and stored.password_hash != columns["password_hash"]:
        if stored.imported_hash_digest == columns["imported_hash_digest"]:
            return
        yield "password_hash"
    must_change = columns["must_change_password"]
    if "must_change_password" in given and stored.profile.must_change_password != must_change:
        yield "must_change_password"


def _make_value(name: str, current: Any, given: Any) -> Any:
    """Return what a member becomes. Keys of app_metadata that a row does not have stay as they are.

    Applications write them at Rollbook, and the other system does not know them.
    """
    return {**current, **given} if name == "app_metadata" else given


def _is_equal(one: Any, other: Any) -> bool:
    return bool(metadata.to_comparable(one) == metadata.to_comparable(other))


def find_fixed(match: Match) -> dict[str, str]:
    """Return the members of an account that an import does not change, with the reason."""
    fixed = dict(FIXED)
    if match.stored.profile.external_id is not None:
        fixed |= {"external_source": EXTERNAL_ID, "external_id": EXTERNAL_ID}
    if match.is_by_username:
        fixed["email"] = USERNAME_ALONE
    return fixed


def describe_differences(names: list[str], fixed: Mapping[str, str]) -> list[ValidationError]:
    return [
        ValidationError(f"/{name}", ValidationRule.CONFLICT, fixed.get(name, DIFFERENT))
        for name in names
    ]


def update_account(
    account: Account, stored: Stored, names: list[str], *, by: Principal
) -> list[ValidationError]:
    """Give an account these members of a row. Return why it is not possible, if it is not.

    Raises:
        StepUpRequired: the caller's password was verified too long ago; no other row would succeed.
        Unavailable: the service cannot answer now.
    """
    try:
        with db.session.begin_nested():
            _update(account, stored, names, by)
    except (StepUpRequired, Unavailable):
        raise
    except InvalidRequest as error:
        return list(error.members["errors"])
    except ApiError as error:
        return [ValidationError(POINTERS.get(type(error), ""), _find_rule(error), error.detail)]
    return []


def _find_rule(error: ApiError) -> ValidationRule:
    """Return the rule of the same name as the code of the error."""
    return RULES.get(error.code, ValidationRule.CONFLICT)


def _update(account: Account, stored: Stored, names: list[str], by: Principal) -> None:
    user_id = stored.profile.id
    changes = {name: account.columns[name] for name in names if name in PATCHED}
    if account.email_verified is not None and not {"email", "email_verified"}.isdisjoint(names):
        changes["email_verified"] = account.email_verified
    if "app_metadata" in changes:
        current = lock_manageable_user(user_id, by=by).app_metadata
        changes["app_metadata"] = _make_value("app_metadata", current, changes["app_metadata"])
    if changes:
        users.update(user_id, cast("UserPatch", changes), by=by, are_imported=True)
    if "roles" in names:
        _replace_roles(account, stored, by)
    if not LOCKED.isdisjoint(names):
        user = lock_manageable_user(user_id, by=by)
        _update_created_at(user, account, names, by)
        _update_password(user, account, names, by)
        db.session.flush()


def _update_created_at(user: User, account: Account, names: list[str], by: Principal) -> None:
    if "created_at" in names:
        user.created_at = account.columns["created_at"]
        emit(Event.USER_UPDATED, subject=user.id, by=by, changed=["created_at"])


def _update_password(user: User, account: Account, names: list[str], by: Principal) -> None:
    """Give an account the hash of a row, and whether the user must choose a new password."""
    if not {"password_hash", "must_change_password"} & set(names):
        return
    _require_password_change(user.id, by)
    must_change = account.columns["must_change_password"]
    user.must_change_password = must_change
    user.password_expires_at = None
    if "password_hash" in names:
        user.password_hash = account.columns["password_hash"]
        user.imported_hash_digest = account.columns["imported_hash_digest"]
        emit(Event.USER_PASSWORD_SET, subject=user.id, by=by, must_change_password=must_change)
    else:
        emit(Event.USER_UPDATED, subject=user.id, by=by, changed=["must_change_password"])


def _require_password_change(user_id: UUID, by: Principal) -> None:
    """Check that the caller may set the password of this account, as over the API.

    Raises:
        PermissionDenied: the caller lacks ``users:credentials``.
        StepUpRequired: the caller's password was verified too long ago.
        InvalidRequest: it is the caller's own account, whose password is changed with the old one.
    """
    by.require(Permission.USERS_CREDENTIALS)
    require_step_up(by)
    if user_id == by.id:
        raise InvalidRequest([OWN_PASSWORD])


def _replace_roles(account: Account, stored: Stored, by: Principal) -> None:
    by.require(Permission.ROLES_WRITE)
    before = set(stored.profile.roles)
    after = {USER, *account.roles}
    for name in sorted(before - after):
        role_assignments.withdraw_role(stored.profile.id, name, by=by)
    for name in sorted(after - before):
        role_assignments.grant_role(stored.profile.id, name, by=by)
