from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import update

from api.core.database import db, transaction
from api.passwords.imported import add_pepper
from api.users.models import User
from features.errors import get_error_codes
from features.personas import (
    INVALID_CREDENTIALS,
    WRONG_PASSWORD,
    log_in,
    read_own_account,
    use_tokens,
)
from tests.other_systems import MAKERS
from tests.support import anonymous

scenarios(".")

IDENTIFIERS = {
    "username": lambda person: {"username": person.username},
    "e-mail address": lambda person: {"email": person.email},
    "username and e-mail address": lambda person: {
        "username": person.username,
        "email": person.email,
    },
    "username in capital letters": lambda person: {"username": person.username.upper()},
    "e-mail address in capital letters": lambda person: {"email": person.email.upper()},
}
NEW_PASSWORD = "an engine that weaves algebra"
PEPPER = "a key of the previous system"
VARYING_HEADERS = {"date", "ratelimit", "x-request-id"}


OTHER_DEVICE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/130.0"
LAPTOP = "Ada's laptop"


def store_hash(app, person, password_hash):
    with app.app_context(), transaction():
        row = update(User).filter_by(username=person.username)
        db.session.execute(row.values(password_hash=password_hash))


def strip_response(response):
    """Return what a client sees of a response, without what differs between any two of them."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    constant = {name: value for name, value in headers.items() if name not in VARYING_HEADERS}
    return response.status_code, constant, {**response.json, "request_id": None}


@given(parsers.parse("Ada was imported with a password hash of {function}"))
def import_hash(people, person, function):
    """Replace the password hash of Ada's account by an import."""
    ada, importer = people["Ada"], person("Hedy", role="admin")
    row = {"email": ada.email, "password_hash": MAKERS[function](ada.password)}
    path, headers = "/api/users/import?on_conflict=update", {"Content-Type": "application/x-ndjson"}
    report = importer.post(path, data=orjson.dumps(row), headers=headers, expecting=200).json
    assert report["updated"] == 1


@given("the previous system added a pepper to each password")
def hash_with_pepper(app, people):
    person = people["Ada"]
    made = MAKERS["bcrypt 2y"](person.password + PEPPER)
    store_hash(app, person, add_pepper(made, "previous"))


@given("the operator has configured the pepper of the previous system")
def configure_pepper(build_strict, people):
    people["Ada"].client = build_strict(password_peppers=f"previous=suffix:{PEPPER}").test_client()


@pytest.fixture
def use_network(app):
    """Return a function that gives a person an IP address of another network."""

    def use(person, number):
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"198.51.{number}.7"
        return replace(person, client=client)

    return use


def try_passwords(person, spellings):
    for username in spellings:
        response = log_in(person, WRONG_PASSWORD, username=username)
        assert get_error_codes(response) == INVALID_CREDENTIALS


@given(
    parsers.parse(
        "Mallory has tried {count:d} wrong passwords for Ada's account "
        "from each of {networks:d} networks"
    )
)
def try_from_networks(people, use_network, count, networks):
    for number in range(networks):
        try_passwords(use_network(people["Ada"], number), [people["Ada"].username] * count)


@given("Mallory has tried 5 wrong passwords for Ada's account in 5 spellings")
def try_spellings(people):
    name = people["Ada"].username
    spellings = [name, name.upper(), name.lower(), name.swapcase(), name.capitalize()]
    try_passwords(people["Ada"], spellings)


@given(parsers.parse('Mallory has tried {count:d} wrong passwords for the name "{username}"'))
def try_unknown_name(preconditions, people, count, username):
    try_passwords(people["Ada"], [preconditions.make_unique(username)] * count)


