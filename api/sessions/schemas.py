from typing import TypedDict

from api.core.principal import Assurance
from api.sessions.models import Reason
from api.web.fields import (
    EXAMPLE_TIMESTAMP,
    Boolean,
    Choices,
    DateTime,
    Enum,
    Identifier,
    Integer,
    List,
    String,
)
from api.web.schemas import Model

ACCESS_TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIwMTkzOWU3YSJ9.c2lnbmF0dXJl"  # noqa: S105  an example
EXAMPLE_SESSION_ID = "01939e7b-0a31-7e52-9d06-4f1c8b2a6e93"
REFRESH_TOKEN = f"{EXAMPLE_SESSION_ID}.{'Jq3v' * 16}"

LOGOUT_SCOPE = Choices(
    "LogoutScope", ["local", "others", "global"], description="The sessions that a logout ends"
)

tokens = Model(
    "Tokens",
    {
        "access_token": String(max_length=4096, required=True, examples=[ACCESS_TOKEN]),
        "token_type": Enum(["Bearer"], required=True),
        "expires_in": Integer(minimum=1, required=True, description="Seconds until it expires"),
        "refresh_token": String(
            max_length=101,
            required=True,
            description="Can be exchanged once, at `POST /api/refresh`; keep it secret",
        ),
        "refresh_expires_in": Integer(
            minimum=0, required=True, description="Seconds until the refresh token expires"
        ),
        "must_change_password": Boolean(
            required=True,
            description="Whether the password is temporary. The tokens then only choose a new one, "
            "with `POST /api/me/password`, read the account and log out.",
        ),
    },
    example={
        "access_token": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": 900,
        "refresh_token": REFRESH_TOKEN,
        "refresh_expires_in": 604_800,
        "must_change_password": False,
    },
)


class RefreshBody(TypedDict):
    refresh_token: str


class LogoutQuery(TypedDict):
    scope: str


refresh = Model(
    "RefreshRequest",
    {"refresh_token": String(max_length=2048, min_length=1, required=True)},
    example={"refresh_token": REFRESH_TOKEN},
)

session = Model(
    "Session",
    {
        "id": Identifier(required=True),
        "device": String(max_length=80, required=True, description="From the User-Agent header"),
        "address": String(
            max_length=45,
            required=True,
            nullable=True,
            description="The client IP address that opened it",
        ),
        "assurance": Enum(Assurance, required=True, description="NIST SP 800-63B: `aal1`"),
        "created_at": DateTime(required=True),
        "last_used_at": DateTime(required=True, description="When it was opened or last refreshed"),
        "expires_at": DateTime(required=True, description="When it ends even if it is used"),
        "ended_at": DateTime(required=True, nullable=True),
        "end_reason": Enum(
            Reason,
            required=True,
            nullable=True,
            description="Sessions that ended because a refresh token was reused stay in the list",
        ),
        "current": Boolean(required=True, description="Whether this request belongs to it"),
    },
    example={
        "id": EXAMPLE_SESSION_ID,
        "device": "Firefox on Linux",
        "address": "192.0.2.7",
        "assurance": "aal1",
        "created_at": EXAMPLE_TIMESTAMP,
        "last_used_at": EXAMPLE_TIMESTAMP,
        "expires_at": EXAMPLE_TIMESTAMP,
        "ended_at": None,
        "end_reason": None,
        "current": True,
    },
)

sessions = Model(
    "Sessions",
    {"items": List(session, required=True)},
    example={"items": [session.also["examples"][0]]},
)

logout = Model(
    "Logout",
    {
        "scope": Enum(
            LOGOUT_SCOPE,
            default="local",
            description="This session, all your other sessions, or all your sessions",
        )
    },
)
