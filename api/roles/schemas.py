"""The shapes on the wire: each validates, documents and renders."""

from typing import Any

from api.core.actor import Permission
from api.web.fields import MOMENT, Choice, Flag, Many, Moment, Slug, Text, Words
from api.web.shapes import Model


def allowed(**keywords: bool) -> Words:
    return Words(Choice(Permission), description="What whoever holds it may do", **keywords)


def described(**keywords: Any) -> Text:
    return Text(longest=200, description="For people", **keywords)


SUPPORT = {
    "name": "support",
    "description": "Those who help people back in.",
    "permissions": ["users:read"],
}

role = Model(
    "Role",
    {
        "name": Slug(required=True),
        "description": described(required=True),
        "permissions": allowed(required=True),
        "built_in": Flag(required=True, description="Whether it belongs to the service"),
        "created_at": Moment(required=True),
        "updated_at": Moment(required=True),
    },
    example={**SUPPORT, "built_in": False, "created_at": MOMENT, "updated_at": MOMENT},
)

roles = Model("Roles", {"items": Many(role, required=True)})

role_creation = Model(
    "RoleCreation",
    {
        "name": Slug(required=True),
        "description": described(default=""),
        "permissions": allowed(required=True),
    },
    example=SUPPORT,
)

role_patch = Model(
    "RolePatch",
    {"description": described(), "permissions": allowed()},
    example={"permissions": ["users:read", "sessions:read"]},
)

permission = Model(
    "Permission",
    {"name": Choice(Permission, required=True), "description": described(required=True)},
    example={"name": "users:read", "description": "Find and read accounts."},
)

permissions = Model("Permissions", {"items": Many(permission, required=True)})
