"""The models of lists of users: the filters, and a page."""

from datetime import datetime
from typing import NotRequired, TypedDict

from api.core.keyset import PageQuery
from api.users.fields import USER_STATUS
from api.users.schemas import user
from api.web.fields import (
    EXAMPLE_EXPIRY,
    Boolean,
    Choices,
    Cursor,
    DateTime,
    Enum,
    Integer,
    Slug,
    String,
)
from api.web.page_models import make_page_model, page_limit
from api.web.schemas import Model

SORTS = ("created_at", "-created_at", "username", "-username", "email", "-email")
USER_SORT = Choices("UserSort", SORTS, description="The order of users; `-` means descending")


def metadata_filter(example: str) -> String:
    description = (
        "Users whose metadata have all of these members: a JSON object of strings, integers, "
        "booleans and nulls"
    )
    return String(max_length=1000, min_length=2, description=description, examples=[example])


user_page = make_page_model(
    "UserPage",
    user,
    "users",
    total=Integer(
        description="The number of all users that match, on all pages. Missing without "
        "`count=true`."
    ),
)

user_search = Model(
    "UserSearch",
    {
        "limit": page_limit("users"),
        "cursor": Cursor(),
        "q": String(
            max_length=80,
            description="Words, each of which is anywhere in the username, the e-mail address or "
            "the display name. A word of one or two characters is the beginning of a word there. "
            "An empty text is no filter.",
            examples=["lovelace"],
        ),
        "domain": String(
            max_length=253,
            min_length=1,
            description="Users with this domain of the e-mail address, without its subdomains",
            examples=["example.org"],
        ),
        "status": Enum(USER_STATUS, description="Users with this status"),
        "role": Slug(description="Users who have this role", examples=["support"]),
        "external_source": String(
            max_length=64,
            min_length=1,
            description="Users that come from this system; exactly as it was stored",
            examples=["auth0"],
        ),
        "external_id": String(
            max_length=255,
            min_length=1,
            description="Users with this id in another system; exactly as it was stored",
            examples=["auth0|5f7c8ec7"],
        ),
        "deleted": Boolean(
            default=False,
            description="Only deleted users; without it, only users who are not deleted",
        ),
        "user_metadata": metadata_filter('{"theme":"dark"}'),
        "app_metadata": metadata_filter('{"plan":"free"}'),
        "created_after": DateTime(description="Users that were created at this time or later"),
        "created_before": DateTime(
            description="Users that were created before this time", examples=[EXAMPLE_EXPIRY]
        ),
        "sort": Enum(
            USER_SORT,
            default="created_at",
            description="The order of the list. `-` means descending order. A cursor belongs to "
            "one order.",
        ),
        "count": Boolean(
            default=False,
            description="Also return the number of all users that match, which takes longer",
        ),
    },
)


class UserFilters(TypedDict, total=False):
    q: str
    domain: str
    status: str
    role: str
    external_source: str
    external_id: str
    deleted: bool
    user_metadata: str
    app_metadata: str
    created_after: datetime
    created_before: datetime


class UserSearch(PageQuery, UserFilters):
    count: NotRequired[bool]
