"""`rollbook roles`."""

import pytest


def test_list_prints_each_role_with_its_permissions(rollbook):
    admin, user = rollbook("roles", "list").output.splitlines()

    assert admin.startswith("admin ")
    assert "users:write" in admin
    assert user.endswith("[]")


def test_a_role_is_assigned_and_withdrawn(rollbook, user, recorded):
    user("Root", role="admin")
    user("Ada")

    assert rollbook("roles", "grant", "ada", "admin").exit_code == 0
    assert "ada@example.org  admin user" in rollbook("users", "list").output
    assert rollbook("roles", "withdraw", "ada", "admin").exit_code == 0
    assert rollbook("users", "list", "--role", "admin").output.count("\n") == 1
    assert recorded() == ["role.granted", "role.withdrawn"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("grant", "unknown", "admin"), "There is no such user."),
        (("grant", "root", "nope"), "There is no such role."),
        (("withdraw", "root", "user"), "The role is built in"),
        (("withdraw", "root", "admin"), "This is the last active administrator"),
    ],
)
def test_the_rules_of_the_api_apply(rollbook, user, arguments, message):
    user("Root", role="admin")

    done = rollbook("roles", *arguments)

    assert done.exit_code == 2
    assert message in done.output
