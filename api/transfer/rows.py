"""Converting an account between a row of a file and a row of the table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from api.core import clock, secrets
from api.core.errors import InvalidRequest, ValidationError
from api.core.validation_rules import ValidationRule
from api.passwords import imported
from api.roles.assignments import USER
from api.transfer.export_schemas import render_user
from api.transfer.hash_digests import digest_hash
from api.transfer.import_schemas import ImportedUser, check_row, read_timestamp
from api.transfer.layouts import COLUMNS
from api.transfer.row import Place, Row
from api.transfer.timestamps import lacks_offset, read_loose_timestamp
from api.users import metadata, usernames
from api.users.account_changes import require_complete_external_id
from api.users.email_verification import is_required
from api.users.models import KEYS, Profile, Status

CONVERTERS: dict[str, Callable[[Any], Any]] = {  # of members that have another type in the table
    "id": UUID,
    "created_at": read_timestamp,
    "updated_at": read_timestamp,
    "deleted_at": read_timestamp,
}
DERIVED = "has_password"
TIMESTAMPS = ("created_at", "updated_at", "deleted_at")
PASSWORD_NOT_HASHED = ValidationError(
    "/password",
    ValidationRule.PASSWORD_NOT_HASHED,
    "is not accepted; send its hash as password_hash",
)
RESERVED_IDS = {UUID(int=0), UUID(int=2**128 - 1)}  # RFC 9562, 5.9 and 5.10
RESERVED_ID = ValidationError("/id", ValidationRule.RESERVED, "must not be the nil or the max UUID")


@dataclass(frozen=True)
class Account:
    """A valid row.

    ``columns`` has a value for each column of the table. ``roles`` does not contain the role
    ``user``. ``given`` has the names of the members in the row. ``email_verified`` is what the row
    says about the e-mail address, or None.
    """

    place: Place
    columns: dict[str, Any]
    roles: tuple[str, ...]
    given: frozenset[str]
    email_verified: bool | None = None

    @property
    def id(self) -> UUID:
        return cast("UUID", self.columns["id"])

    @property
    def allows_login(self) -> bool:
        """Return whether the user can log in: with a password, not suspended and not deleted."""
        columns = self.columns
        is_active = columns["status"] == Status.ACTIVE and columns["deleted_at"] is None
        return is_active and columns["password_hash"] is not None


def make_account(row: Row) -> Account:
    """Return the account of a row.

    Raises:
        InvalidRequest: the row is not valid.
    """
    if row.errors:
        raise InvalidRequest(list(row.errors))
    if isinstance(row.members, dict) and "password" in row.members:
        raise InvalidRequest([PASSWORD_NOT_HASHED])
    given = _remove_nulls(row.members)
    _require_offsets(given)
    check_row(given)
    members = cast("ImportedUser", given)
    metadata.check(members)
    usernames.check_imported_names(members.get("username"), members["email"])
    require_complete_external_id(members.get("external_source"), members.get("external_id"))
    _check_hash(members.get("password_hash"))
    roles = tuple(name for name in members.get("roles", ()) if name != USER)
    columns = _make_columns(members)
    if columns["id"] in RESERVED_IDS:
        raise InvalidRequest([RESERVED_ID])
    _check_timestamps(members, columns)
    return Account(row.place, columns, roles, frozenset(members), members.get("email_verified"))


def _remove_nulls(members: object) -> object:
    """Return the members that are given: null means that a member is not given.

    Whether an account has a password follows from its hash, so that member is ignored.
    A timestamp as PostgreSQL writes it becomes one of RFC 3339.
    """
    if not isinstance(members, dict):
        return members
    return {
        name: read_loose_timestamp(value) if name in TIMESTAMPS else value
        for name, value in members.items()
        if (value is not None or name not in COLUMNS) and name != DERIVED
    }


def _require_offsets(members: object) -> None:
    given = members if isinstance(members, dict) else {}
    errors = [
        ValidationError(
            f"/{name}", ValidationRule.FORMAT, "needs its offset from UTC, such as Z or +00"
        )
        for name in TIMESTAMPS
        if lacks_offset(given.get(name))
    ]
    if errors:
        raise InvalidRequest(errors)


def _check_hash(password_hash: str | None) -> None:
    if password_hash and (problem := imported.find_hash_problem(password_hash)):
        error = ValidationError("/password_hash", problem.rule, problem.message)
        raise InvalidRequest([error])


def _check_timestamps(members: ImportedUser, columns: dict[str, Any]) -> None:
    """Check that no timestamp is in the future, or a deleted account would be kept too long.

    Raises:
        InvalidRequest
    """
    now = clock.now()
    errors = [
        ValidationError(f"/{name}", ValidationRule.FUTURE, "must not be in the future")
        for name in TIMESTAMPS
        if members.get(name) and columns[name] > now
    ]
    if errors:
        raise InvalidRequest(errors)


def _make_columns(members: ImportedUser) -> dict[str, Any]:
    """Return the value of each column. The default of ``created_at`` is the current time."""
    given = {
        name: CONVERTERS[name](value) if name in CONVERTERS else value
        for name, value in members.items()
        if name not in {"roles", "email_verified"}
    }
    created_at = given.get("created_at") or clock.now()
    times = {"created_at": created_at, "updated_at": created_at}
    keys = {f"{name}_key": make_key(given.get(name)) for name, make_key in KEYS.items()}
    password_hash = members.get("password_hash")
    digest = digest_hash(password_hash) if password_hash else None
    defaults = {**_make_defaults(), **times, "id": secrets.new_id()}
    verified = members.get("email_verified")
    return {
        **defaults,
        **given,
        **keys,
        "email_verified_at": clock.now() if verified else None,
        "must_verify_email": verified is False and is_required(),
        "imported_hash_digest": digest,
    }


def _make_defaults() -> dict[str, Any]:
    """Return the values of columns that a row does not give."""
    return {
        "username": None,
        "display_name": None,
        "locale": None,
        "status": Status.ACTIVE,
        "status_reason": None,
        "user_metadata": {},
        "app_metadata": {},
        "external_source": None,
        "external_id": None,
        "password_hash": None,
        "must_change_password": False,
        "deleted_at": None,
    }


def render_account(profile: Profile, *password_hash: str | None) -> dict[str, Any]:
    """Return the members of an exported row, with the password hash if it is given."""
    members = render_user(profile)
    if password_hash:
        members["password_hash"] = password_hash[0]
    return members
