from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from api.core.database import db, transaction
from api.users.models import User
from features.common.accounts import get_account_path
from features.personas import can_log_in, log_in
from tests.support import LocalService, anonymous

scenarios(".")

NEW_PASSWORD = "an engine that weaves algebra"
OTHER_PASSWORD = "another engine, made of brass"
ABOUT = "a forgotten password"
MAIL_OFF = {
    "environment": "production",
    "encryption_key": "q7Jx0m3VZb5T9sWcK1hRfN8uYpL2aGdE",
    "argon2_memory_kib": 19_456,
    "argon2_time_cost": 2,
    "public_base_url": "https://id.example.org",
    "allowed_hosts": ["localhost"],
}


def ask(person, email):
    body = {"email": email}
    return anonymous(person.client).post("/api/password/forgot", body, expecting=None)


def choose(person, mail, password):
    body = {"token": mail.token, "new_password": password}
    return anonymous(person.client).post("/api/password/reset", body, expecting=None)


def receive(people, find_mails):
    """Let Ada ask for a mail, and return the newest one."""
    assert ask(people["Ada"], people["Ada"].email).status_code == 202
    return find_mails(people["Ada"], ABOUT)[-1]


@pytest.fixture
def change_account(app, people):
    """Return a function that changes columns of Ada's account."""

    def change(**columns):
        with app.app_context(), transaction():
            user = db.session.get(User, UUID(people["Ada"].id))
            for name, value in columns.items():
                setattr(user, name, value)

    return change


@given("Ada has received a mail about a forgotten password", target_fixture="first_mail")
def have_mail(people, find_mails):
    return receive(people, find_mails)


@given("Ada has received a second mail about a forgotten password, a minute later")
def have_second_mail(people, find_mails, first_mail, advance_clock):
    advance_clock(timedelta(minutes=1))
    assert receive(people, find_mails) != first_mail


@given("Ada has chosen a new password with the link")
def have_chosen(people, first_mail):
    assert choose(people["Ada"], first_mail, NEW_PASSWORD).status_code == 204


@given("Ada has a temporary password")
def have_temporary_password(change_account):
    change_account(must_change_password=True)


@given("Ada has no password")
def have_no_password(change_account):
    change_account(password_hash=None)


@given("the service sends no mail")
def turn_mail_off(people, build_strict):
    client = LocalService(build_strict(**MAIL_OFF)).client
    people["Ada"] = replace(people["Ada"], client=client)


@when(parsers.re(r"(?P<name>\w+) says that she forgot the password"))
def say_forgot(people, responses, name):
    responses[name] = ask(people[name], people[name].email)


@when("Mallory says for Ada that she forgot the password")
def say_forgot_for_other(people, responses):
    responses["Mallory"] = ask(people["Mallory"], people["Ada"].email)


@when(parsers.parse('Mallory says for "{email}" that she forgot the password'))
def say_forgot_for_email(people, responses, email):
    responses["Mallory"] = ask(people["Ada"], email)


@when("Ada chooses a new password with the link")
@when("Ada chooses a new password with the first link")
def choose_new_password(people, responses, first_mail):
    responses["Ada"] = choose(people["Ada"], first_mail, NEW_PASSWORD)


@when(parsers.parse('Ada chooses the password "{password}" with the link'))
def choose_password(people, responses, first_mail, password):
    responses["Ada"] = choose(people["Ada"], first_mail, password)


@when(parsers.parse("{name:w} sends {other:w} the mail about a forgotten password"))
def send_mail(people, responses, name, other):
    path = f"{get_account_path(people[other])}/password/reset-mail"
    responses[name] = people[name].post(path, expecting=None)


@then("Ada can log in with the new password")
def check_new_password(people):
    assert can_log_in(people["Ada"], NEW_PASSWORD)


@then("Ada can log in with the new password, and is asked for no other")
def check_not_temporary(people):
    response = log_in(people["Ada"], NEW_PASSWORD)
    assert response.json["must_change_password"] is False


@then("Mallory sees the response that an unknown e-mail address has")
def check_same_response(people, responses):
    known, unknown = responses["Mallory"], ask(people["Mallory"], "nobody@example.org")
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)


@then("the link still works")
def check_link_works(people, first_mail):
    assert choose(people["Ada"], first_mail, OTHER_PASSWORD).status_code == 204
    assert can_log_in(people["Ada"], OTHER_PASSWORD)


@then("Root does not see the link")
def check_secrecy(responses, people, find_mails):
    [mail] = find_mails(people["Ada"], ABOUT)
    assert mail.token not in responses["Root"].text + str(responses["Root"].headers)
