"""`rollbook roles`."""

import json

import pytest

from api.core.permissions import Permission
from tests.commands.conftest import last_line


def test_case_N_11_list_prints_each_role_with_its_permissions(rollbook):
    header, admin, user = rollbook("roles", "list").output.splitlines()

    assert header.split() == ["NAME", "BUILT", "IN", "DESCRIPTION", "PERMISSIONS"]
    assert admin.startswith("admin  True ")
    assert "users:write" in admin
    assert user.endswith("-")


def test_case_N_11_a_role_is_created_changed_shown_and_deleted(rollbook, recorded):
    done = rollbook("roles", "create", "support", "--permission", "users:read")
    assert last_line(done) == "Created the role support."

    changed = rollbook("roles", "update", "support", "--description", "Helps", "--no-permissions")
    assert last_line(changed) == "Changed the role support: description, permissions."
    shown = json.loads(rollbook("roles", "show", "support", "--json").output)
    assert (shown["description"], shown["permissions"], shown["built_in"]) == ("Helps", [], False)

    rollbook("roles", "update", "support", "--permission", "users:read")
    rollbook("roles", "update", "support", "--permission", "roles:read")
    assert "permissions  roles:read\n" in rollbook("roles", "show", "support").output

    assert last_line(rollbook("roles", "delete", "support")) == "Deleted the role support."
    assert "support" not in rollbook("roles", "list").output
    assert recorded() == ["role.created", *["role.updated"] * 3, "role.deleted"]


def test_case_N_11_the_permissions_are_listed(rollbook):
    header, *lines = rollbook("roles", "permissions").output.splitlines()

    assert header.split() == ["NAME", "DESCRIPTION"]
    assert {line.split()[0] for line in lines} == set(Permission)


@pytest.mark.parametrize("name", ["ada", "ADA@example.org", "id"])
def test_case_N_03_a_role_is_granted_and_withdrawn_with_one_line_each(
    rollbook, user, recorded, name
):
    user("Root", role="admin")
    ada = user("Ada")
    name = str(ada.id) if name == "id" else name

    granted = rollbook("roles", "grant", name, "admin")
    assert last_line(granted) == "Granted the role admin to Ada."
    assert rollbook("users", "list", "--role", "admin").output.count("\n") == 3
    withdrawn = rollbook("roles", "withdraw", name, "admin")
    assert last_line(withdrawn) == "Withdrew the role admin from Ada."
    again = rollbook("roles", "withdraw", name, "admin")
    assert last_line(again) == "Ada does not have the role admin."
    assert rollbook("users", "list", "--role", "admin").output.count("\n") == 2
    assert recorded() == ["role.granted", "role.withdrawn"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("grant", "unknown", "admin"), "There is no such user."),
        (("grant", "root", "nope"), "There is no such role."),
        (("withdraw", "root", "user"), "The role is built in"),
        (("withdraw", "root", "admin"), "This is the last active administrator"),
        (("create", "admin"), "There is already a role with this name."),
        (("create", "No Slug"), "name has characters or a form that are not allowed"),
        (("create", "support", "--permission", "x"), "permissions/0 must be one of: "),
        (("update", "admin", "--description", "x"), "The role is built in"),
        (("update", "nope", "--description", "x"), "There is no such role."),
        (("update", "user"), "Give --description, and --permission or --no-permissions."),
        (("delete", "user"), "The role is built in"),
        (("show", "nope"), "There is no such role."),
    ],
)
def test_the_rules_of_the_api_apply(rollbook, user, arguments, message):
    user("Root", role="admin")

    done = rollbook("roles", *arguments)

    assert done.exit_code in {1, 2}  # 2 for a wrong use
    assert message in done.output
    assert "Traceback" not in done.output
