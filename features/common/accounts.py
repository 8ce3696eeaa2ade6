"""Steps about accounts and roles that several capabilities use."""

from pytest_bdd import given, parsers, then, when

from features.errors import ERROR_CODES, get_error_codes
from features.personas import has_session, read_names, read_own_account, register
from features.preconditions import purge_deleted_users


def get_account_path(person):
    return f"/api/users/{person.id}"


def list_usernames(person, preconditions, **query):
    """Return the usernames of a list, without those that the remote service has otherwise."""
    query = {"q": preconditions.suffix, "limit": 100, **query}
    page = person.get("/api/users", query_string=query).json
    return sorted(item["username"] for item in page["items"])


@given(parsers.re("(?P<names>.+) (?:has an account|have accounts)"))
def create_accounts(people, person, names):
    people.update({name: person(name) for name in read_names(names)})


@given(parsers.parse("{name:w} has a suspended account"))
def create_suspended_account(people, person, name):
    people[name] = person(name, status="suspended")


@given(parsers.re("(?P<names>.+) (?:is an administrator|are administrators)"))
def create_administrators(people, person, names):
    people.update({name: person(name, role="admin") for name in read_names(names)})


@given(parsers.parse("{name:w} has no account"))
def introduce_newcomer(people, preconditions, name):
    people[name] = preconditions.make_newcomer(name)


@given(parsers.parse('{name:w} has the display name "{display_name}"'))
def set_display_name(preconditions, people, name, display_name):
    preconditions.update_user(people[name], {"display_name": display_name})


@given(parsers.parse('{name:w}\'s e-mail address has become "{email}"'))
def set_email_address(preconditions, people, name, email):
    preconditions.update_user(people[name], {"email": email})


@given(parsers.parse("{name:w} has suspended {other:w}"))
def suspend_account(preconditions, people, name, other):
    preconditions.suspend_user(people[other], None, people[name])


@given(parsers.parse('{name:w} has suspended {other:w} because "{reason}"'))
def suspend_for_reason(preconditions, people, name, other, reason):
    preconditions.suspend_user(people[other], reason, people[name])


@given(parsers.parse("{name:w}'s account is deleted"))
def delete_account(preconditions, people, name):
    preconditions.delete_user(people[name])


@given(parsers.re('the role "(?P<role>.+)" has the permissions? "(?P<permissions>.+)"'))
def define_role(preconditions, role, permissions):
    preconditions.create_role(preconditions.make_unique(role), permissions.split())


@given(parsers.parse('{name:w} has the role "{role}"'))
def give_role(preconditions, people, name, role):
    preconditions.assign_role(people[name], preconditions.make_unique(role))


@given(
    parsers.re('(?:the )?(?P<name>\\w+) has an account with the permission "(?P<permission>.+)"')
)
def create_account_with_permission(preconditions, people, person, name, permission):
    people[name] = person(name)
    role = preconditions.make_unique(f"{name.lower()}s-role")
    preconditions.create_role(role, [permission])
    preconditions.assign_role(people[name], role)


@given("the operator has purged deleted users")
@when("the operator purges deleted users")
def purge(app):
    purge_deleted_users(app)


@when(parsers.parse("{name:w} registers"))
def send_registration(people, responses, name):
    responses[name] = register(people[name])


@when(parsers.parse('{name:w} registers with the password "{password}"'))
def send_registration_with_password(people, responses, name, password):
    responses[name] = register(people[name], password=password)


@when(parsers.parse("{name:w} reads {other:w}'s account"))
def read_account(people, responses, name, other):
    responses[name] = people[name].get(get_account_path(people[other]), expecting=None)


@when(parsers.parse("{name:w} lists all users"))
def list_users(people, responses, name):
    responses[name] = people[name].get("/api/users", expecting=None)


@when(parsers.parse("{name:w} creates an account for {other:w}"))
def create_account_for(people, responses, name, other):
    user = people[other]
    body = {"username": user.username, "email": user.email, "password": user.password}
    responses[name] = people[name].post("/api/users", body, expecting=None)


@when(parsers.parse("{name:w} suspends {other:w}"))
def send_suspension(people, responses, name, other):
    path = get_account_path(people[other])
    responses[name] = people[name].patch(path, {"status": "suspended"}, expecting=None)


@when(parsers.parse('{name:w} changes {other:w}\'s e-mail address to "{email}"'))
def change_email_address(preconditions, people, responses, name, other, email):
    changes = {"email": preconditions.make_unique(email)}
    path = get_account_path(people[other])
    responses[name] = people[name].patch(path, changes, expecting=None)


@when(parsers.parse("{name:w} deletes {other:w}'s account"))
def send_deletion(people, responses, name, other):
    responses[name] = people[name].delete(get_account_path(people[other]), expecting=None)


@when(parsers.re(r"(?P<name>\w+) deletes (?:her|his) own account"))
def delete_own_account(people, responses, name):
    responses[name] = people[name].delete("/api/me", expecting=None)


@then(parsers.re(r'(?P<who>[\w\' ]+) sees the error "(?P<error>.+)"'))
def check_error(responses, who, error):
    assert get_error_codes(responses[who]) == {ERROR_CODES[error]}


@then(parsers.re(r"(?P<who>[\w' ]+) sees no error"))
def check_success(responses, who):
    assert responses[who].status_code < 400


@then(parsers.parse("{name:w}'s session has ended"))
def check_session_has_ended(people, name):
    assert not has_session(people[name])


@then(parsers.parse("{name:w}'s session continues"))
def check_session_continues(people, name):
    assert has_session(people[name])


@then(parsers.parse('{name:w} has the display name "{display_name}"'))
def check_display_name(people, name, display_name):
    assert read_own_account(people[name])["display_name"] == display_name


@then(parsers.parse("{name:w} has no display name"))
def check_no_display_name(people, name):
    assert read_own_account(people[name])["display_name"] is None


@then(parsers.parse("{name:w} sees no account of {other:w}"))
def check_account_is_gone(people, preconditions, name, other):
    reader, user = people[name], people[other]
    response = reader.get(get_account_path(user), expecting=None)
    assert get_error_codes(response) == {ERROR_CODES["the user does not exist"]}
    assert user.username not in list_usernames(reader, preconditions)


@then(parsers.re(r"(?P<name>\w+) sees exactly the users? (?P<names>.+)"))
def check_users(people, responses, name, names):
    listed = sorted(item["username"] for item in responses[name].json["items"])
    assert listed == sorted(people[each].username for each in read_names(names))


@then(parsers.parse("{name:w} can list all users"))
def check_list(people, preconditions, name):
    usernames = sorted(person.username for person in people.values() if person.id)
    assert list_usernames(people[name], preconditions) == usernames


@then(parsers.parse("{name:w} cannot list users"))
def check_no_list(people, name):
    response = people[name].get("/api/users", expecting=None)
    assert get_error_codes(response) == {ERROR_CODES["the permission is missing"]}


@then(parsers.parse('{name:w} sees that she needs the permission "{permission}"'))
def check_missing_permission(responses, name, permission):
    assert responses[name].json["permission"] == permission
