from typing import NotRequired, TypedDict

from api.passwords.account_attempts import MAX_NETWORKS
from api.web.fields import (
    EXAMPLE_EXPIRY,
    EXAMPLE_TIMESTAMP,
    Boolean,
    DateTime,
    Integer,
    List,
    Password,
    String,
)
from api.web.schemas import Model


class PasswordAssignment(TypedDict):
    password: NotRequired[str]
    generate: NotRequired[bool]
    must_change_password: NotRequired[bool]


password_assignment = Model(
    "PasswordAssignment",
    {
        "password": Password(
            description="The new password, with at most 256 characters. Leave it out to "
            "generate one."
        ),
        "generate": Boolean(description="Whether to generate a password, which the response shows"),
        "must_change_password": Boolean(
            default=True,
            description="Whether the password is temporary: the user has to choose a new one after "
            "the next login",
        ),
    },
    description="A password, or `generate: true`: exactly one of them.",
    example={"generate": True},
)

assigned_password = Model(
    "AssignedPassword",
    {
        "password": String(
            max_length=64,
            format="password",
            description="The generated password, in this response only. Missing if the request has "
            "the password.",
        ),
        "must_change_password": Boolean(
            required=True, description="Whether the user has to choose a new one after the login"
        ),
        "password_expires_at": DateTime(
            nullable=True,
            required=True,
            description="Until when the user can log in with a temporary password; null if it is "
            "not temporary",
        ),
    },
    description="What has been set.",
    example={
        "password": "ExampleExampleExample234",
        "must_change_password": True,
        "password_expires_at": EXAMPLE_EXPIRY,
    },
)

network_attempts = Model(
    "NetworkAttempts",
    {
        "network": String(
            max_length=43, required=True, description="The network: an IPv4 /24 or an IPv6 /64"
        ),
        "attempts": Integer(
            required=True, description="The number of wrong passwords from it that count now"
        ),
        "paused_until": DateTime(
            nullable=True,
            required=True,
            description="Until when no password is accepted from it; null if one is accepted",
        ),
    },
    description="The failed logins of a user from one network.",
    example={"network": "192.0.2.0/24", "attempts": 5, "paused_until": EXAMPLE_TIMESTAMP},
)

login_attempts = Model(
    "LoginAttempts",
    {
        "attempts": Integer(
            required=True,
            description="The number of wrong passwords in the current 5 minutes "
            "(LOGIN_WINDOW_SECONDS), from all networks. A login sets it to 0.",
        ),
        "networks": List(
            network_attempts,
            required=True,
            max_items=MAX_NETWORKS,
            description="The networks from which they came, at most 100: those with the most first",
        ),
        "paused_networks": Integer(
            required=True,
            description="The number of networks (IPv4 /24, IPv6 /64) from which no password is "
            "accepted now",
        ),
        "paused_everywhere": Boolean(
            required=True, description="Whether no password is accepted from any network now"
        ),
        "paused_until": DateTime(
            nullable=True,
            required=True,
            description="When the last of these pauses ends; null if there is none",
        ),
    },
    description="The failed logins of a user, by username, by e-mail address and with a session. "
    "Those of devices that have logged in before are not counted here.",
    example={
        "attempts": 5,
        "networks": [network_attempts.also["examples"][0]],
        "paused_networks": 1,
        "paused_everywhere": False,
        "paused_until": EXAMPLE_TIMESTAMP,
    },
)
