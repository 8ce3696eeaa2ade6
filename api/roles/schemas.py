"""The models of roles and permissions, with the typed form of each input."""

from typing import Any, NotRequired, TypedDict

from api.core.permissions import DESCRIPTIONS, Permission
from api.web.fields import (
    EXAMPLE_TIMESTAMP,
    Boolean,
    Choices,
    DateTime,
    Enum,
    List,
    Slug,
    String,
    StringList,
)
from api.web.schemas import Model

PERMISSION_NAME = Choices(
    "PermissionName", Permission, description="A permission, `resource:action`"
)


def permission_names(**keywords: Any) -> StringList:
    description = "The permissions that the role carries"
    return StringList(Enum(PERMISSION_NAME), description=description, **keywords)


def description(**keywords: Any) -> String:
    return String(max_length=200, description="A description in plain text", **keywords)


SUPPORT = {
    "name": "support",
    "description": "Help users to log in again.",
    "permissions": ["users:read"],
}

role = Model(
    "Role",
    {
        "name": Slug(required=True),
        "description": description(required=True),
        "permissions": permission_names(required=True),
        "built_in": Boolean(required=True, description="Whether the service defines the role"),
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

roles = Model(
    "Roles",
    {"items": List(role, required=True)},
    example={"items": [role.also["examples"][0]]},
)

role_creation = Model(
    "RoleCreation",
    {
        "name": Slug(required=True),
        "description": description(default=""),
        "permissions": permission_names(required=True, max_items=len(Permission)),
    },
    example=SUPPORT,
)

role_patch = Model(
    "RolePatch",
    {"description": description(), "permissions": permission_names(max_items=len(Permission))},
    example={"permissions": ["users:read", "sessions:read"]},
)

permission = Model(
    "Permission",
    {"name": Enum(PERMISSION_NAME, required=True), "description": description(required=True)},
    example={"name": "users:read", "description": DESCRIPTIONS[Permission.USERS_READ]},
)

permissions = Model(
    "Permissions",
    {"items": List(permission, required=True)},
    example={"items": [permission.also["examples"][0]]},
)


class RoleCreation(TypedDict):
    name: str
    description: NotRequired[str]
    permissions: list[Permission]


class RolePatch(TypedDict, total=False):
    description: str
    permissions: list[Permission]
