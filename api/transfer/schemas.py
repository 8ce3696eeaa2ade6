"""The shapes of files: what a row holds that is imported, and what is told of each."""

from api.passwords.formats.notations import MAX_HASH_LENGTH
from api.roles.rights import MAX_ROLES_PER_USER
from api.users.models import Status
from api.users.schemas import (
    GRACE,
    app_metadata,
    display_name,
    held_roles,
    status_reason,
    user_metadata,
    user_search,
)
from api.web.fields import (
    EXAMPLE_ID,
    Boolean,
    DateTime,
    Email,
    Enum,
    Identifier,
    Integer,
    List,
    String,
    Username,
)
from api.web.schemas import Model

OUTCOMES = ("created", "unchanged", "refused")
HASH = "$2b$12$" + "LQv3c1yqBWVHxkd0LHAkCOYz6TtxMQJqhN8/LewKyNiGSFHGzGXBm"

imported_user = Model(
    "ImportedUser",
    {
        "id": Identifier(description="As it was elsewhere; a new one where it is missing"),
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
            "Werkzeug or crypt(3) write it. Without it nobody can log in with a password yet.",
        ),
        "created_at": DateTime(),
        "updated_at": DateTime(),
        "deleted_at": DateTime(nullable=True),
    },
    description="A row of a file that is imported. Passwords are taken as hashes alone.",
    example={**GRACE, "password_hash": HASH},
)

import_finding = Model(
    "ImportFinding",
    {
        "pointer": String(max_length=500, required=True),
        "rule": String(max_length=64, required=True),
        "message": String(max_length=500, required=True),
    },
)

import_line = Model(
    "ImportLine",
    {
        "line": Integer(minimum=1, description="Where the row begins, from 1"),
        "outcome": Enum(OUTCOMES),
        "id": Identifier(description="Of the account, unless it is refused"),
        "findings": List(import_finding, description="Why it is refused"),
        "created": Integer(description="How many"),
        "unchanged": Integer(),
        "refused": Integer(),
        "dry_run": Boolean(description="Whether nothing was written on purpose"),
    },
    description="What became of a row; the last line instead says what became of all.",
    example={"line": 1, "outcome": "created", "id": EXAMPLE_ID},
)

user_import = Model(
    "UserImport",
    {"dry_run": Boolean(default=False, description="Say what would become of it; write nothing")},
)

user_export = Model(
    "UserExport",
    {
        "hashes": Boolean(
            default=False,
            description="With password hashes, which takes `users:hashes`, too, and a password "
            "given a short while ago",
        ),
        **{
            name: field
            for name, field in user_search.items()
            if name not in {"limit", "cursor", "sort", "count"}
        },
    },
)
