from dataclasses import replace

from pytest_bdd import given, parsers, scenarios, then, when

from api.core.database import db, transaction
from api.roles.models import Role
from features.errors import ERROR_CODES, get_error_codes

scenarios(".")


def change_role(person, role, permissions):
    changes = {"permissions": permissions}
    return person.patch(f"/api/roles/{role}", changes, expecting=None)


def get_assignment_path(person, role):
    return f"/api/users/{person.id}/roles/{role}"


def read_role(person, role):
    return person.get(f"/api/roles/{role}", expecting=None)


def list_roles(person):
    return [role["name"] for role in person.get("/api/roles").json["items"]]


@given(parsers.parse("the service has {number:d} roles"))
def have_roles(app, people, number):
    existing = len(list_roles(people["Root"]))
    rows = [
        Role(name=f"role-{each}", description="", permissions=[])
        for each in range(number - existing)
    ]
    with app.app_context(), transaction():
        db.session.add_all(rows)


@given(parsers.parse("{name:w} has been assigned {number:d} roles"))
def have_many_roles(preconditions, people, name, number):
    for each in range(number):
        role = preconditions.make_unique(f"role-{each}")
        preconditions.create_role(role, [])
        preconditions.assign_role(people[name], role)


@given("Grace is an administrator who has no password")
def create_administrator_without_password(people, preconditions):
    grace = preconditions.make_newcomer("Grace")
    body = {"username": grace.username, "email": grace.email, "roles": ["admin"]}
    people["Grace"] = replace(grace, id=people["Root"].post("/api/users", body).json["id"])


@given("Grace is an administrator who is suspended")
def create_suspended_administrator(people, person):
    people["Grace"] = person("Grace", role="admin", status="suspended")


@when("Root lists the permissions")
def list_permissions(people, responses):
    responses["Root"] = people["Root"].get("/api/permissions")


@when(parsers.parse('{name:w} defines the role "{role}" with the permission "{permission}"'))
def define_role(preconditions, people, responses, name, role, permission):
    body = {"name": preconditions.make_unique(role), "permissions": [permission]}
    responses[name] = people[name].post("/api/roles", body, expecting=None)


@when(parsers.parse('{name:w} changes the role "{role}" to the permission "{permission}"'))
def set_permission(preconditions, people, responses, name, role, permission):
    role = preconditions.make_unique(role)
    responses[name] = change_role(people[name], role, [permission])


@when(parsers.parse('{name:w} changes the role "{role}" to no permissions'))
def remove_permissions(preconditions, people, responses, name, role):
    responses[name] = change_role(people[name], preconditions.make_unique(role), [])


@when(parsers.parse('{name:w} deletes the role "{role}"'))
def delete_role(preconditions, people, responses, name, role):
    path = f"/api/roles/{preconditions.make_unique(role)}"
    responses[name] = people[name].delete(path, expecting=None)


@when(parsers.parse('{name:w} assigns the role "{role}" to {other:w}'))
def assign_role(preconditions, people, responses, name, other, role):
    path = get_assignment_path(people[other], preconditions.make_unique(role))
    responses[name] = people[name].put(path, None, expecting=None)


@when(parsers.parse('{name:w} removes the role "{role}" from {other:w}'))
def remove_role(preconditions, people, responses, name, other, role):
    path = get_assignment_path(people[other], preconditions.make_unique(role))
    responses[name] = people[name].delete(path, expecting=None)


@then(parsers.parse('Root sees the role "{role}" with the permission "{permission}"'))
def check_role(preconditions, people, role, permission):
    role = preconditions.make_unique(role)
    assert read_role(people["Root"], role).json["permissions"] == [permission]
    assert role in list_roles(people["Root"])


@then(parsers.parse('Root sees that a user with the permission "{permission}" may "{description}"'))
def check_description(responses, permission, description):
    descriptions = {item["name"]: item["description"] for item in responses["Root"].json["items"]}
    assert descriptions[permission] == description


@then(parsers.parse("Root sees {number:d} roles"))
def check_number_of_roles(people, number):
    assert len(list_roles(people["Root"])) == number


@then(parsers.parse('Ada has {number:d} roles beside the role "user"'))
def check_number_of_assigned_roles(people, number):
    roles = people["Ada"].get("/api/me").json["roles"]
    assert "user" in roles
    assert len(roles) == number + 1


@then(parsers.parse('Root sees no role "{role}"'))
def check_role_is_gone(preconditions, people, role):
    role = preconditions.make_unique(role)
    response = read_role(people["Root"], role)
    assert get_error_codes(response) == {ERROR_CODES["the role does not exist"]}
    assert role not in list_roles(people["Root"])
