from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import select

from api.core.database import db
from api.outbox import service as outbox
from api.outbox.models import OutboxMessage
from features.errors import ERROR_CODES, get_error_codes
from features.personas import can_log_in, log_in, read_own_account, use_tokens
from tests.settings import STRONG
from tests.support import anonymous

scenarios(".")

PASSWORD = "a nanosecond is a foot of wire"
WITHOUT_MAIL = {  # only in production mail can be off
    "TESTING": False,
    "environment": "production",
    "encryption_key": STRONG,
    "public_base_url": "http://127.0.0.1:8000",
}
INVALID = {ERROR_CODES["the invitation does not work"]}
DIFFERENT = {"id", "email", "created_at", "expires_at"}  # between two invitations


@pytest.fixture
def invitations():
    """Return the ids of the invitations of the scenario, by the name of the person."""
    return {}


@pytest.fixture
def find_values(app):
    """Return a function that finds the values of the mails of a kind to a person."""

    def find(person, name):
        with app.app_context():
            statement = select(OutboxMessage).filter_by(name=name).order_by(OutboxMessage.id)
            contents = map(outbox.read_content, db.session.scalars(statement))
            return [content["values"] for content in contents if content["to"] == person.email]

    return find


@pytest.fixture
def find_token(people, find_values):
    """Return a function that returns the token of the newest invitation, or an older one."""

    def find(name, place=-1):
        link = find_values(people[name], "invitation")[place]["link"]
        return parse_qs(urlsplit(link).query)["token"][0]

    return find


def invite(people, name, other, **members):
    body = {"email": people[other].email, "username": people[other].username, **members}
    return people[name].post("/api/invitations", body, expecting=None)


def accept(person, token, password=None, **members):
    body = {"token": token, "password": password or person.password, **members}
    return anonymous(person.client).post("/api/invitations/accept", body, expecting=None)


def get_path(invitations, name):
    return f"/api/invitations/{invitations[name]}"


@given("the operator has closed the registration", target_fixture="app")
def close_registration(build_strict, people):
    app = build_strict(registration_enabled=False)
    for person in people.values():
        person.client = app.test_client()
    return app


@given("the service has no mail server", target_fixture="app")
def turn_off_mail(build_strict):
    return build_strict(**WITHOUT_MAIL)


@given(parsers.re(r"(?P<name>\w+) has invited (?P<other>\w+)(?P<role> as administrator)?"))
def have_invited(people, invitations, name, other, role):
    response = invite(people, name, other, roles=["admin"] if role else [])
    assert response.status_code == 201
    invitations[other] = response.json["id"]


@given(parsers.parse("Root has sent the invitation of {other:w} again"))
def have_resent(people, invitations, other):
    people["Root"].post(f"{get_path(invitations, other)}/resend", expecting=200)


@given("Grace has accepted the invitation")
def have_accepted(people, find_token):
    assert accept(people["Grace"], find_token("Grace")).status_code == 201


@given(parsers.parse('Grace has tried to accept the invitation with the password "{password}"'))
def have_tried(people, find_token, password):
    assert accept(people["Grace"], find_token("Grace"), password).status_code == 422


@when(parsers.re(r"(?P<name>\w+) invites (?P<other>\w+)(?P<role> as administrator)?"))
def send_invitation(people, responses, invitations, name, other, role):
    responses[name] = invite(people, name, other, roles=["admin"] if role else [])
    invitations[other] = responses[name].json.get("id")


@when(parsers.parse("Root sends the invitation of {other:w} again"))
def resend(people, responses, invitations, other):
    path = f"{get_path(invitations, other)}/resend"
    responses["Root"] = people["Root"].post(path, expecting=None)


@when(parsers.parse("Root revokes the invitation of {other:w}"))
def revoke(people, responses, invitations, other):
    responses["Root"] = people["Root"].delete(get_path(invitations, other), expecting=None)


@when("Root lists the open invitations")
def list_open(people, responses):
    query = {"state": "open"}
    responses["Root"] = people["Root"].get("/api/invitations", query_string=query)


@when("Root reads an unknown invitation")
def read_unknown(people, responses):
    path = f"/api/invitations/{people['Root'].id}"
    responses["Root"] = people["Root"].get(path, expecting=None)


@when("Grace accepts the invitation")
def send_acceptance(people, responses, find_token):
    responses["Grace"] = accept(people["Grace"], find_token("Grace"))


@when(parsers.parse('Grace accepts the invitation with the password "{password}"'))
def send_acceptance_with_password(people, responses, find_token, password):
    responses["Grace"] = accept(people["Grace"], find_token("Grace"), password)


@when("Grace accepts the invitation with Ada's username")
def send_acceptance_with_username(people, responses, find_token):
    username = people["Ada"].username
    responses["Grace"] = accept(people["Grace"], find_token("Grace"), username=username)


@when("Grace accepts the invitation with the older link")
def send_acceptance_with_older_link(people, responses, find_token):
    responses["Grace"] = accept(people["Grace"], find_token("Grace", 0))


@when("Mallory accepts an invitation with a token that she has guessed")
def guess_token(people, responses):
    responses["Mallory"] = accept(people["Mallory"], "x" * 43)


@then(parsers.parse("Root sees the invitation of {other:w} as {state:w}"))
def check_state(people, invitations, other, state):
    assert people["Root"].get(get_path(invitations, other)).json["state"] == state


@then("Root sees exactly the invitation of Grace")
def check_list(people, responses):
    listed = [item["email"] for item in responses["Root"].json["items"]]
    assert listed == [people["Grace"].email]


@then("Grace cannot accept the invitation")
def check_no_acceptance(people, find_token):
    assert get_error_codes(accept(people["Grace"], find_token("Grace"))) == INVALID


@then("Grace can log in as an administrator")
def check_administrator(people):
    grace = use_tokens(people["Grace"], log_in(people["Grace"]))
    assert "admin" in read_own_account(grace)["roles"]


@then("Grace has no account yet")
def check_no_account(people):
    assert not can_log_in(people["Grace"])


@then(parsers.parse("{name:w} has got {number} invitation"))
def check_number(people, find_values, name, number):
    found = find_values(people[name], "invitation")
    assert len(found) == (0 if number == "no" else int(number))


@then("Hedy sees the same as for an e-mail address without an account")
def check_same_response(people, responses):
    body = {"email": "nobody@example.org", "username": people["Ada"].username, "roles": []}
    other = people["Hedy"].post("/api/invitations", body).json
    shown = responses["Hedy"].json
    assert shown.keys() == other.keys()
    assert {key for key in shown if shown[key] != other[key]} <= DIFFERENT


@then("Ada gets a mail that she has an account already")
def check_mail(people, find_values):
    assert find_values(people["Ada"], "already_registered") == [{}]
