"""The models of import and export, compiled for rows, with the typed form of each input."""

from typing import Any, NotRequired, TypedDict

from api.passwords.formats.notations import MAX_HASH_LENGTH
from api.roles.rights import MAX_ROLES_PER_USER
from api.users.models import Status
from api.users.schemas import (
    GRACE,
    UserFilters,
    app_metadata,
    display_name,
    held_roles,
    status_reason,
    user,
    user_metadata,
    user_search,
)
from api.web.fields import (
    Boolean,
    Cursor,
    DateTime,
    Email,
    Enum,
    Identifier,
    Integer,
    List,
    String,
    Username,
)
from api.web.openapi_responses import validation_error
from api.web.schemas import Input, Model, parse_timestamp, renderer

MAX_PAGE_ROWS = 10_000
OUTCOMES = ("created", "unchanged", "rejected")
HASH = "$2b$12$" + "LQv3c1yqBWVHxkd0LHAkCOYz6TtxMQJqhN8/LewKyNiGSFHGzGXBm"

imported_user = Model(
    "ImportedUser",
    {
        "id": Identifier(description="The id in the other system; without it, a new one is made"),
        "username": Username(required=True),
        "email": Email(required=True),
        "display_name": display_name(),
        "roles": held_roles(max_items=MAX_ROLES_PER_USER),
        "status": Enum(Status, default=Status.ACTIVE),
        "status_reason": status_reason(),
        "user_metadata": user_metadata(),
        "app_metadata": app_metadata(),
        "password_hash": String(
            max_length=MAX_HASH_LENGTH,
            nullable=True,
            description="In argon2, bcrypt, scrypt, PBKDF2 or SHA-crypt, as PHC, passlib, Django, "
            "Werkzeug or crypt(3) write it. Without it the account has no password yet.",
        ),
        "created_at": DateTime(description="Not in the future"),
        "updated_at": DateTime(description="Not in the future"),
        "deleted_at": DateTime(nullable=True, description="Not in the future"),
    },
    description="A row of an import. It has the hash of a password, never the password.",
    example={**GRACE, "password_hash": HASH},
)


class ImportedUser(TypedDict):
    """A row that matches ``imported_user``."""

    id: NotRequired[str]
    username: str
    email: str
    display_name: NotRequired[str | None]
    roles: NotRequired[list[str]]
    status: NotRequired[str]
    status_reason: NotRequired[str | None]
    user_metadata: NotRequired[dict[str, Any]]
    app_metadata: NotRequired[dict[str, Any]]
    password_hash: NotRequired[str | None]
    created_at: NotRequired[str]
    updated_at: NotRequired[str]
    deleted_at: NotRequired[str | None]


import_row = Model(
    "ImportRow",
    {
        "line": Integer(minimum=1, required=True, description="Where the row begins, from 1"),
        "outcome": Enum(OUTCOMES, required=True),
        "id": Identifier(description="The id of the account that is unchanged"),
        "errors": List(validation_error, description="Why the row is rejected"),
    },
    description="What happened to a row that was not created.",
)

import_result = Model(
    "ImportResult",
    {
        "created": Integer(required=True, description="How many accounts were created"),
        "unchanged": Integer(required=True, description="How many exist with the same members"),
        "rejected": Integer(required=True, description="How many rows have errors"),
        "dry_run": Boolean(required=True, description="Whether nothing was written on purpose"),
        "rows": List(import_row, required=True, description="The rows that were not created"),
    },
    description="What happened to the rows of one request.",
    example={
        "created": 1,
        "unchanged": 0,
        "rejected": 1,
        "dry_run": False,
        "rows": [
            {
                "line": 2,
                "outcome": "rejected",
                "errors": [
                    {"pointer": "/email", "rule": "format", "message": "must be a valid email"}
                ],
            }
        ],
    },
)

user_import = Model(
    "UserImport",
    {"dry_run": Boolean(default=False, description="Report what would happen; write nothing")},
)


class UserImport(TypedDict):
    dry_run: bool


exported_user = Model(
    "ExportedUser",
    {
        **user,
        "password_hash": String(
            max_length=MAX_HASH_LENGTH, nullable=True, description="Only with `hashes=true`"
        ),
    },
    description="A row of an export, which an import accepts.",
    example=user.also["examples"][0],
)

user_export = Model(
    "UserExport",
    {
        "limit": Integer(
            minimum=1, maximum=MAX_PAGE_ROWS, default=1000, description="Maximum rows of a page"
        ),
        "cursor": Cursor(),
        "hashes": Boolean(
            default=False,
            description="With password hashes. This requires `users:hashes`, too, and a password "
            "that was verified recently",
        ),
        **{
            name: field
            for name, field in user_search.items()
            if name not in {"limit", "cursor", "sort", "count"}
        },
    },
)


class UserExport(UserFilters):
    limit: int
    cursor: NotRequired[str]
    hashes: bool


check_row = Input(imported_user).check
read_timestamp = parse_timestamp
render_user = renderer(user)
