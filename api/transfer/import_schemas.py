"""The models of imports, with the typed form of each input."""

from typing import Any, NotRequired, TypedDict

from api.passwords.formats.notations import MAX_HASH_LENGTH
from api.roles.assignments import MAX_ROLES_PER_USER
from api.transfer.outcomes import OnConflict, Outcome
from api.users.fields import (
    USER_STATUS,
    app_metadata,
    display_name,
    external_id,
    external_source,
    locale,
    role_names,
    status_reason,
    user_metadata,
)
from api.users.schemas import GRACE
from api.web.fields import (
    Boolean,
    Choices,
    DateTime,
    Email,
    Enum,
    Identifier,
    Integer,
    List,
    String,
    StringList,
    Username,
)
from api.web.schemas import Input, Model, parse_timestamp
from api.web.validation_errors import validation_error

CONFLICT_POLICY = Choices(
    "ConflictPolicy",
    OnConflict,
    description="What an import does with an account that has other members than its row",
)
HASH = "$2b$12$" + "LQv3c1yqBWVHxkd0LHAkCOYz6TtxMQJqhN8/LewKyNiGSFHGzGXBm"

# No member has a default: clients send it, and an update would apply it to an account that exists.
imported_user = Model(
    "ImportedUser",
    {
        "id": Identifier(
            nullable=True,
            description="The id of the account, a UUID. Without it the account gets a new id.",
        ),
        "username": Username(),
        "email": Email(required=True),
        "email_verified": Boolean(
            nullable=True,
            description="Whether it is known that the e-mail address reaches the user. With false, "
            "the user has to confirm it if the operator requires that (EMAIL_VERIFICATION). No "
            "mail is sent. An address that the user has confirmed here stays verified.",
        ),
        "display_name": display_name(),
        "locale": locale(),
        "roles": role_names(nullable=True, max_items=MAX_ROLES_PER_USER + 1),
        "status": Enum(
            USER_STATUS,
            nullable=True,
            description="A `suspended` user cannot log in. Without it a new account is `active`, "
            "and an account that exists keeps its status.",
        ),
        "status_reason": status_reason(),
        "user_metadata": user_metadata(nullable=True),
        "app_metadata": app_metadata(nullable=True),
        "external_source": external_source(),
        "external_id": external_id(),
        "has_password": Boolean(
            nullable=True,
            description="Ignored. Exports contain it, so that an import accepts them.",
        ),
        "must_change_password": Boolean(
            nullable=True,
            description="Whether the user must choose a new password after the next login. Without "
            "it false for a new account, and unchanged for an account that exists.",
        ),
        "password_hash": String(
            max_length=MAX_HASH_LENGTH,
            min_length=1,
            nullable=True,
            description="A hash in a format of PHC, crypt(3), passlib, Django, Werkzeug, "
            "WordPress, Firebase, LDAP and others, which docs/security.md lists. Without it the "
            "account has no password.",
        ),
        "created_at": DateTime(
            nullable=True,
            description="When the account was created in the other system, not in the future. "
            "Without it, the time of the import.",
        ),
        "updated_at": DateTime(
            nullable=True, description="When the account was last changed, not in the future"
        ),
        "deleted_at": DateTime(
            nullable=True,
            description="When the account was deleted, not in the future. Without it the account "
            "is not deleted.",
        ),
    },
    description="A row of an import. It contains the hash of the password, never the password. "
    "A member that is null is not given.",
    example={**GRACE, "password_hash": HASH},
)


class ImportedUser(TypedDict):
    """A row that matches ``imported_user``, without the members that are null."""

    id: NotRequired[str]
    username: NotRequired[str]
    email: str
    email_verified: NotRequired[bool]
    display_name: NotRequired[str]
    locale: NotRequired[str]
    roles: NotRequired[list[str]]
    status: NotRequired[str]
    status_reason: NotRequired[str]
    user_metadata: NotRequired[dict[str, Any]]
    app_metadata: NotRequired[dict[str, Any]]
    external_source: NotRequired[str]
    external_id: NotRequired[str]
    has_password: NotRequired[bool]
    must_change_password: NotRequired[bool]
    password_hash: NotRequired[str]
    created_at: NotRequired[str]
    updated_at: NotRequired[str]
    deleted_at: NotRequired[str]


import_row = Model(
    "ImportRow",
    {
        "line": Integer(
            minimum=1,
            required=True,
            description="The line of the body where the row starts; the first has the number 1",
        ),
        "record": Integer(
            minimum=1,
            required=True,
            description="The number of the row in the body; the first has the number 1. A JSON "
            "array may have several rows in one line",
        ),
        "outcome": Enum(
            Outcome,
            required=True,
            description="What the import did: nothing (`unchanged`, `conflict`, `rejected`), or "
            "it changed the account (`updated`). `created` rows are only counted.",
        ),
        "id": Identifier(description="The id of the account, unless the row is `rejected`"),
        "errors": List(
            validation_error,
            max_items=10,
            description="The reasons if the row is `rejected`, or the members that differ if it is "
            "a `conflict`",
        ),
    },
    description="The outcome of a row for which no account was created.",
    example={
        "line": 2,
        "record": 2,
        "outcome": "rejected",
        "errors": [{"pointer": "/email", "rule": "format", "message": "must be a valid email"}],
    },
)

import_result = Model(
    "ImportResult",
    {
        "created": Integer(required=True, description="The number of accounts that were created"),
        "updated": Integer(
            required=True, description="The number of accounts that were given other members"
        ),
        "unchanged": Integer(
            required=True,
            description="The number of rows whose account already exists with the same members",
        ),
        "conflicts": Integer(
            required=True,
            description="The number of rows whose account exists with other members",
        ),
        "rejected": Integer(required=True, description="The number of rows that have errors"),
        "without_password": Integer(
            required=True,
            description="The number of created accounts without a password, whose users cannot "
            "log in yet",
        ),
        "without_login": Integer(
            required=True,
            description="The number of created accounts whose users cannot log in, because they "
            "have no password, or are suspended or deleted",
        ),
        "dry_run": Boolean(
            required=True, description="Whether it was a dry run, which writes nothing"
        ),
        "warnings": StringList(
            String(max_length=500),
            max_items=100,
            required=True,
            description="Sentences about the body as a whole, such as that its encoding is a guess "
            "or that hashes are weak",
        ),
        "rows": List(
            import_row, required=True, description="The rows for which no account was created"
        ),
    },
    description="The outcome of the rows of one request.",
    example={
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "conflicts": 0,
        "rejected": 1,
        "without_password": 0,
        "without_login": 0,
        "dry_run": False,
        "warnings": [],
        "rows": [
            import_row.also["examples"][0],
        ],
    },
)

user_import = Model(
    "UserImport",
    {
        "dry_run": Boolean(
            default=False,
            description="Return the outcome of each row, but write nothing. A dry run does not "
            "know the rows of other requests.",
        ),
        "on_conflict": Enum(
            CONFLICT_POLICY,
            default=OnConflict.REPORT,
            description="What happens to an account that exists with other members than its row: "
            "the row is a `conflict`, or the account is updated. With `update_only`, a row without "
            "an account is rejected. An update also requires the "
            "permissions `users:read` and `users:write`; a new password hash requires what "
            "`PUT /api/users/{user_id}/password` requires.",
        ),
    },
)


class UserImport(TypedDict):
    dry_run: bool
    on_conflict: str


check_row = Input(imported_user).check
read_timestamp = parse_timestamp
