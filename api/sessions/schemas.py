from typing import TypedDict

from api.api_keys.schemas import api_key, api_key_list
from api.core.principal import Assurance
from api.sessions.models import Reason
from api.web.fields import (
    EXAMPLE_SESSION_ID,
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
REFRESH_TOKEN = f"{EXAMPLE_SESSION_ID}.{'Jq3v' * 16}"

DEVICE_TOKEN = f"AZOeeoxbfD6aRAyLXX4vFAAAAABp{'kX3v' * 11}A"

LOGOUT_SCOPE = Choices(
    "LogoutScope", ["local", "others", "global"], description="The sessions that a logout ends"
)

tokens = Model(
    "Tokens",
    {
        "access_token": String(
            max_length=4096,
            required=True,
            examples=[ACCESS_TOKEN],
            description="Send it with each request, in the header `Authorization: Bearer …`. It is "
            "a JWT (RFC 9068), but do not read it: ask `GET /api/me`.",
        ),
        "token_type": Enum(
            ["Bearer"], required=True, description="How the access token is sent (RFC 6750)"
        ),
        "expires_in": Integer(
            minimum=1, required=True, description="Seconds until the access token expires"
        ),
        "refresh_token": String(
            max_length=101,
            required=True,
            description="Can be exchanged once, with `POST /api/refresh`. Keep it secret, and "
            "store the newest one only.",
        ),
        "refresh_expires_in": Integer(
            minimum=0,
            required=True,
            description="Seconds until the session ends if it is not refreshed",
        ),
        "must_change_password": Boolean(
            required=True,
            description="Whether the password is temporary. The tokens then only choose a new one, "
            "with `POST /api/me/password`, read the account and log out.",
        ),
        "must_verify_email": Boolean(
            required=True,
            description="Whether the user must confirm the e-mail address first. Until then the "
            "tokens only read and delete the account, change its password and log out; other "
            "services reject them.",
        ),
        "device_token": String(
            max_length=128,
            examples=[DEVICE_TOKEN],
            description="Only after a login and after a change of the password. Store it on the "
            "device, also after a logout, and send it with the next login of this account. Then "
            "wrong passwords that strangers enter elsewhere do not pause the login on this device. "
            "It is valid for 90 days, and until the password changes. It does not replace the "
            "password.",
        ),
    },
    example={
        "access_token": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": 900,
        "refresh_token": REFRESH_TOKEN,
        "refresh_expires_in": 604_800,
        "must_change_password": False,
        "must_verify_email": False,
    },
    description="The tokens of a session. With a temporary password they only choose a new one.",
)


class RefreshBody(TypedDict):
    refresh_token: str


class LogoutQuery(TypedDict):
    scope: str


refresh = Model(
    "RefreshRequest",
    {
        "refresh_token": String(
            max_length=2048,
            min_length=1,
            required=True,
            description="The newest refresh token of the session",
        )
    },
    description="A refresh token to exchange.",
    example={"refresh_token": REFRESH_TOKEN},
)

session = Model(
    "Session",
    {
        "id": Identifier(
            required=True, description="The id of the session, also `sid` in its tokens"
        ),
        "device": String(
            max_length=80,
            required=True,
            description="The browser and the operating system, or the program, that opened it: "
            "from its header `User-Agent`, which can be forged",
        ),
        "address": String(
            max_length=45,
            required=True,
            nullable=True,
            description="The client IP address that opened it; null if it is not known",
        ),
        "assurance": Enum(
            Assurance,
            required=True,
            description="How well the user was authenticated (NIST SP 800-63B). `aal1`: with the "
            "password.",
        ),
        "created_at": DateTime(required=True, description="When the user logged in"),
        "last_used_at": DateTime(
            required=True,
            description="When it was opened or last refreshed. Other requests do not count.",
        ),
        "expires_at": DateTime(
            required=True,
            description="When it ends even if it is used: 30 days after the login "
            "(SESSION_SECONDS)",
        ),
        "ended_at": DateTime(
            required=True, nullable=True, description="When it ended; null if it is active"
        ),
        "end_reason": Enum(
            Reason,
            required=True,
            nullable=True,
            description="Why it ended; null if it is active. Of the sessions that have ended, only "
            "those with `refresh_token_reused` are listed.",
        ),
        "current": Boolean(required=True, description="Whether it is the session of this request"),
    },
    example={
        "id": EXAMPLE_SESSION_ID,
        "device": "Firefox on Linux",
        "address": "192.0.2.7",
        "assurance": "aal1",
        "created_at": EXAMPLE_TIMESTAMP,
        "last_used_at": EXAMPLE_TIMESTAMP,
        "expires_at": "2026-12-23T09:30:00.000000Z",
        "ended_at": None,
        "end_reason": None,
        "current": True,
    },
    description="A login on one device, with all tokens that come from it.",
)

sessions = Model(
    "Sessions",
    {
        "items": List(
            session,
            required=True,
            max_items=200,
            description="The sessions, most recently used first",
        ),
        "api_keys": api_key_list(),
    },
    description="All listed sessions of one user. Your own list also has your API keys, with which "
    "programs use your account.",
    example={"items": [session.also["examples"][0]], "api_keys": [api_key.also["examples"][0]]},
)

logout = Model(
    "Logout",
    {
        "scope": Enum(
            LOGOUT_SCOPE,
            default="local",
            description="`local` ends this session, `others` all your other sessions, `global` all "
            "your sessions.",
        )
    },
)
