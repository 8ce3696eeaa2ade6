from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pytest_bdd import given, parsers, scenarios, then, when

from api.core import clock
from features.common.accounts import get_account_path
from features.common.api_keys import OWN, create_key, list_names, make_program
from features.errors import ERROR_CODES, get_error_codes
from tests.mails import read_mails
from tests.support import anonymous

scenarios(".")

PROGRAM = "Ada's program"
NEW_PASSWORD = "another 7 horses, battery"
ELSEWHERE = {"REMOTE_ADDR": "198.51.100.7"}
DAY = timedelta(days=1)


def reads_account(person, key):
    """Return whether a key works; if it does not, the error is that of a wrong one."""
    response = make_program(person, key).get("/api/me", expecting=None)
    if response.status_code == 200:
        return response.json["id"] == person.id
    assert get_error_codes(response) == {ERROR_CODES["a login is required"]}
    return False


@given(parsers.parse('Ada has the API key "{name:w}"'))
def have_key(people, keys, name):
    keys[name] = create_key(people["Ada"], name, expecting=201).json


@given(parsers.parse('Ada has the API key "{name:w}" with the permission "{permission}"'))
def have_key_with_permission(people, keys, name, permission):
    keys[name] = create_key(people["Ada"], name, expecting=201, scopes=[permission]).json


@given(parsers.parse('Ada has the API key "{name:w}" for the network "{network}"'))
def have_key_for_network(people, keys, name, network):
    made = create_key(people["Ada"], name, expecting=201, allowed_networks=[network])
    keys[name] = made.json


@given(parsers.parse("Ada has {number:d} API keys"))
def have_keys(people, number):
    for each in range(number):
        create_key(people["Ada"], f"Key {each}", expecting=201)


@given("Root has removed the permission from Ada")
def have_removed_permission(preconditions, people):
    role = preconditions.make_unique("adas-role")
    people["Root"].delete(f"{get_account_path(people['Ada'])}/roles/{role}")


@given(parsers.parse('Ada has rotated the API key "{name}"'))
def have_rotated(people, keys, name):
    path = f"{OWN}/{keys[name]['id']}/rotate"
    keys[f"new {name}"] = people["Ada"].post(path, {}, expecting=201).json


@given(
    parsers.parse('Ada has the API key "{name:w}" with a limit of {number:d} requests per minute')
)
def have_key_with_limit(people, keys, name, number):
    keys[name] = create_key(people["Ada"], name, expecting=201, requests_per_minute=number).json


@given(parsers.parse('Ada\'s program has sent {number:d} requests with the API key "{name:w}"'))
def have_sent_requests(people, keys, number, name):
    for _ in range(number):
        assert reads_account(people["Ada"], keys[name])


@given("Ada's program has read Ada's account")
def have_read_account(people, keys):
    assert reads_account(people["Ada"], keys["Report"])


@when("Ada creates an API key that never expires")
def send_creation_of_eternal_key(people, responses):
    responses["Ada"] = create_key(people["Ada"], "Report", expires_at=None)


@when(parsers.parse('Ada creates the API key "{name}" with the permission "{permission}"'))
def send_creation(people, responses, name, permission):
    responses["Ada"] = create_key(people["Ada"], name, scopes=[permission])


@when(parsers.parse('Ada creates the API key "{name}" for {days:d} days'))
def send_creation_for_days(people, responses, name, days):
    expires_at = (clock.now() + days * DAY - timedelta(seconds=1)).isoformat()
    responses["Ada"] = create_key(people["Ada"], name, expires_at=expires_at)


@when("Ada's program lists all users")
def list_users_with_key(people, responses, keys):
    program = make_program(people["Ada"], keys["Report"])
    responses[PROGRAM] = program.get("/api/users", expecting=None)


@when("Ada's program changes the password")
def change_password_with_key(people, responses, keys):
    body = {"current_password": people["Ada"].password, "new_password": NEW_PASSWORD}
    program = make_program(people["Ada"], keys["Report"])
    responses[PROGRAM] = program.post("/api/me/password", body, expecting=None)


@when("Ada's program deletes the account")
def delete_account_with_key(people, responses, keys):
    program = make_program(people["Ada"], keys["Report"])
    responses[PROGRAM] = program.delete("/api/me", expecting=None)


@when("Ada's program creates an API key")
def create_key_with_key(people, responses, keys):
    responses[PROGRAM] = create_key(make_program(people["Ada"], keys["Report"]), "Another")


