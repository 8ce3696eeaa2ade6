"""The shapes on the wire: each validates, documents and renders."""

from typing import Any

from api.roles.rights import MOST_ROLES
from api.users.models import Status
from api.web.fields import (
    EXAMPLE_ID,
    MOMENT,
    Choice,
    Cursor,
    Document,
    Email,
    Flag,
    Identifier,
    Many,
    Moment,
    Password,
    Slug,
    Text,
    Username,
    Whole,
    Words,
)
from api.web.shapes import Model

SORTS = ("created_at", "-created_at", "username", "-username", "email", "-email")


def display_name(**keywords: bool) -> Text:
    described = "How the person likes to be called; null for none"
    return Text(longest=80, shortest=1, nullable=True, description=described, **keywords)


def status_reason(**keywords: bool) -> Text:
    described = "Why it is so; null again with the next change of the status, unless one is given"
    return Text(longest=500, shortest=1, nullable=True, description=described, **keywords)


def user_metadata(**keywords: bool) -> Document:
    described = "What the person keeps here; at most 16 KiB, replaced as a whole"
    return Document(description=described, **keywords)


def app_metadata(**keywords: bool) -> Document:
    described = "What applications keep of the person, who sees it; likewise"
    return Document(description=described, **keywords)


def members() -> Text:
    """Return the filter by members of a document, in a query string."""
    described = (
        "Members that are equal to these: a JSON object of strings, integers, booleans and nulls"
    )
    return Text(longest=1000, shortest=2, description=described, examples=['{"plan":"free"}'])


def held_roles(**keywords: Any) -> Words:
    return Words(Slug(), description="Everybody is a `user`", **keywords)


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
        "status": Choice(Status, required=True, description="Who is suspended cannot log in"),
        "status_reason": status_reason(required=True),
        "user_metadata": user_metadata(required=True),
        "app_metadata": app_metadata(required=True),
        "created_at": Moment(required=True),
        "updated_at": Moment(required=True),
        "deleted_at": Moment(nullable=True, required=True, description="Until it is restored"),
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
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "deleted_at": None,
    },
)

user_page = Model(
    "UserPage",
    {
        "items": Many(user, required=True),
        "next": Cursor(following=True),
        "total": Whole(description="How many match, when `count=true` asked for it"),
    },
)

user_search = Model(
    "UserSearch",
    {
        "limit": Whole(least=1, most=100, default=20, description="How many to a page"),
        "cursor": Cursor(),
        "q": Text(
            longest=80, shortest=1, description="What the username, address or name begins with"
        ),
        "status": Choice(Status),
        "role": Slug(description="Who holds this role"),
        "deleted": Flag(default=False, description="The deleted users, and only those"),
        "user_metadata": members(),
        "app_metadata": members(),
        "created_after": Moment(description="Not before this moment"),
        "created_before": Moment(description="Before this moment"),
        "sort": Choice(SORTS, default="created_at", description="`-` for descending"),
        "count": Flag(default=False, description="Also say how many match; this takes longer"),
    },
)

user_creation = Model(
    "UserCreation",
    {
        "username": Username(required=True),
        "email": Email(required=True),
        "password": Password(required=True),
        "display_name": display_name(),
        "roles": held_roles(most=MOST_ROLES),
        "status": Choice(Status, default=Status.ACTIVE),
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
        "status": Choice(Status, required=True),
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
        "status": Choice(Status),
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
