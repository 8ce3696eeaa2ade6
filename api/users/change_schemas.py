"""The models of changes to a user, with the typed form of each input."""

from typing import Any, NotRequired, TypedDict

from api.users.fields import (
    USER_STATUS,
    app_metadata,
    display_name,
    email_verified,
    external_id,
    external_source,
    locale,
    status_reason,
    user_metadata,
)
from api.users.schemas import GRACE
from api.web.fields import Email, Enum, Username
from api.web.schemas import Model

user_replacement = Model(
    "UserReplacement",
    {
        "username": Username(required=True),
        "email": Email(required=True),
        "email_verified": email_verified(),
        "display_name": display_name(required=True),
        "locale": locale(),
        "status": Enum(
            USER_STATUS,
            required=True,
            description="The status from now on. `suspended` ends all sessions of the user.",
        ),
        "status_reason": status_reason(),
        "user_metadata": user_metadata(required=True),
        "app_metadata": app_metadata(required=True),
        "external_source": external_source(),
        "external_id": external_id(),
    },
    description="All members of a user that can be changed. The locale and the external id stay as "
    "they are if they are left out.",
    example={**GRACE, "status": "active", "user_metadata": {}, "app_metadata": {"plan": "free"}},
)


class UserReplacement(TypedDict):
    username: str | None
    email: str
    email_verified: NotRequired[bool]
    display_name: str | None
    locale: NotRequired[str | None]
    status: str
    status_reason: NotRequired[str | None]
    user_metadata: dict[str, Any]
    app_metadata: dict[str, Any]
    external_source: NotRequired[str | None]
    external_id: NotRequired[str | None]


user_patch = Model(
    "UserPatch",
    {
        "username": Username(),
        "email": Email(),
        "email_verified": email_verified(),
        "display_name": display_name(),
        "locale": locale(),
        "status": Enum(
            USER_STATUS,
            description="`suspended` ends all sessions of the user, `active` lets the user log in "
            "again. Only administrators may change it.",
        ),
        "status_reason": status_reason(),
        "user_metadata": user_metadata(),
        "app_metadata": app_metadata(),
        "external_source": external_source(),
        "external_id": external_id(),
    },
    description="The members that change. Users may change their own username, display name, "
    "locale and `user_metadata`.",
    example={"status": "suspended", "status_reason": "Reported a stolen device on Monday."},
)


class UserPatch(TypedDict, total=False):
    username: str | None
    email: str
    email_verified: bool
    display_name: str | None
    locale: str | None
    status: str
    status_reason: str | None
    user_metadata: dict[str, Any]
    app_metadata: dict[str, Any]
    external_source: str | None
    external_id: str | None


profile_patch = Model(
    "ProfilePatch",
    {
        "username": Username(),
        "display_name": display_name(),
        "locale": locale(),
        "user_metadata": user_metadata(),
    },
    description="The members of your own account that change.",
    example={"display_name": "Ada Lovelace"},
)


class ProfilePatch(TypedDict, total=False):
    username: str | None
    display_name: str | None
    locale: str | None
    user_metadata: dict[str, Any]


Changes = UserPatch | ProfilePatch
