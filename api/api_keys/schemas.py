"""The models of API keys, with the typed form of each input."""

from typing import Any, NotRequired, TypedDict

from api.core.permissions import Permission
from api.roles.schemas import PERMISSION_NAME
from api.web.fields import (
    EXAMPLE_API_KEY_ID,
    EXAMPLE_EXPIRY,
    EXAMPLE_ID,
    EXAMPLE_TIMESTAMP,
    DateTime,
    Enum,
    Identifier,
    Integer,
    List,
    String,
    StringList,
)
from api.web.schemas import Model

MAX_NETWORKS = 20
MAX_LISTED_KEYS = 100
MAX_SCOPES = 100  # that a later version may have
MAX_REQUESTS_PER_MINUTE = 1_000_000
MAX_OVERLAP_SECONDS, DEFAULT_OVERLAP_SECONDS = 7 * 86_400, 86_400
EXAMPLE_HINT = "rb_live_…mple"
EXAMPLE_KEY = "rb_live_ExampleExampleExampleExampleExampleExampleExample"


def key_name(**keywords: bool) -> String:
    description = "A name by which people recognise the key, such as that of the program"
    return String(max_length=80, min_length=1, format="name", description=description, **keywords)


def scopes(*, max_items: int) -> StringList:
    return StringList(
        Enum(PERMISSION_NAME),
        required=True,
        max_items=max_items,
        description="The permissions that a program with the key may use, as far as the owner of "
        "the key has them at that time. Without any, it only reads the account of its owner.",
    )


def allowed_networks(**keywords: bool) -> StringList:
    return StringList(
        String(max_length=43, min_length=2, format="network", examples=["192.0.2.0/24"]),
        max_items=MAX_NETWORKS,
        nullable=True,
        description="The networks from which the key is valid, in CIDR notation, or single IP "
        "addresses. Null allows all. From elsewhere it is answered as a wrong key.",
        **keywords,
    )


def requests_per_minute(**keywords: bool) -> Integer:
    return Integer(
        minimum=1,
        maximum=MAX_REQUESTS_PER_MINUTE,
        nullable=True,
        description="The maximum number of requests with this key in a minute, at most that of "
        "LIMIT_PER_API_KEY, which null means",
        **keywords,
    )


MEMBERS: dict[str, Any] = {
    "id": Identifier(required=True, description="The id of the key, which is no secret"),
    "name": key_name(required=True),
    "hint": String(
        max_length=16,
        required=True,
        description="The beginning and the last four characters of the key, to recognise it",
    ),
    "scopes": scopes(max_items=MAX_SCOPES),
    "allowed_networks": allowed_networks(required=True),
    "requests_per_minute": requests_per_minute(required=True),
    "created_by": Identifier(
        required=True,
        nullable=True,
        description="The id of the user who created it; null for the operator with the command "
        "line",
    ),
    "created_at": DateTime(required=True, description="When it was created"),
    "expires_at": DateTime(
        required=True,
        nullable=True,
        description="From when on it is not valid; null if it does not expire. It is deleted 30 "
        "days later. If it was rotated, the next rotation of a key of its owner deletes it before.",
    ),
    "last_used_at": DateTime(
        required=True,
        nullable=True,
        description="When it was last used, to the minute; null if never",
    ),
    "last_used_address": String(
        max_length=45,
        required=True,
        nullable=True,
        description="The client IP address of that request; null if it is not known",
    ),
    "successor_id": Identifier(
        required=True,
        nullable=True,
        description="The id of the key that replaces it; null if it was not rotated",
    ),
}
EXAMPLE: dict[str, Any] = {
    "id": EXAMPLE_API_KEY_ID,
    "name": "Nightly report",
    "hint": EXAMPLE_HINT,
    "scopes": [],
    "allowed_networks": ["192.0.2.0/24"],
    "requests_per_minute": None,
    "created_by": EXAMPLE_ID,
    "created_at": EXAMPLE_TIMESTAMP,
    "expires_at": EXAMPLE_EXPIRY,
    "last_used_at": None,
    "last_used_address": None,
    "successor_id": None,
}

api_key = Model(
    "ApiKey",
    MEMBERS,
    description="An API key, without the key itself.",
    example=EXAMPLE,
)

created_api_key = Model(
    "CreatedApiKey",
    {
        **MEMBERS,
        "key": String(
            max_length=57,
            required=True,
            format="password",
            description="The key itself, in this response only. Send it with each request, in the "
            "header `Authorization: Bearer rb_live_…`.",
        ),
    },
    description="A new API key. Store `key` at once: it cannot be read again.",
    example={**EXAMPLE, "key": EXAMPLE_KEY},
)


def api_key_list(**keywords: bool) -> List:
    return List(
        api_key, max_items=MAX_LISTED_KEYS, description="The API keys, newest first", **keywords
    )


api_keys = Model(
    "ApiKeys",
    {"items": api_key_list(required=True)},
    description="All API keys of one user or service account.",
    example={"items": [EXAMPLE]},
)

api_key_creation = Model(
    "ApiKeyCreation",
    {
        "name": key_name(required=True),
        "scopes": scopes(max_items=len(Permission)),
        "expires_at": DateTime(
            nullable=True,
            examples=["2027-02-28T00:00:00Z"],
            description="From when on the key is not valid. That of a user expires at the latest "
            "after 365 days (API_KEY_MAX_DAYS), and without this member after that time. That of a "
            "service account need not expire.",
        ),
        "allowed_networks": allowed_networks(),
        "requests_per_minute": requests_per_minute(),
    },
    description="A new API key, of which only the name and the scopes are required.",
    example={"name": "Nightly report", "scopes": [], "allowed_networks": ["192.0.2.0/24"]},
)

api_key_rotation = Model(
    "ApiKeyRotation",
    {
        "overlap_seconds": Integer(
            maximum=MAX_OVERLAP_SECONDS,
            default=DEFAULT_OVERLAP_SECONDS,
            description="How long the present key stays valid, so that programs can be given the "
            "new one. 0 ends it at once.",
        )
    },
    description="How a key is replaced.",
    example={"overlap_seconds": 3600},
)


class ApiKeyCreation(TypedDict):
    name: str
    scopes: list[Permission]
    expires_at: NotRequired[str | None]
    allowed_networks: NotRequired[list[str] | None]
    requests_per_minute: NotRequired[int | None]


class ApiKeyRotation(TypedDict):
    overlap_seconds: NotRequired[int]
