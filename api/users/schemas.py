"""The shapes on the wire: each validates, documents and renders."""

from typing import Any

from api.users.models import Status
from api.web.fields import (
    EXAMPLE_ID,
    MOMENT,
    Choice,
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

MOST_ROLES = 20  # of a new account
SORTS = ("created_at", "-created_at", "username", "-username", "email", "-email")


def display_name(**keywords: bool) -> Text:
    described = "How the person likes to be called; null for none"
    return Text(longest=80, shortest=1, nullable=True, description=described, **keywords)


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
        "created_at": Moment(required=True),
        "updated_at": Moment(required=True),
    },
    example={
        "id": EXAMPLE_ID,
        "username": ADA["username"],
        "email": ADA["email"],
        "display_name": "Ada Lovelace",
        "roles": ["user"],
        "status": "active",
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
)

user_page = Model(
    "UserPage",
    {
        "items": Many(user, required=True),
        "next": Text(longest=500, nullable=True, required=True, description="The next cursor"),
        "total": Whole(description="How many match, when `count=true` asked for it"),
    },
)

user_search = Model(
    "UserSearch",
    {
        "limit": Whole(least=1, most=100, default=20, description="How many to a page"),
        "cursor": Text(
            longest=500, shortest=1, format="cursor", description="`next` of the page before"
        ),
        "q": Text(
            longest=80, shortest=1, description="What the username, address or name begins with"
        ),
        "status": Choice(Status),
        "role": Slug(description="Who holds this role"),
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
    },
    example={**GRACE, "status": "active"},
)

user_patch = Model(
    "UserPatch",
    {
        "username": Username(),
        "email": Email(),
        "display_name": display_name(),
        "status": Choice(Status),
    },
    description="Who changes themselves may change the username and the display name.",
    example={"status": "suspended"},
)

profile_patch = Model(
    "ProfilePatch",
    {"username": Username(), "display_name": display_name()},
    example={"display_name": "Ada Lovelace"},
)
