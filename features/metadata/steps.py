import json

from pytest_bdd import parsers, scenarios, then, when

from features.personas import read_own_account

scenarios(".")

MAX_METADATA_BYTES = 16 * 1024
FIELDS = {"user metadata": "user_metadata", "app metadata": "app_metadata"}


@when(parsers.parse('Ada sets "{key}" to "{value}" in her user metadata'))
def set_user_metadata(people, responses, key, value):
    changes = {"user_metadata": {key: value}}
    responses["Ada"] = people["Ada"].patch("/api/me", changes, expecting=None)


@when(parsers.re(r"Ada stores user metadata of 16 KiB(?P<excess> and 1 byte)?"))
def set_large_user_metadata(people, responses, excess):
    set_user_metadata(people, responses, "theme", make_value(bool(excess)))


def make_value(excess=0):
    """Return the value of ``theme`` with which the metadata has the maximum size."""
    size = MAX_METADATA_BYTES - len('{"theme":""}') + excess
    return ("dark with a little light " * size)[:size]


@when(parsers.parse('{name:w} sets "{key}" to "{value}" in {other:w}\'s app metadata'))
def set_app_metadata(people, responses, name, other, key, value):
    path, changes = f"/api/users/{people[other].id}", {"app_metadata": {key: value}}
    responses[name] = people[name].patch(path, changes, expecting=None)


@then(parsers.re('Ada sees "(?P<key>.+)" as "(?P<value>.+)" in her (?P<kind>user|app) metadata'))
def check_metadata(people, kind, key, value):
    assert read_own_account(people["Ada"])[f"{kind}_metadata"] == {key: value}


@then(parsers.parse("Ada sees no {kind}"))
def check_no_metadata(people, kind):
    assert read_own_account(people["Ada"])[FIELDS[kind]] == {}


@then("Ada sees all of her user metadata")
def check_large_metadata(people):
    metadata = read_own_account(people["Ada"])["user_metadata"]
    assert metadata == {"theme": make_value()}
    assert len(json.dumps(metadata, separators=(",", ":"))) == MAX_METADATA_BYTES
