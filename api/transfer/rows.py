"""An account as a file tells it and as the table keeps it; both ways in one place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.core import clock, secrets
from api.core.errors import InvalidRequest, ValidationError
from api.passwords.formats.notations import HashProblem, find_hash_problem
from api.roles.rights import USER
from api.transfer import schemas
from api.transfer.formats import Row
from api.users import metadata
from api.users import schemas as users
from api.users.models import KEYS, Profile, Status
from api.web.schemas import Input, parse_timestamp, renderer

SHAPE = Input(schemas.imported_user)
render = renderer(users.user)

READERS: dict[str, Callable[[Any], Any]] = {  # of what is not kept as it is written
    "id": UUID,
    "created_at": parse_timestamp,
    "updated_at": parse_timestamp,
    "deleted_at": lambda moment: parse_timestamp(moment) if moment else None,
}
FOLLOWING = {"password_hash", "updated_at"}  # they change when somebody logs in
OBJECTIONS = {
    HashProblem.UNKNOWN: "is not a hash that is known, or not in good order",
    HashProblem.TOO_COSTLY: "would cost more than is spent on one",
}


@dataclass(frozen=True)
class Account:
    """A row that keeps to the rules.

    ``roles`` are those beside that of a user, ``told`` what the file itself gave.
    """

    line: int
    columns: dict[str, Any]
    roles: tuple[str, ...]
    told: frozenset[str]

    def same_as(self, kept: Profile) -> bool:
        """Tell whether the account is kept already, as the file tells it."""
        if "roles" in self.told and {USER, *self.roles} != set(kept.roles):
            return False
        if kept.deleted_at is not None and "deleted_at" not in self.told:
            return False
        compared = self.told & self.columns.keys() - FOLLOWING
        return all(_alike(getattr(kept, name), self.columns[name]) for name in compared)


def account(row: Row) -> Account:
    """Return the account that a row tells of.

    Raises:
        Invalid: it breaks a rule.
    """
    if row.findings:
        raise InvalidRequest(list(row.findings))
    members = row.members
    if isinstance(members, dict) and "password" in members:
        told = "is never taken as it is; give its hash as password_hash"
        raise InvalidRequest([ValidationError("/password", "password_not_hashed", told)])
    SHAPE.check(members)
    metadata.check(members)
    hash_problem = (
        find_hash_problem(members["password_hash"]) if members.get("password_hash") else None
    )
    if hash_problem:
        raise InvalidRequest(
            [ValidationError("/password_hash", hash_problem, OBJECTIONS[hash_problem])]
        )
    roles = tuple(name for name in members.get("roles", ()) if name != USER)
    return Account(row.line, _columns(members), roles, frozenset(members))


def _columns(members: dict[str, Any]) -> dict[str, Any]:
    """Return every column of the table; an account without a history begins now."""
    read = {
        name: READERS.get(name, _same)(value) for name, value in members.items() if name != "roles"
    }
    created_at = read.get("created_at") or clock.now()
    unsaid: dict[str, Any] = {
        "id": read.get("id") or secrets.new_id(),
        "display_name": None,
        "status": Status.ACTIVE,
        "status_reason": None,
        "user_metadata": {},
        "app_metadata": {},
        "password_hash": None,
        "created_at": created_at,
        "updated_at": created_at,
        "deleted_at": None,
    }
    keys = {f"{name}_key": key(read.get(name)) for name, key in KEYS.items()}
    return {**unsaid, **read, **keys}


def _alike(one: Any, other: Any) -> bool:
    return bool(metadata.written(one) == metadata.written(other))


def _same(value: Any) -> Any:
    return value


def exported(profile: Profile, *stored: str | None) -> dict[str, Any]:
    """Return what is written of an account; with its hash where that is handed over."""
    return {**render(profile), **({"password_hash": stored[0]} if stored else {})}
