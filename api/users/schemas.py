"""The shapes on the wire: each validates, documents and renders."""

from datetime import datetime
from typing import Any, NotRequired, TypedDict
from uuid import UUID

from api.core.keyset import PageQuery
from api.roles.rights import MAX_ROLES_PER_USER
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
    description = "The name that is shown; null for none. Invisible characters are rejected."
    form: dict[str, Any] = {"max_length": 80, "min_length": 1, "format": "name", "nullable": True}
    return String(**form, description=description, **keywords)


def status_reason(**keywords: bool) -> String:
    described = "Why it is so; null again with the next change of the status, unless one is given"
    return String(max_length=500, min_length=1, nullable=True, description=described, **keywords)


def user_metadata(**keywords: bool) -> Object:
    described = "What the person keeps here; at most 16 KiB, replaced as a whole"
    return Object(description=described, **keywords)


def app_metadata(**keywords: bool) -> Object:
    described = "What applications keep of the person, who sees it; likewise"
    return Object(description=described, **keywords)


def members() -> String:
    """Return the filter by members of a document, in a query string."""
    described = (
        "Members that are equal to these: a JSON object of strings, integers, booleans and nulls"
    )
    return String(
        max_length=1000, min_length=2, description=described, examples=['{"plan":"free"}']
    )


def held_roles(**keywords: Any) -> StringList:
    return StringList(Slug(), description="Everybody is a `user`", **keywords)


ADA = {"username": "ada", "email": "ada@example.org", "password": "correct horse battery staple"}
GRACE = {"username": "grace", "email": "grace@example.org", "display_name": "Grace Hopper"}

user = Model(
    "User",
    {
        "id": Identifier(required=True),
        "username": Username(required=True),
        "email": Email(required=True),
        "display_name": display_name(required=True),
        "roles": held_roles(required=True),
        "status": Enum(Status, required=True, description="Who is suspended cannot log in"),
        "status_reason": status_reason(required=True),
        "user_metadata": user_metadata(required=True),
        "app_metadata": app_metadata(required=True),
        "created_at": DateTime(required=True),
        "updated_at": DateTime(required=True),
        "deleted_at": DateTime(nullable=True, required=True, description="Until it is restored"),
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
        "total": Integer(description="How many match, when `count=true` asked for it"),
    },
)

user_search = Model(
    "UserSearch",
    {
        "limit": Integer(minimum=1, maximum=100, default=20, description="How many to a page"),
        "cursor": Cursor(),
        "q": String(
            max_length=80,
            min_length=1,
            description="What the username, address or name begins with",
        ),
        "status": Enum(Status),
        "role": Slug(description="Who holds this role"),
        "deleted": Boolean(default=False, description="The deleted users, and only those"),
        "user_metadata": members(),
        "app_metadata": members(),
        "created_after": DateTime(description="Not before this moment"),
        "created_before": DateTime(description="Before this moment"),
        "sort": Enum(SORTS, default="created_at", description="`-` for descending"),
        "count": Boolean(default=False, description="Also say how many match; this takes longer"),
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
        "roles": held_roles(max_items=MAX_ROLES_PER_USER),
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
    description="Who changes themselves may change username, display name and `user_metadata`.",
    example={"status": "suspended", "status_reason": "Lost her key; called on Monday."},
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
