"""The shapes of files: what a row holds that is imported, and what is told of each."""

from api.core.foreign_hashes import LONGEST
from api.roles.rights import MOST_ROLES
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
    Choice,
    Email,
    Flag,
    Identifier,
    Many,
    Moment,
    Text,
    Username,
    Whole,
)
from api.web.shapes import Model

OUTCOMES = ("created", "unchanged", "refused")
HASH = "$2b$12$" + "LQv3c1yqBWVHxkd0LHAkCOYz6TtxMQJqhN8/LewKyNiGSFHGzGXBm"

imported_user = Model(
    "ImportedUser",
    {
        "id": Identifier(description="As it was elsewhere; a new one where it is missing"),
        "username": Username(required=True),
        "email": Email(required=True),
        "display_name": display_name(),
        "roles": held_roles(most=MOST_ROLES),
        "status": Choice(Status, default=Status.ACTIVE),
        "status_reason": status_reason(),
        "user_metadata": user_metadata(),
        "app_metadata": app_metadata(),
        "password_hash": Text(
            longest=LONGEST,
            nullable=True,
            description="In argon2, bcrypt, scrypt, PBKDF2 or SHA-crypt, as PHC, passlib, Django, "
            "Werkzeug or crypt(3) write it. Without it nobody can log in with a password yet.",
        ),
        "created_at": Moment(),
        "updated_at": Moment(),
        "deleted_at": Moment(nullable=True),
    },
    description="A row of a file that is imported. Passwords are taken as hashes alone.",
    example={**GRACE, "password_hash": HASH},
)

import_finding = Model(
    "ImportFinding",
    {
        "pointer": Text(longest=500, required=True),
        "rule": Text(longest=64, required=True),
        "message": Text(longest=500, required=True),
    },
)

import_line = Model(
    "ImportLine",
    {
        "line": Whole(least=1, description="Where the row begins, from 1"),
        "outcome": Choice(OUTCOMES),
        "id": Identifier(description="Of the account, unless it is refused"),
        "findings": Many(import_finding, description="Why it is refused"),
        "created": Whole(description="How many"),
        "unchanged": Whole(),
        "refused": Whole(),
        "dry_run": Flag(description="Whether nothing was written on purpose"),
    },
    description="What became of a row; the last line instead says what became of all.",
    example={"line": 1, "outcome": "created", "id": EXAMPLE_ID},
)

user_import = Model(
    "UserImport",
    {"dry_run": Flag(default=False, description="Say what would become of it; write nothing")},
)

user_export = Model(
    "UserExport",
    {
        "hashes": Flag(
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
