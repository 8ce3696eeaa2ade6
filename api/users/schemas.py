"""The models of users, with the typed form of each input."""

from datetime import datetime
from typing import Any, NotRequired, TypedDict
from uuid import UUID

from api.core.keyset import PageQuery
from api.roles.assignments import MAX_ROLES_PER_USER
from api.users.models import Status
from api.web.fields import (
    EXAMPLE_ID,
    EXAMPLE_TIMESTAMP,
    Boolean,
    Cursor,
    DateTime,
    Email,
    Enum,
    Identifier,
    Integer,
    List,
    Object,
    Password,
    Slug,
    String,
    StringList,
    Username,
)
from api.web.schemas import Model

SORTS = ("created_at", "-created_at", "username", "-username", "email", "-email")


def display_name(**keywords: bool) -> String:
    description = "The name to display, or null. Invisible characters are rejected."
    form: dict[str, Any] = {"max_length": 80, "min_length": 1, "format": "name", "nullable": True}
    return String(**form, description=description, **keywords)


def status_reason(**keywords: bool) -> String:
    description = (
        "The reason for the status. A change of the status without a reason sets it to null."
    )
    return String(max_length=500, min_length=1, nullable=True, description=description, **keywords)


def user_metadata(**keywords: bool) -> Object:
    description = "Metadata that the user can change; at most 16 KiB, always replaced as a whole"
    return Object(description=description, **keywords)


def app_metadata(**keywords: bool) -> Object:
    description = (
        "Metadata that the user can read but not change; at most 16 KiB, always replaced as a whole"
    )
    return Object(description=description, **keywords)


def metadata_filter() -> String:
    description = (
        "Users whose metadata have all of these members: a JSON object of strings, integers, "
        "booleans and nulls"
    )
    return String(
        max_length=1000, min_length=2, description=description, examples=['{"plan":"free"}']
    )


def role_names(**keywords: Any) -> StringList:
    description = (
        "The roles of the user. Every user has the role `user`, which does not count towards the "
        f"limit of {MAX_ROLES_PER_USER} roles."
    )
    return StringList(Slug(), description=description, **keywords)


ADA = {"username": "ada", "email": "ada@example.org", "password": "correct horse battery staple"}
GRACE = {"username": "grace", "email": "grace@example.org", "display_name": "Grace Hopper"}

user = Model(
    "User",
    {
        "id": Identifier(required=True),
        "username": Username(required=True),
        "email": Email(required=True),
        "display_name": display_name(required=True),
        "roles": role_names(required=True),
        "status": Enum(Status, required=True, description="A suspended user cannot log in."),
        "status_reason": status_reason(required=True),
        "user_metadata": user_metadata(required=True),
        "app_metadata": app_metadata(required=True),
        "created_at": DateTime(required=True),
        "updated_at": DateTime(required=True),
        "deleted_at": DateTime(
            nullable=True, required=True, description="Null if the user is not deleted"
        ),
    },
    example={
        "id": EXAMPLE_ID,
        "username": ADA["username"],
        "email": ADA["email"],
        "display_name": "Ada Lovelace",
        "roles": ["user"],
        "status": "active",
        "status_reason": None,
        "user_metadata": {"theme": "dark"},
        "app_metadata": {},
        "created_at": EXAMPLE_TIMESTAMP,
        "updated_at": EXAMPLE_TIMESTAMP,
        "deleted_at": None,
    },
)

user_page = Model(
    "UserPage",
    {
        "items": List(user, required=True),
        "next": Cursor(is_next=True),
        "total": Integer(description="The number of all users that match, if `count=true`"),
    },
)

user_search = Model(
    "UserSearch",
    {
        "limit": Integer(
            minimum=1, maximum=100, default=20, description="The maximum number of users on a page"
        ),
        "cursor": Cursor(),
        "q": String(
            max_length=80,
            min_length=1,
            description="The beginning of the username, e-mail address or display name",
        ),
        "status": Enum(Status),
        "role": Slug(description="Users with this role"),
        "deleted": Boolean(
            default=False,
            description="Only deleted users; without it, only users who are not deleted",
        ),
        "user_metadata": metadata_filter(),
        "app_metadata": metadata_filter(),
        "created_after": DateTime(description="Users that were created at this time or later"),
        "created_before": DateTime(description="Users that were created before this time"),
        "sort": Enum(SORTS, default="created_at", description="`-` means descending order"),
        "count": Boolean(
            default=False,
            description="Also return the number of all users that match, which takes longer",
        ),
    },
)


class UserFilters(TypedDict, total=False):
    q: str
    status: str
    role: str
    deleted: bool
    user_metadata: str
    app_metadata: str
    created_after: datetime
    created_before: datetime


class UserSearch(PageQuery, UserFilters):
    count: NotRequired[bool]


user_creation = Model(
    "UserCreation",
    {
        "username": Username(required=True),
        "email": Email(required=True),
        "password": Password(required=True),
        "display_name": display_name(),
        "roles": role_names(max_items=MAX_ROLES_PER_USER + 1),
        "status": Enum(Status, default=Status.ACTIVE),
        "user_metadata": user_metadata(),
        "app_metadata": app_metadata(),
    },
    example={**GRACE, "password": "a nanosecond is a foot of wire"},
)

user_replacement = Model(
    "UserReplacement",
    {
        "username": Username(required=True),
        "email": Email(required=True),
        "display_name": display_name(required=True),
        "status": Enum(Status, required=True),
        "status_reason": status_reason(),
        "user_metadata": user_metadata(required=True),
        "app_metadata": app_metadata(required=True),
    },
    example={**GRACE, "status": "active", "user_metadata": {}, "app_metadata": {"plan": "free"}},
)

user_patch = Model(
    "UserPatch",
    {
        "username": Username(),
        "email": Email(),
        "display_name": display_name(),
        "status": Enum(Status),
        "status_reason": status_reason(),
        "user_metadata": user_metadata(),
        "app_metadata": app_metadata(),
    },
    description="Users may change their own username, display name and `user_metadata`.",
    example={"status": "suspended", "status_reason": "Reported a stolen device on Monday."},
)

profile_patch = Model(
    "ProfilePatch",
    {"username": Username(), "display_name": display_name(), "user_metadata": user_metadata()},
    example={"display_name": "Ada Lovelace"},
)


class UserPatch(TypedDict, total=False):
    username: str
    email: str
    display_name: str | None
    status: str
    status_reason: str | None
    user_metadata: dict[str, Any]
    app_metadata: dict[str, Any]


class ProfilePatch(TypedDict, total=False):
    username: str
    display_name: str | None
    user_metadata: dict[str, Any]


Changes = UserPatch | ProfilePatch


class UserReplacement(TypedDict):
    username: str
    email: str
    display_name: str | None
    status: str
    status_reason: NotRequired[str | None]
    user_metadata: dict[str, Any]
    app_metadata: dict[str, Any]


class NewProfile(TypedDict):
    """The members of a new account, without its password."""

    username: str
    email: str
    display_name: NotRequired[str | None]
    roles: NotRequired[list[str]]
    status: NotRequired[str]
    user_metadata: NotRequired[dict[str, Any]]
    app_metadata: NotRequired[dict[str, Any]]


class UserCreation(NewProfile):
    password: str


class PreparedUser(NewProfile):
    """A new account whose password has been hashed, before the transaction."""

    id: NotRequired[UUID]
    password_hash: str
