from datetime import timedelta

from pytest_bdd import given, parsers, scenarios, then, when

from features.common.accounts import get_account_path
from features.personas import FIELDS, register
from features.preconditions import delete_user, set_clock_back

scenarios(".")


def read_all_accounts(person, preconditions):
    query = {"q": preconditions.suffix, "limit": 100}
    return person.get("/api/users", query_string=query).json["items"]


@given("Root has listed all accounts", target_fixture="accounts")
def list_accounts(people, preconditions):
    return read_all_accounts(people["Root"], preconditions)


@given("Root has read Ada's account", target_fixture="etag")
def read_version(people):
    return people["Root"].get(get_account_path(people["Ada"])).headers["ETag"]


@given("a proxy that compresses has altered the version that he read", target_fixture="etag")
def alter_version(etag):
    return f"W/{etag}"


@given(parsers.parse('{name:w} has changed {other:w}\'s e-mail address to "{email}"'))
def change_concurrently(preconditions, people, name, other, email):
    changes = {"email": preconditions.make_unique(email)}
    people[name].patch(get_account_path(people[other]), changes)


@given(parsers.re(r"(?P<name>\w+) has registered with Ada's (?P<kind>username|e-mail address)"))
def take_name(preconditions, people, name, kind):
    newcomer, field = preconditions.make_newcomer(name), FIELDS[kind]
    response = register(newcomer, **{field: getattr(people["Ada"], field)})
    assert response.status_code == 201


@given(parsers.parse("Ada's account was deleted {days:d} days ago"))
def delete_earlier(app, people, monkeypatch, days):
    with set_clock_back(monkeypatch, timedelta(days=days)):
        delete_user(app, people["Ada"])


@when("Root creates an account for Grace with Ada's e-mail address")
def create_account_with_registered_email_address(people, responses):
    root, grace, ada = (people[name] for name in ("Root", "Grace", "Ada"))
    body = {"username": grace.username, "email": ada.email, "password": grace.password}
    responses["Root"] = root.post("/api/users", body, expecting=None)


@when(parsers.parse('{name:w} suspends {other:w} because "{reason}"'))
def send_suspension_with_reason(people, responses, name, other, reason):
    changes = {"status": "suspended", "status_reason": reason}
    path = get_account_path(people[other])
    responses[name] = people[name].patch(path, changes, expecting=None)


@when(parsers.parse("{name:w} reactivates {other:w}"))
def send_reactivation(people, responses, name, other):
    path = get_account_path(people[other])
    responses[name] = people[name].patch(path, {"status": "active"}, expecting=None)


@given(parsers.parse('Ada has the id "{external_id}" of "{source}"'))
def create_account_with_external_id(people, person, preconditions, external_id, source):
    source = preconditions.make_unique(source)
    people["Ada"] = person("Ada", external_id=external_id, external_source=source)


@when(parsers.parse('Root gives Grace the id "{external_id}" of "{source}"'))
def set_external_id(people, responses, preconditions, external_id, source):
    changes = {"external_id": external_id, "external_source": preconditions.make_unique(source)}
    path = get_account_path(people["Grace"])
    responses["Root"] = people["Root"].patch(path, changes, expecting=None)


@when(parsers.parse('Root searches for the id "{external_id}" of "{source}"'))
def search_by_external_id(people, responses, preconditions, external_id, source):
    query = {"external_id": external_id, "external_source": preconditions.make_unique(source)}
    responses["Root"] = people["Root"].get("/api/users", query_string=query)


@when(parsers.parse("{name:w} replaces {other:w}'s profile by her names only"))
def replace_profile(people, responses, name, other):
    responses[name] = put_profile(people[name], people[other])


@when(parsers.parse("Root replaces Ada's profile with Grace's e-mail address"))
def replace_email_address(people, responses):
    email = people["Grace"].email
    responses["Root"] = put_profile(people["Root"], people["Ada"], email=email)


def put_profile(principal, person, **changes):
    names = {"username": person.username, "email": person.email, "display_name": None}
    others = {"status": "active", "user_metadata": {}, "app_metadata": {}}
    body = {**names, **others, **changes}
    return principal.put(get_account_path(person), body, expecting=None)


@when("Root lists the deleted users")
def list_deleted_users(preconditions, people, responses):
    query = {"deleted": "true", "q": preconditions.suffix}
    responses["Root"] = people["Root"].get("/api/users", query_string=query)


@when(parsers.parse("Root restores {name:w}'s account"))
def restore_account(people, responses, name):
    path = f"{get_account_path(people[name])}/restore"
    responses["Root"] = people["Root"].post(path, expecting=None)


@when(parsers.parse("{name:w} makes {other:w} an administrator"))
def appoint_administrator(people, responses, name, other):
    path = f"{get_account_path(people[other])}/roles/admin"
    responses[name] = people[name].put(path, None, expecting=None)


@when(parsers.parse('Root changes the e-mail address to "{email}" in the version that he read'))
def change_version(preconditions, people, responses, etag, email):
    path, headers = get_account_path(people["Ada"]), {"If-Match": etag}
    changes = {"email": preconditions.make_unique(email)}
    responses["Root"] = people["Root"].patch(path, changes, headers=headers, expecting=None)


@when("Root deletes the account in the version that he read")
def delete_version(people, responses, etag):
    path, headers = get_account_path(people["Ada"]), {"If-Match": etag}
    responses["Root"] = people["Root"].delete(path, headers=headers, expecting=None)


@when("Root reads Ada's account if it is newer than his version")
def read_newer_version(people, responses, etag):
    path, headers = get_account_path(people["Ada"]), {"If-None-Match": etag}
    responses["Root"] = people["Root"].get(path, headers=headers, expecting=None)


@then("Root sees that a proxy has altered the version")
def check_altered_version(responses):
    assert responses["Root"].json["reason"] == "altered_etag"


@then("Root sees that the account has changed and a proxy has altered the version")
def check_changed_and_altered_version(responses):
    assert responses["Root"].json["reason"] == "changed_and_altered_etag"


@then("Root sees that the account is unchanged")
def check_not_modified(responses):
    assert (responses["Root"].status_code, responses["Root"].data) == (304, b"")


@then(parsers.parse('Root sees the e-mail address "{email}"'))
def check_email_address(preconditions, responses, email):
    assert responses["Root"].json["email"] == preconditions.make_unique(email)


@then(parsers.parse('Root sees the reason "{reason}" in {name:w}\'s account'))
def check_reason(people, name, reason):
    assert people["Root"].get(get_account_path(people[name])).json["status_reason"] == reason


@then(parsers.parse("Root sees no reason in {name:w}'s account"))
def check_no_reason(people, name):
    check_reason(people, name, None)


@then(parsers.parse("{name:w} sees {other:w}'s e-mail address"))
def check_own_email_address(people, responses, name, other):
    assert responses[name].json["email"] == people[other].email


@then(parsers.parse('Root sees that Ada has the roles "{roles}"'))
def check_roles(preconditions, people, roles):
    expected = [preconditions.make_unique(role) for role in roles.split()]
    account = people["Root"].get(get_account_path(people["Ada"])).json
    assert sorted(account["roles"]) == sorted(expected)


@then("Root sees that no account has changed")
def check_accounts_are_unchanged(people, preconditions, accounts):
    assert read_all_accounts(people["Root"], preconditions) == accounts
