"""The models of a user and of a new one, with the typed form of the input."""

from typing import Any, NotRequired, TypedDict
from uuid import UUID

from api.roles.assignments import MAX_ROLES_PER_USER
from api.users.fields import (
    USER_STATUS,
    app_metadata,
    display_name,
    email_verified,
    external_id,
    external_source,
    locale,
    role_names,
    status_reason,
    user_metadata,
)
from api.users.models import Status
from api.web.fields import (
    EXAMPLE_ID,
    EXAMPLE_TIMESTAMP,
    Boolean,
    DateTime,
    Email,
    Enum,
    Identifier,
    Password,
    Username,
)
from api.web.schemas import Model

ADA = {"username": "ada", "email": "ada@example.org", "password": "correct horse battery staple"}
GRACE = {"username": "grace", "email": "grace@example.org", "display_name": "Grace Hopper"}

user = Model(
    "User",
    {
        "id": Identifier(
            required=True,
            description="The id of the user. It never changes, and no other user ever gets it.",
        ),
        "username": Username(required=True),
        "email": Email(required=True),
        "email_verified": email_verified(required=True),
        "display_name": display_name(required=True),
        "locale": locale(required=True),
        "roles": role_names(required=True, max_items=MAX_ROLES_PER_USER + 1),
        "status": Enum(
            USER_STATUS,
            required=True,
            description="A `suspended` user cannot log in and has no session.",
        ),
        "status_reason": status_reason(required=True),
        "user_metadata": user_metadata(required=True),
        "app_metadata": app_metadata(required=True),
        "external_source": external_source(required=True),
        "external_id": external_id(required=True),
        "has_password": Boolean(
            required=True,
            description="Whether the user has a password. A user without one cannot log in until "
            "an administrator has set one.",
        ),
        "must_change_password": Boolean(
            required=True,
            description="Whether the user must choose a new password after the next login",
        ),
        "created_at": DateTime(
            required=True,
            description="When the account was created, here or in the system that it comes from",
        ),
        "updated_at": DateTime(
            required=True,
            description="When the user, its roles or its password were last changed. A login does "
            "not count.",
        ),
        "deleted_at": DateTime(
            nullable=True,
            required=True,
            description="When the user was deleted; null if it is not. A deleted user can be "
            "restored for 30 days (DELETED_USERS_KEPT_DAYS).",
        ),
    },
    example={
        "id": EXAMPLE_ID,
        "username": ADA["username"],
        "email": ADA["email"],
        "email_verified": True,
        "display_name": "Ada Lovelace",
        "locale": "en-GB",
        "roles": ["user"],
        "status": "active",
        "status_reason": None,
        "user_metadata": {"theme": "dark"},
        "app_metadata": {},
        "external_source": None,
        "external_id": None,
        "has_password": True,
        "must_change_password": False,
        "created_at": EXAMPLE_TIMESTAMP,
        "updated_at": EXAMPLE_TIMESTAMP,
        "deleted_at": None,
    },
    description="An account.",
)

user_creation = Model(
    "UserCreation",
    {
        "username": Username(),
        "email": Email(required=True),
        "email_verified": email_verified(),
        "password": Password(
            description="Without one, the user cannot log in until `PUT /api/users/{user_id}"
            "/password` has set one."
        ),
        "display_name": display_name(),
        "locale": locale(),
        "roles": role_names(max_items=MAX_ROLES_PER_USER + 1),
        "status": Enum(
            USER_STATUS,
            default=Status.ACTIVE,
            description="The status of the new user. A `suspended` user cannot log in yet.",
        ),
        "user_metadata": user_metadata(),
        "app_metadata": app_metadata(),
        "external_source": external_source(),
        "external_id": external_id(),
    },
    description="A new account. Only the e-mail address is required.",
    example={**GRACE, "password": "a nanosecond is a foot of wire"},
)


class NewProfile(TypedDict):
    """The members of a new account, without its password."""

    username: NotRequired[str | None]
    email: str
    email_verified: NotRequired[bool]
    display_name: NotRequired[str | None]
    locale: NotRequired[str | None]
    roles: NotRequired[list[str]]
    status: NotRequired[str]
    user_metadata: NotRequired[dict[str, Any]]
    app_metadata: NotRequired[dict[str, Any]]
    external_source: NotRequired[str | None]
    external_id: NotRequired[str | None]


class UserCreation(NewProfile):
    password: NotRequired[str]


class PreparedUser(NewProfile):
    """A new account whose password, if it has one, was hashed before the transaction."""

    id: NotRequired[UUID]
    password_hash: str | None
    requested_username: NotRequired[str | None]