@given(
    parsers.parse(
        "Mallory has tried {count:d} wrong passwords for Ada's account from one network, "
        "{number:d} every {minutes:d} minutes"
    )
)
def try_in_each_window(people, advance_clock, count, number, minutes):
    for _ in range(count // number):
        try_passwords(people["Ada"], [people["Ada"].username] * number)
        advance_clock(timedelta(minutes=minutes))


@given("Ada has logged in on her laptop")
def log_in_on_laptop(people, responses):
    responses[LAPTOP] = log_in(people["Ada"])


def log_in_on_known_device(people, responses, password=None):
    """Send a login with the device token of the laptop."""
    device_token = responses[LAPTOP].json["device_token"]
    username = people["Ada"].username
    return log_in(people["Ada"], password, username=username, device_token=device_token)


@given(parsers.parse("Mallory has tried {count:d} wrong passwords on Ada's laptop"))
def try_on_laptop(people, responses, count):
    for _ in range(count):
        response = log_in_on_known_device(people, responses, WRONG_PASSWORD)
        assert get_error_codes(response) == INVALID_CREDENTIALS


@given("Ada has changed her password on another device")
def change_password_elsewhere(people):
    ada = use_tokens(people["Ada"], log_in(people["Ada"]))
    body = {"current_password": ada.password, "new_password": NEW_PASSWORD}
    ada.post("/api/me/password", body, expecting=200)
    people["Ada"] = replace(ada, password=NEW_PASSWORD)


@when("Ada logs in on her laptop")
def send_login_on_laptop(people, responses):
    responses["Ada"] = log_in_on_known_device(people, responses)


@when("Ada logs in with a forged device token")
def send_forged_token(people, responses):
    ada = people["Ada"]
    forged = responses[LAPTOP].json["device_token"][::-1]
    responses["Ada"] = log_in(ada, username=ada.username, device_token=forged)


@given("Mallory has logged in as Ada from another device", target_fixture="other_device")
@when("Mallory logs in as Ada from another device", target_fixture="other_device")
def log_in_from_new_device(people):
    headers = {"User-Agent": OTHER_DEVICE}
    return use_tokens(people["Ada"], log_in(people["Ada"], headers=headers))


@when("Ada opens the link in the mail about a new device, and confirms it")
def end_session_by_mail(people, find_mails):
    [mail] = find_mails(people["Ada"], "a new device")
    body = {"token": mail.token}
    anonymous(people["Ada"].client).post("/api/sessions/end", body, expecting=204)


@when(
    parsers.parse(
        "Mallory tries {count:d} wrong passwords for Ada's account from each of {networks:d} "
        "networks"
    )
)
def send_from_networks(people, use_network, count, networks):
    try_from_networks(people, use_network, count, networks)


@when("Ada logs in from the same network with her e-mail address")
def log_in_with_other_name(people, responses):
    responses["Ada"] = log_in(people["Ada"], email=people["Ada"].email)


@when("Ada logs in from another network")
def log_in_from_another_network(people, responses, use_network):
    responses["Ada"] = log_in(use_network(people["Ada"], 200))


@when(parsers.parse('Mallory logs in as "{username}"'))
def guess_password(preconditions, people, responses, username):
    username = preconditions.make_unique(username)
    responses["Mallory"] = log_in(people["Ada"], WRONG_PASSWORD, username=username)


@when(parsers.re("Ada logs in with her (?P<identifier>[^']+)"))
def log_in_with_identifier(people, responses, identifier):
    responses["Ada"] = log_in(people["Ada"], **IDENTIFIERS[identifier](people["Ada"]))


@when("Ada logs in with her username and Grace's e-mail address")
def log_in_with_mixed_identifiers(people, responses):
    identifiers = {"username": people["Ada"].username, "email": people["Grace"].email}
    responses["Ada"] = log_in(people["Ada"], **identifiers)


@given("Ada has tried to log in with a wrong password")
@when("Ada logs in with a wrong password")
def log_in_with_wrong_password(people, responses):
    responses["Ada"] = log_in(people["Ada"], WRONG_PASSWORD)


@then(parsers.parse("{name:w} is logged in"))
def check_logged_in(people, responses, name):
    person = use_tokens(people[name], responses[name])
    account = read_own_account(person)
    assert (account["username"], account["email"]) == (person.username, person.email)


@then(parsers.parse("Ada sees that she can try again in {minutes:d} minutes"))
def check_waiting_time(responses, minutes):
    """The pause began with the first wrong password of the scenario, less than a minute ago."""
    waiting_time = int(responses["Ada"].headers["Retry-After"])
    assert (minutes - 1) * 60 < waiting_time <= minutes * 60


@then("Root sees in an export that Ada's password is hashed like Grace's")
def check_hash(people):
    exported = people["Root"].get("/api/users/export?hashes=true").data.splitlines()
    hashes = {row["username"]: row["password_hash"] for row in map(orjson.loads, exported)}
    algorithm, _, parameters, *_ = hashes["Ada"].split("$")[1:]
    assert [algorithm, parameters] == [hashes["Grace"].split("$")[n] for n in (1, 3)]
    assert algorithm == "argon2id"


@then(parsers.parse("{name:w} sees the same response as Ada"))
def check_same_response(responses, name):
    assert get_error_codes(responses["Ada"]) == INVALID_CREDENTIALS
    assert strip_response(responses[name]) == strip_response(responses["Ada"])
