"""What roles amount to, read from the text that the database puts together."""

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
def test_what_is_held_is_every_role_and_the_sum_of_their_permissions(text, roles, permissions):
    assert assignments.parse_assignments(text) == (roles, permissions)


def test_what_only_another_version_knows_allows_nothing():
    assert assignments.parse_assignments("user ,support moon:fly users:read").permissions == {
        "users:read"
    }


def test_what_is_written_is_read_again():
    some = [Permission.USERS_WRITE, Permission.AUDIT_READ]

    assert assignments.format_permissions(some) == "audit:read users:write"
    assert assignments.parse_permissions(assignments.format_permissions(some)) == set(some)
