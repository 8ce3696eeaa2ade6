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


MAX_PERMISSIONS = 100  # that a later version may have


def permission_names(**keywords: Any) -> StringList:
    description = (
        "The permissions that the role carries. `GET /api/permissions` describes each of them."
    )
    return StringList(Enum(PERMISSION_NAME), description=description, **keywords)


def description(**keywords: Any) -> String:
    return String(
        max_length=200,
        description="What the role or permission is for, in plain text. It may be empty.",
        **keywords,
    )


def role_name() -> Slug:
    return Slug(
        required=True,
        description="The name of the role: a-z, 0-9, `_` and `-`, first a letter. It never "
        "changes.",
    )


SUPPORT = {
    "name": "support",
    "description": "Help users to log in again.",
    "permissions": ["users:read"],
}

role = Model(
    "Role",
    {
        "name": role_name(),
        "description": description(required=True),
        "permissions": permission_names(required=True, max_items=MAX_PERMISSIONS),
        "built_in": Boolean(
            required=True,
            description="Whether the service defines the role, as it does `admin` and `user`. Such "
            "a role cannot be deleted.",
        ),
        "created_at": DateTime(required=True, description="When the role was defined"),
        "updated_at": DateTime(
            required=True, description="When its description or permissions were last changed"
        ),
    },
    example={
        **SUPPORT,
        "built_in": False,
        "created_at": EXAMPLE_TIMESTAMP,
        "updated_at": EXAMPLE_TIMESTAMP,
    },
    description="A set of permissions with a name, which can be granted to users.",
)

roles = Model(
    "Roles",
    {
        "items": List(
            role, required=True, max_items=1000, description="The roles in the order of their names"
        )
    },
    description="All roles.",
    example={"items": [role.also["examples"][0]]},
)

role_creation = Model(
    "RoleCreation",
    {
        "name": role_name(),
        "description": description(default=""),
        "permissions": permission_names(required=True, max_items=len(Permission)),
    },
    description="A new role.",
    example=SUPPORT,
)

role_patch = Model(
    "RolePatch",
    {"description": description(), "permissions": permission_names(max_items=len(Permission))},
    description="The members of a role that change.",
    example={"permissions": ["users:read", "sessions:read"]},
)

permission = Model(
    "Permission",
    {
        "name": Enum(PERMISSION_NAME, required=True, description="The name, `resource:action`"),
        "description": String(
            max_length=200, required=True, description="What a user with the permission may do"
        ),
    },
    description="What a role can allow.",
    example={"name": "users:read", "description": DESCRIPTIONS[Permission.USERS_READ]},
)

permissions = Model(
    "Permissions",
    {
        "items": List(
            permission,
            required=True,
            max_items=MAX_PERMISSIONS,
            description="The permissions in the order of their names",
        )
    },
    description="All permissions of this version.",
    example={"items": [permission.also["examples"][0]]},
)


class RoleCreation(TypedDict):
    name: str
    description: NotRequired[str]
    permissions: list[Permission]


class RolePatch(TypedDict, total=False):
    description: str
    permissions: list[Permission]
