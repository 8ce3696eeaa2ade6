"""The shapes on the wire: each validates, documents and renders."""

from typing import Any, NotRequired, TypedDict

from api.core.permissions import Permission
from api.web.fields import (
    EXAMPLE_TIMESTAMP,
    Boolean,
    DateTime,
    Enum,
    List,
    Slug,
    String,
    StringList,
)
from api.web.schemas import Model


def allowed(**keywords: bool) -> StringList:
    return StringList(Enum(Permission), description="What whoever holds it may do", **keywords)


def described(**keywords: Any) -> String:
    return String(max_length=200, description="For people", **keywords)


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
        "built_in": Boolean(required=True, description="Whether it belongs to the service"),
        "created_at": DateTime(required=True),
        "updated_at": DateTime(required=True),
    },
    example={
        **SUPPORT,
        "built_in": False,
        "created_at": EXAMPLE_TIMESTAMP,
        "updated_at": EXAMPLE_TIMESTAMP,
    },
)

roles = Model("Roles", {"items": List(role, required=True)})

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
    {"name": Enum(Permission, required=True), "description": described(required=True)},
    example={"name": "users:read", "description": "Find and read accounts."},
)

permissions = Model("Permissions", {"items": List(permission, required=True)})


class RoleCreation(TypedDict):
    name: str
    description: NotRequired[str]
    permissions: list[Permission]


class RolePatch(TypedDict, total=False):
    description: str
    permissions: list[Permission]
