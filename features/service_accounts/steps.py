from urllib.parse import quote

from pytest_bdd import given, parsers, scenarios, then, when

from api.core import program_secrets
from features.common.programs import ACCOUNTS, SECRET
from features.errors import ERROR_CODES, get_error_codes
from features.transfer.files import NDJSON, make_file, make_row

scenarios(".")

KEY = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
PRIVATE_KEY = {**KEY, "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}  # of RFC 8037, A.1


def store_key(person, path, key):
    body = {"kind": "public_key", "name": "Key of 2026", "public_key": key}
    return person.post(f"{path}/credentials", body, expecting=None)


def find_secrets(person, path):
    items = person.get(f"{path}/credentials").json["items"]
    return [item for item in items if item["kind"] == "client_secret"]


def get_path(service_accounts, name):
    return f"{ACCOUNTS}/{service_accounts[name]}"


def get_role_path(preconditions, service_accounts, account, role):
    return f"{get_path(service_accounts, account)}/roles/{preconditions.make_unique(role)}"


def find_account(person, name):
    """Return the service account with a name, or None."""
    found = person.get(f"{ACCOUNTS}?q={quote(name)}").json["items"]
    return next((item for item in found if item["name"] == name), None)


@given(parsers.parse('Root has suspended the service account "{account}"'))
def have_suspended(people, service_accounts, account):
    changes = {"status": "suspended", "status_reason": "a leaked secret"}
    people["Root"].patch(get_path(service_accounts, account), changes)


@given(parsers.parse('Root has deleted the service account "{account}"'))
def have_deleted(people, service_accounts, account):
    people["Root"].delete(get_path(service_accounts, account))


@given(parsers.parse('the service account "{account}" has been assigned {number:d} roles in all'))
def have_roles(preconditions, people, service_accounts, account, number):
    for each in range(number - 1):
        role = f"role-{each}"
        preconditions.create_role(preconditions.make_unique(role), [])
        path = get_role_path(preconditions, service_accounts, account, role)
        people["Root"].put(path, None, expecting=204)


@given(parsers.re(r'"(?P<account>[^"]+)" has (?P<number>\d+) client secrets?'))
def have_secrets(people, service_accounts, account, number):
    for _ in range(int(number)):
        path = f"{get_path(service_accounts, account)}/credentials"
        people["Root"].post(path, SECRET, expecting=201)


@when(parsers.parse('{name:w} creates the service account "{account}" with the role "{role}"'))
def create_account(preconditions, people, responses, name, account, role):
    body = {
        "name": preconditions.make_unique(account),
        "roles": [preconditions.make_unique(role)],
    }
    responses[name] = people[name].post(ACCOUNTS, body, expecting=None)


@when(parsers.parse('{name:w} renames the service account "{account}" to "{new}"'))
def rename(preconditions, people, responses, service_accounts, name, account, new):
    path = get_path(service_accounts, account)
    changes = {"name": preconditions.make_unique(new)}
    responses[name] = people[name].patch(path, changes, expecting=None)


@when(parsers.parse('{name:w} suspends the service account "{account}" because of "{reason}"'))
def suspend(people, responses, service_accounts, name, account, reason):
    path = get_path(service_accounts, account)
    changes = {"status": "suspended", "status_reason": reason}
    responses[name] = people[name].patch(path, changes, expecting=None)


@when(parsers.parse('Root reactivates the service account "{account}"'))
def reactivate(people, responses, service_accounts, account):
    path = get_path(service_accounts, account)
    responses["Root"] = people["Root"].patch(path, {"status": "active"}, expecting=None)


@when(parsers.parse('{name:w} deletes the service account "{account}"'))
def delete_account(people, responses, service_accounts, name, account):
    path = get_path(service_accounts, account)
    responses[name] = people[name].delete(path, expecting=None)


@when(
    parsers.parse('Root imports Grace with the id of the service account "{account}"'),
    target_fixture="report",
)
def import_with_id(people, service_accounts, account):
    row = {**make_row(people["Grace"]), "id": service_accounts[account]}
    file = make_file(row)
    return people["Root"].post("/api/users/import", data=file, headers=NDJSON, expecting=200).json


@then("Root sees that the id is taken")
def sees_taken_id(report):
    [row] = report["rows"]
    assert [error["rule"] for error in row["errors"]] == ["id_taken"]
    assert report["created"] == 0


@when(parsers.parse('Root lists the service accounts with the role "{role}"'))
def list_accounts(preconditions, people, responses, role):
    query = {"role": preconditions.make_unique(role)}
    responses["Root"] = people["Root"].get(ACCOUNTS, query_string=query)


@when(parsers.parse('{name:w} assigns the role "{role}" to the service account "{account}"'))
def assign_role(preconditions, people, responses, service_accounts, name, role, account):
    path = get_role_path(preconditions, service_accounts, account, role)
    responses[name] = people[name].put(path, None, expecting=None)


@when(parsers.parse('{name:w} removes the role "{role}" from the service account "{account}"'))
def remove_role(preconditions, people, responses, service_accounts, name, role, account):
    path = get_role_path(preconditions, service_accounts, account, role)
    responses[name] = people[name].delete(path, expecting=None)


@when(parsers.parse('{name:w} creates a client secret for "{account}"'))
def create_secret(people, responses, service_accounts, name, account):
    path = f"{get_path(service_accounts, account)}/credentials"
    responses[name] = people[name].post(path, SECRET, expecting=None)


@when(parsers.parse('Root stores a public key for "{account}"'))
def store_public_key(people, responses, service_accounts, account):
    path = get_path(service_accounts, account)
    responses["Root"] = store_key(people["Root"], path, KEY)


@when(parsers.parse('Root stores a private key for "{account}"'))
def store_private_key(people, responses, service_accounts, account):
    path = get_path(service_accounts, account)
    responses["Root"] = store_key(people["Root"], path, PRIVATE_KEY)


@when(parsers.parse('Root deletes the first client secret of "{account}"'))
def delete_secret(people, responses, programs, account):
    program = programs[account]
    path = f"{ACCOUNTS}/{program.id}/credentials/{program.credential_id}"
    responses["Root"] = people["Root"].delete(path, expecting=None)


@when(parsers.parse('Root deletes at "{other}" the client secret of "{account}"'))
def delete_secret_of_other(people, responses, service_accounts, account, other):
    (secret,) = find_secrets(people["Root"], get_path(service_accounts, account))
    path = f"{get_path(service_accounts, other)}/credentials/{secret['id']}"
    responses["Root"] = people["Root"].delete(path, expecting=None)


@then(parsers.parse('Root sees the service account "{account}" with exactly the role "{role}"'))
def check_role(preconditions, people, account, role):
    found = find_account(people["Root"], preconditions.make_unique(account))
    assert found["roles"] == [preconditions.make_unique(role)]


@then(
    parsers.parse('Root sees the service account "{account}" with the roles "{one}" and "{other}"')
)
def check_roles(preconditions, people, account, one, other):
    found = find_account(people["Root"], preconditions.make_unique(account))
    assert found["roles"] == sorted(map(preconditions.make_unique, (one, other)))


@then(parsers.parse('Root sees the service account "{account}" without a role'))
def check_no_role(preconditions, people, account):
    assert find_account(people["Root"], preconditions.make_unique(account))["roles"] == []


@then(parsers.parse('Root sees exactly the service account "{account}"'))
def check_list(preconditions, responses, account):
    listed = [item["name"] for item in responses["Root"].json["items"]]
    assert listed == [preconditions.make_unique(account)]


@then(parsers.parse('Root sees that "{account}" is suspended because of "{reason}"'))
def check_suspended(people, service_accounts, account, reason):
    found = people["Root"].get(get_path(service_accounts, account)).json
    assert (found["status"], found["status_reason"]) == ("suspended", reason)


@then(parsers.parse('Root sees that "{account}" is active, without a reason'))
def check_active(people, service_accounts, account):
    found = people["Root"].get(get_path(service_accounts, account)).json
    assert (found["status"], found["status_reason"]) == ("active", None)


@then(parsers.parse('Root cannot find the service account "{account}"'))
def check_account_is_gone(preconditions, people, service_accounts, account):
    response = people["Root"].get(get_path(service_accounts, account), expecting=None)
    assert get_error_codes(response) == {ERROR_CODES["the service account does not exist"]}
    assert find_account(people["Root"], preconditions.make_unique(account)) is None


@when(parsers.parse('Root reads at "{other}" the client secret of "{account}"'))
def read_secret_of_other(people, responses, service_accounts, account, other):
    (secret,) = find_secrets(people["Root"], get_path(service_accounts, account))
    path = f"{get_path(service_accounts, other)}/credentials/{secret['id']}"
    responses["Root"] = people["Root"].get(path, expecting=None)


@then("Root sees the client secret")
def check_secret(responses):
    assert program_secrets.is_well_formed(responses["Root"].json["client_secret"], "rb_client_")


@then("later Root sees only the last 4 characters of it")
def check_secret_is_hidden(people, responses):
    created = responses["Root"].json
    shown = people["Root"].get(f"{ACCOUNTS}/{created['client_id']}/credentials")
    assert created["client_secret"] not in shown.text
    (item,) = shown.json["items"]
    assert item["last4"] == created["client_secret"][-4:]
    path = f"{ACCOUNTS}/{created['client_id']}/credentials/{created['id']}"
    assert people["Root"].get(path).json == item


@then(parsers.parse('Root sees the public key of "{account}", and no secret'))
def check_public_key(people, responses, service_accounts, account):
    assert "client_secret" not in responses["Root"].json
    path = f"{get_path(service_accounts, account)}/credentials"
    assert [item["public_key"] for item in people["Root"].get(path).json["items"]] == [KEY]


@then(parsers.re(r'Root sees (?P<number>\d+) client secrets? of "(?P<account>[^"]+)"'))
def check_number(people, service_accounts, number, account):
    assert len(find_secrets(people["Root"], get_path(service_accounts, account))) == int(number)


@then(
    parsers.parse(
        'the program "{account}" gets an access token for the first and for the new client secret'
    )
)
def check_both_secrets(request_token, responses, programs, account):
    first, new = programs[account].members, responses["Root"].json["client_secret"]
    assert request_token(**first).status_code == 200
    assert request_token(**{**first, "client_secret": new}).status_code == 200


@then(parsers.parse('the program "{account}" gets an access token for the second client secret'))
def check_second_secret(request_token, programs, account):
    program = programs[account]
    response = request_token(client_id=program.id, client_secret=program.second_secret)
    assert response.status_code == 200


@then(parsers.parse('Root finds no service account "{account}"'))
def check_no_account(preconditions, people, account):
    assert find_account(people["Root"], preconditions.make_unique(account)) is None