@when(parsers.parse("Ada's program reads Ada's account with the API key \"{name}\""))
def read_account_with_key(people, responses, keys, name):
    program = make_program(people["Ada"], keys[name])
    responses[PROGRAM] = program.get("/api/me", expecting=None)


@when("Ada's program reads Ada's account with the former API key")
def read_account_with_former_key(people, responses, keys):
    read_account_with_key(people, responses, keys, "Report")


@when(parsers.parse('another person reads Ada\'s account with the API key "{name}"'))
def read_account_elsewhere(people, keys, name):
    client = people["Ada"].client.application.test_client()
    client.environ_base.update(ELSEWHERE)
    make_program(replace(people["Ada"], client=client), keys[name]).get("/api/me")


@when(parsers.parse('Ada rotates the API key "{name}"'))
def send_rotation(people, responses, keys, name):
    path = f"{OWN}/{keys[name]['id']}/rotate"
    responses["Ada"] = people["Ada"].post(path, {}, expecting=None)


@when(parsers.parse('Ada revokes the API key "{name}"'))
def send_own_revocation(people, responses, keys, name):
    responses["Ada"] = people["Ada"].delete(f"{OWN}/{keys[name]['id']}", expecting=None)


@when(parsers.parse('Mallory revokes Ada\'s API key "{name}"'))
def try_revocation(people, responses, keys, name):
    key = people["Ada"].get(f"{OWN}/{keys[name]['id']}").json
    responses["Mallory"] = people["Mallory"].delete(f"{OWN}/{key['id']}", expecting=None)


@when(parsers.re(r'(?P<who>Root|Hedy) revokes Ada\'s API key "(?P<name>\w+)"'))
def send_revocation(people, responses, keys, who, name):
    path = f"{get_account_path(people['Ada'])}/api-keys/{keys[name]['id']}"
    responses[who] = people[who].delete(path, expecting=None)


@when("Ada lists her API keys")
def list_own_keys(people, responses):
    responses["Ada"] = people["Ada"].get(OWN)


@when("Ada replaces her forgotten password")
def reset_password(app, people):
    anyone = anonymous(people["Ada"].client)
    anyone.post("/api/password/forgot", {"email": people["Ada"].email}, expecting=202)
    body = {"token": read_mails(app, "reset_password")[-1].token, "new_password": NEW_PASSWORD}
    anyone.post("/api/password/reset", body, expecting=204)


@when("Ada changes her password")
def change_password(people):
    body = {"current_password": people["Ada"].password, "new_password": NEW_PASSWORD}
    people["Ada"].post("/api/me/password", body, expecting=200)


@then(parsers.parse('Ada sees the API key "{name}"'))
def check_shown(responses, people, name):
    made = responses["Ada"].json
    assert made["name"] == name
    assert reads_account(people["Ada"], made)


@then("later Ada sees only the last 4 characters of it")
def check_hidden(responses, people):
    made = responses["Ada"].json
    shown = people["Ada"].get(f"{OWN}/{made['id']}")
    assert shown.json["hint"].endswith(made["key"][-4:])
    assert made["key"][:-4] not in shown.text


@then("Ada's former and new API keys work")
def check_both(people, responses, keys):
    assert reads_account(people["Ada"], keys["Report"])
    assert reads_account(people["Ada"], responses["Ada"].json)


@then(parsers.parse('Ada\'s API key "{name}" works'))
def check_works(people, keys, name):
    assert reads_account(people["Ada"], keys[name])


@then(parsers.parse('Ada\'s API key "{name}" does not work'))
def check_does_not_work(people, keys, name):
    assert not reads_account(people["Ada"], keys[name])


@then(parsers.parse('Ada sees when the API key "{name}" was last used'))
def check_last_use(responses, name):
    [key] = [key for key in responses["Ada"].json["items"] if key["name"] == name]
    assert datetime.fromisoformat(key["last_used_at"]) <= datetime.now(UTC)


@then(parsers.parse('Ada sees the API key "{name}" beside her sessions'))
def check_overview(people, name):
    overview = people["Ada"].get("/api/me/sessions").json
    assert [key["name"] for key in overview["api_keys"]] == [name]


@then("Root sees no API key of Ada")
def check_no_key(people):
    assert list_names(people["Root"], f"{get_account_path(people['Ada'])}/api-keys") == []


@then(parsers.parse('Hedy sees the API key "{name}" of Ada'))
def check_key_of_user(people, name):
    assert list_names(people["Hedy"], f"{get_account_path(people['Ada'])}/api-keys") == [name]
