import json

from pytest_bdd import given, parsers, scenarios, then, when

from features.personas import read_own_account
from features.preconditions import update_user

scenarios(".")

MAX_METADATA_BYTES = 16 * 1024
FIELDS = {"user metadata": "user_metadata", "app metadata": "app_metadata"}


@given(parsers.parse('"{key}" is "{value}" in {name:w}\'s app metadata'))
def store_app_metadata(app, people, name, key, value):
    update_user(app, people[name], {"app_metadata": {key: value}})


@when(parsers.parse('Ada sets "{key}" to "{value}" in her user metadata'))
def set_user_metadata(people, responses, key, value):
    changes = {"user_metadata": {key: value}}
    responses["Ada"] = people["Ada"].patch("/api/me", changes, expecting=None)


@when(parsers.parse('Ada sets "{key}" to 16 KiB of text in her user metadata'))
def set_large_user_metadata(people, responses, key):
    """Exceed the limit by the key and the quotation marks."""
    set_user_metadata(people, responses, key, "x" * MAX_METADATA_BYTES)


@when(parsers.parse('{name:w} sets "{key}" to "{value}" in {other:w}\'s app metadata'))
def set_app_metadata(people, responses, name, other, key, value):
    path, changes = f"/api/users/{people[other].id}", {"app_metadata": {key: value}}
    responses[name] = people[name].patch(path, changes, expecting=None)


@when(parsers.parse('Root searches for users with "{key}" as "{value}" in their app metadata'))
def search_by_app_metadata(people, responses, key, value):
    query = {"app_metadata": json.dumps({key: value})}
    responses["Root"] = people["Root"].get("/api/users", query_string=query)


@then(parsers.re('Ada sees "(?P<key>.+)" as "(?P<value>.+)" in her (?P<kind>user|app) metadata'))
def check_metadata(people, kind, key, value):
    assert read_own_account(people["Ada"])[f"{kind}_metadata"] == {key: value}


@then(parsers.parse("Ada sees no {kind}"))
def check_no_metadata(people, kind):
    assert read_own_account(people["Ada"])[FIELDS[kind]] == {}


@then(parsers.parse("Root sees exactly the user {name:w}"))
def check_found_user(responses, name):
    assert [item["username"] for item in responses["Root"].json["items"]] == [name]
