"""The models of users, with the typed form of each input."""

from typing import Any, NotRequired, TypedDict
from uuid import UUID

from api.roles.assignments import MAX_ROLES_PER_USER
from api.users.locales import locale
from api.users.models import Status
from api.web.fields import (
    EXAMPLE_ID,
    EXAMPLE_TIMESTAMP,
    Boolean,
    Choices,
    DateTime,
    Email,
    Enum,
    Identifier,
    Object,
    Password,
    Slug,
    String,
    StringList,
    Username,
)
from api.web.schemas import Model

USER_STATUS = Choices("UserStatus", Status, description="Whether a user can log in")


def display_name(**keywords: bool) -> String:
    description = (
        "The name to display, in any script; null if there is none. It need not be unique. "
        "Invisible characters are rejected."
    )
    form: dict[str, Any] = {"max_length": 80, "min_length": 1, "format": "name", "nullable": True}
    return String(**form, description=description, **keywords)


def status_reason(**keywords: bool) -> String:
    description = (
        "Why an administrator gave the user this status; null if there is no reason. The user can "
        "read it. A change of the status without a reason sets it to null."
    )
    return String(max_length=500, min_length=1, nullable=True, description=description, **keywords)


def user_metadata(**keywords: bool) -> Object:
    description = (
        "Any members that the user may change, such as preferences. At most 16 KiB as compact "
        "JSON, always replaced as a whole."
    )
    return Object(description=description, **keywords)


def app_metadata(**keywords: bool) -> Object:
    description = (
        "Any members that the user may read, and only administrators may change, such as a plan. "
        "At most 16 KiB as compact JSON, always replaced as a whole."
    )
    return Object(description=description, **keywords)


def role_names(**keywords: Any) -> StringList:
    description = (
        "The names of the roles of the user. Every user has the role `user`, which does not count "
        f"towards the limit of {MAX_ROLES_PER_USER} roles."
    )
    return StringList(Slug(), description=description, **keywords)


def external_source(**keywords: bool) -> String:
    description = "The name of the system that the account comes from, or null; with `external_id`"
    return _make_external(64, description, **keywords)


def external_id(**keywords: bool) -> String:
    description = "The id of the account in `external_source`, where it is unique, or null"
    return _make_external(255, description, **keywords)


def _make_external(max_length: int, description: str, **keywords: bool) -> String:
    return String(
        max_length=max_length,
        min_length=1,
        format="external-id",
        nullable=True,
        description=f"{description}. No invisible characters, and no spaces around it.",
        **keywords,
    )


def email_verified(**keywords: bool) -> Boolean:
    description = (
        "Whether it is known that the e-mail address reaches the user. A new address is not "
        "verified until the user has confirmed it, or an administrator says so. Users cannot "
        "change this member."
    )
    return Boolean(description=description, **keywords)


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

user_replacement = Model(
    "UserReplacement",
    {
        "username": Username(required=True),
        "email": Email(required=True),
        "email_verified": email_verified(),
        "display_name": display_name(required=True),
        "locale": locale(),
        "status": Enum(
            USER_STATUS,
            required=True,
            description="The status from now on. `suspended` ends all sessions of the user.",
        ),
        "status_reason": status_reason(),
        "user_metadata": user_metadata(required=True),
        "app_metadata": app_metadata(required=True),
        "external_source": external_source(),
        "external_id": external_id(),
    },
    description="All members of a user that can be changed. The locale and the external id stay as "
    "they are if they are left out.",
    example={**GRACE, "status": "active", "user_metadata": {}, "app_metadata": {"plan": "free"}},
)

user_patch = Model(
    "UserPatch",
    {
        "username": Username(),
        "email": Email(),
        "email_verified": email_verified(),
        "display_name": display_name(),
        "locale": locale(),
        "status": Enum(
            USER_STATUS,
            description="`suspended` ends all sessions of the user, `active` lets the user log in "
            "again. Only administrators may change it.",
        ),
        "status_reason": status_reason(),
        "user_metadata": user_metadata(),
        "app_metadata": app_metadata(),
        "external_source": external_source(),
        "external_id": external_id(),
    },
    description="The members that change. Users may change their own username, display name, "
    "locale and `user_metadata`.",
    example={"status": "suspended", "status_reason": "Reported a stolen device on Monday."},
)

profile_patch = Model(
    "ProfilePatch",
    {
        "username": Username(),
        "display_name": display_name(),
        "locale": locale(),
        "user_metadata": user_metadata(),
    },
    description="The members of your own account that change.",
    example={"display_name": "Ada Lovelace"},
)


class UserPatch(TypedDict, total=False):
    username: str | None
    email: str
    email_verified: bool
    display_name: str | None
    locale: str | None
    status: str
    status_reason: str | None
    user_metadata: dict[str, Any]
    app_metadata: dict[str, Any]
    external_source: str | None
    external_id: str | None


class ProfilePatch(TypedDict, total=False):
    username: str | None
    display_name: str | None
    locale: str | None
    user_metadata: dict[str, Any]


Changes = UserPatch | ProfilePatch


class UserReplacement(TypedDict):
    username: str | None
    email: str
    email_verified: NotRequired[bool]
    display_name: str | None
    locale: NotRequired[str | None]
    status: str
    status_reason: NotRequired[str | None]
    user_metadata: dict[str, Any]
    app_metadata: dict[str, Any]
    external_source: NotRequired[str | None]
    external_id: NotRequired[str | None]


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
    locale: NotRequired[str | None]
    requested_username: NotRequired[str | None]
