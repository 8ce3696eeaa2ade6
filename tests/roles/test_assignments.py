"""Parsing the text with the roles of a user and their permissions."""

import pytest

from api.core.permissions import Permission
from api.roles import assignments


@pytest.mark.parametrize(
    ("text", "roles", "permissions"),
    [
        (None, ("user",), set()),
        ("", ("user",), set()),
        ("user ", ("user",), set()),
        ("user users:read", ("user",), {"users:read"}),
        (
            "user ,support users:read users:write",
            ("support", "user"),
            {"users:read", "users:write"},
        ),
        ("b audit:read,user ,a users:read", ("a", "b", "user"), {"audit:read", "users:read"}),
        ("admin *,user ", ("admin", "user"), set(Permission)),
    ],
)
def test_a_user_has_all_permissions_of_all_roles(text, roles, permissions):
    assert assignments.parse_assignments(text) == (roles, permissions)


def test_a_permission_of_another_version_is_ignored():
    assert assignments.parse_assignments("user ,support moon:fly users:read").permissions == {
        "users:read"
    }


def test_formatted_permissions_can_be_parsed():
    permissions = [Permission.USERS_WRITE, Permission.AUDIT_READ]

    assert assignments.format_permissions(permissions) == "audit:read users:write"
    assert assignments.parse_permissions(assignments.format_permissions(permissions)) == set(
        permissions
    )
