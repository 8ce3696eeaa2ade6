from typing import NotRequired, TypedDict

from api.web.fields import EXAMPLE_TIMESTAMP, Boolean, DateTime, Integer, Password, String
from api.web.schemas import Model


class PasswordAssignment(TypedDict):
    password: NotRequired[str]
    generate: NotRequired[bool]
    must_change_password: NotRequired[bool]


password_assignment = Model(
    "PasswordAssignment",
    {
        "password": Password(description="The new password; omit it to generate one"),
        "generate": Boolean(description="Generate a temporary password, which the response shows"),
        "must_change_password": Boolean(
            default=True,
            description="Whether the password is temporary: the user has to choose a new one after "
            "the next login",
        ),
    },
    description="Either `password` or `generate: true`.",
    example={"generate": True},
)

assigned_password = Model(
    "AssignedPassword",
    {
        "password": String(
            max_length=64,
            format="password",
            description="The generated password. It is shown in this response only.",
        ),
        "must_change_password": Boolean(required=True),
        "password_expires_at": DateTime(
            nullable=True,
            required=True,
            description="Until when the user can log in with a temporary password",
        ),
    },
    example={
        "password": "b7XqT0mYw2LcR5sVn8KdZ4hP",
        "must_change_password": True,
        "password_expires_at": EXAMPLE_TIMESTAMP,
    },
)

login_attempts = Model(
    "LoginAttempts",
    {
        "attempts": Integer(
            required=True,
            description="Wrong passwords in the current window, from all networks. A login sets it "
            "to 0.",
        ),
        "paused_networks": Integer(
            required=True, description="The number of networks from which no password is accepted"
        ),
        "paused_everywhere": Boolean(
            required=True, description="Whether no password is accepted from any network"
        ),
        "paused_until": DateTime(
            nullable=True, required=True, description="When the last of these pauses ends"
        ),
    },
    description="The failed logins of a user, by username, by e-mail address and with a session. "
    "Networks are not named, because only digests of them are stored.",
    example={
        "attempts": 5,
        "paused_networks": 1,
        "paused_everywhere": False,
        "paused_until": EXAMPLE_TIMESTAMP,
    },
)
