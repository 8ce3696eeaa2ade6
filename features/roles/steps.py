from pytest_bdd import parsers, scenarios, then, when

from features.errors import ERROR_CODES, get_error_codes

scenarios(".")


def change_role(person, role, permissions):
    changes = {"permissions": permissions}
    return person.patch(f"/api/roles/{role}", changes, expecting=None)


def list_roles(person):
    roles = person.get("/api/roles").json["items"]
    return {role["name"]: role["permissions"] for role in roles}


@when(parsers.parse('{name:w} defines the role "{role}" with the permission "{permission}"'))
def define_role(people, responses, name, role, permission):
    body = {"name": role, "permissions": [permission]}
    responses[name] = people[name].post("/api/roles", body, expecting=None)


@when(parsers.parse('{name:w} changes the role "{role}" to the permission "{permission}"'))
def set_permission(people, responses, name, role, permission):
    responses[name] = change_role(people[name], role, [permission])


@when(parsers.parse('{name:w} changes the role "{role}" to no permissions'))
def remove_permissions(people, responses, name, role):
    responses[name] = change_role(people[name], role, [])


@when(parsers.parse('{name:w} deletes the role "{role}"'))
def delete_role(people, responses, name, role):
    responses[name] = people[name].delete(f"/api/roles/{role}", expecting=None)


@when(parsers.parse('{name:w} assigns the role "{role}" to {other:w}'))
def assign_role(people, responses, name, other, role):
    path = f"/api/users/{people[other].id}/roles/{role}"
    responses[name] = people[name].put(path, None, expecting=None)


@when(parsers.parse('{name:w} removes the role "{role}" from {other:w}'))
def remove_role(people, responses, name, other, role):
    path = f"/api/users/{people[other].id}/roles/{role}"
    responses[name] = people[name].delete(path, expecting=None)


@then(parsers.parse("{name:w} can list all users"))
def check_list(people, name):
    listed = [user["username"] for user in people[name].get("/api/users").json["items"]]
    assert sorted(listed) == sorted(people)


@then(parsers.parse("{name:w} cannot list users"))
def check_no_list(people, name):
    response = people[name].get("/api/users", expecting=None)
    assert get_error_codes(response) == {ERROR_CODES["the permission is missing"]}


@then(parsers.parse('Root sees the role "{role}" with the permission "{permission}"'))
def check_role(people, role, permission):
    assert list_roles(people["Root"])[role] == [permission]


@then(parsers.parse('Root sees no role "{role}"'))
def check_role_is_gone(people, role):
    assert role not in list_roles(people["Root"])


@then(parsers.parse('Ada sees that she needs the permission "{permission}"'))
def check_missing_permission(responses, permission):
    assert responses["Ada"].json["permission"] == permission
