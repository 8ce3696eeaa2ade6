from dataclasses import replace

import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from api.core.database import transaction
from api.users.accounts import find_by_email
from features.common.accounts import get_account_path
from features.personas import can_log_in, log_in, read_own_account, register, use_tokens
from tests.mails import read_mails
from tests.support import LocalService, anonymous

scenarios(".")

LINK = "verify_email"


@pytest.fixture
def links(app, people):
    """Return a function that returns the tokens that were mailed to a person, oldest first."""

    def find(name):
        mails = read_mails(app, LINK)
        return [mail.token for mail in mails if mail.to == people[name].email]

    return find


def send(person, path, **body):
    return anonymous(person.client).post(path, body, expecting=None)


def verify(person, token):
    return send(person, "/api/email/verify", token=token)


def resend(person):
    return send(person, "/api/email/verify/resend", email=person.email)


@given("the operator requires confirmed e-mail addresses", target_fixture="app")
def require_confirmation(build_strict):
    return build_strict(email_verification="required")


@given("Grace has registered", target_fixture="registered")
def have_registered(people):
    response = register(people["Grace"])
    assert response.status_code == 202
    return response


@given("Grace has confirmed her e-mail address with the link")
def have_confirmed(people, links):
    assert verify(people["Grace"], links("Grace")[-1]).status_code == 204


@given("Grace has requested another mail")
def have_requested(people):
    assert resend(people["Grace"]).status_code == 202


@given("Root has changed Grace's e-mail address")
def have_changed_address(app, people, preconditions):
    with app.app_context(), transaction():
        grace = find_by_email(people["Grace"].email)
    account = replace(people["Grace"], id=str(grace.id))
    changes = {"email": preconditions.make_unique("hopper@example.org")}
    people["Root"].patch(get_account_path(account), changes)


@given("Root has marked Grace's e-mail address as not confirmed")
def have_marked(people):
    grace = people["Grace"]
    account = replace(grace, id=read_own_account(grace)["id"])
    people["Root"].patch(get_account_path(account), {"email_verified": False})


@given("Mallory has logged in to the account before Grace had to confirm her e-mail address")
def have_logged_in(app, people):
    """The setting was another one: with this one no user logs in before the confirmation."""
    with app.app_context(), transaction():
        grace = find_by_email(people["Grace"].email)
    people["Mallory"] = LocalService(app).logged_in(grace)


@given("Mallory has registered with Grace's username")
def have_registered_username(people, preconditions):
    people["Mallory"] = preconditions.make_newcomer("Mallory")
    assert register(people["Mallory"], username=people["Grace"].username).status_code == 202


@given("Mallory has registered with Grace's e-mail address")
def have_registered_address(people):
    assert register(people["Mallory"], email=people["Grace"].email).status_code == 202


@when("Mallory registers with the same username and her own e-mail address")
def register_again(people, responses):
    responses["Mallory"] = register(people["Mallory"])


@when("Grace logs in with her e-mail address")
def log_in_with_address(people, responses):
    responses["Grace"] = log_in(people["Grace"], email=people["Grace"].email)


@when("Mallory confirms her e-mail address with the link")
def confirm_after_others(people, responses, links):
    responses["Mallory"] = verify(people["Mallory"], links("Mallory")[-1])


@given(parsers.parse('Mallory has registered with the e-mail address "{email}"'))
def have_taken_address(people, preconditions, email):
    people["Mallory"] = replace(preconditions.make_newcomer("Mallory"), email=email)
    assert register(people["Mallory"]).status_code == 202


@given(parsers.parse('Mallory has confirmed the e-mail address "{email}"'))
def have_confirmed_address(people, links, email):
    assert people["Mallory"].email == email
    assert verify(people["Mallory"], links("Mallory")[-1]).status_code == 204


@given(parsers.parse('Ada has asked for the e-mail address "{email}"'))
def have_asked(people, email):
    people["Ada"].post("/api/me/email", {"email": email}, expecting=202)


@given(parsers.parse('the operator has invited "{email}"'))
def have_invited(app, email):
    LocalService(app).invite(email)


@when("Ada confirms the change with the link")
def confirm_change(app, people, responses):
    token = read_mails(app, "email_change_requested")[-1].token
    responses["Ada"] = send(people["Ada"], "/api/email/change/confirm", token=token)


@when(parsers.parse('the owner accepts the invitation with the username "{username}"'))
def accept_invitation(app, people, responses, username):
    token = read_mails(app, "invitation")[-1].token
    body = {"token": token, "username": username, "password": people["Ada"].password}
    responses["the owner"] = send(people["Ada"], "/api/invitations/accept", **body)


@when("Grace reads the protected greeting")
def read_greeting(people, responses):
    responses["Grace"] = people["Grace"].get("/api/protected", expecting=None)


@when("Grace confirms her e-mail address with the link")
def send_token(people, responses, links):
    responses["Grace"] = verify(people["Grace"], links("Grace")[-1])


@when("Grace confirms her e-mail address with the first link")
def send_first_token(people, responses, links):
    responses["Grace"] = verify(people["Grace"], links("Grace")[0])


@when(parsers.parse("{name:w} requests another mail"))
def request_mail(people, responses, name):
    responses[name] = resend(people[name])


@when("Mallory registers with Grace's e-mail address")
def register_with_known_address(people, responses):
    responses["Mallory"] = register(people["Mallory"], email=people["Grace"].email)


@when("Mallory registers with Grace's username")
def register_with_known_username(people, responses):
    responses["Mallory"] = register(people["Mallory"], username=people["Grace"].username)


@then(parsers.parse('Ada can log in with her new e-mail address "{email}"'))
def check_login_with_address(people, email):
    assert can_log_in(people["Ada"], email=email)


@then(parsers.parse('the owner of "{email}" can log in'))
def check_owner(people, email):
    assert can_log_in(replace(people["Ada"], id=""), email=email)


@then("Grace can log in with her username")
def check_username(people):
    assert can_log_in(people["Grace"])


@then("Mallory has an account without a username")
def check_no_username(people):
    email = people["Mallory"].email
    person = use_tokens(people["Mallory"], log_in(people["Mallory"], email=email))
    assert read_own_account(person)["username"] is None


@then("Grace can read her own account")
def check_own_account(people):
    assert read_own_account(people["Grace"])["email"] == people["Grace"].email


@then("Grace can read the protected greeting after a login")
def check_greeting(people):
    person = use_tokens(people["Grace"], log_in(people["Grace"]))
    assert person.get("/api/protected").json["user"]["username"] == person.username


@then("Grace's account has a confirmed e-mail address")
def check_confirmed_address(people):
    person = use_tokens(people["Grace"], log_in(people["Grace"]))
    assert read_own_account(person)["email_verified"] is True


@then(
    parsers.re(r"(?P<name>\w+) gets (?P<number>\d) mails? to confirm her e-mail address"),
    converters={"number": int},
)
def check_links(links, name, number):
    assert len(links(name)) == number


@then("Mallory sees the response that Grace has seen")
def check_registration(responses, registered):
    response = responses["Mallory"]
    assert (response.status_code, response.data) == (registered.status_code, registered.data)
    assert sorted(response.headers.keys()) == sorted(registered.headers.keys())


@then("Mallory sees the response that Grace sees")
def check_request(people, responses):
    response, other = responses["Mallory"], resend(people["Grace"])
    assert (response.status_code, response.data) == (other.status_code, other.data)
