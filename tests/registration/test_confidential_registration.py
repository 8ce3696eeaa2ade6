"""Registration where addresses have to be confirmed: it does not reveal which are known."""

import pytest
from sqlalchemy import func, select

from api.core.database import db
from api.users.models import User
from tests.mails import read_mails
from tests.support import LocalService

GRACE = {"username": "grace", "email": "grace@example.org", "password": "correct horse battery"}
KNOWN = {**GRACE, "username": "hopper"}
NEW = {**GRACE, "username": "alan", "email": "alan@example.org"}


@pytest.fixture
def client(build):
    return build(EMAIL_VERIFICATION="required").test_client()


@pytest.fixture
def register(client):
    def send(body, **headers):
        return client.post("/api/register", json=body, headers=headers)

    return send


def list_mails(app):
    return [(mail.name, mail.to) for mail in read_mails(app)]


def test_R01_a_known_and_a_new_address_get_the_same_response(register):
    register(GRACE)

    known, new = register(KNOWN), register(NEW)

    assert (known.status_code, known.data) == (new.status_code, new.data)
    assert known.status_code == 202
    assert sorted(known.headers.keys()) == sorted(new.headers.keys())
    assert not {"Location", "ETag"} & set(known.headers.keys())


def test_R01_only_the_owner_of_the_address_learns_that_it_is_known(app, register, recorded):
    register(GRACE)

    register(KNOWN)

    assert list_mails(app) == [
        ("verify_email", "grace@example.org"),
        ("already_registered", "grace@example.org"),
    ]
    assert recorded() == ["user.created", "registration.repeated"]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 1


def test_R02_R03_another_spelling_is_the_same_address_and_the_mail_goes_to_the_stored_one(
    app, register
):
    register(GRACE)

    register({**KNOWN, "email": "GRACE@Example.org"})

    assert list_mails(app)[-1] == ("already_registered", "grace@example.org")


@pytest.mark.parametrize("target", ["grace@example.org", "unknown@example.org"])
def test_R01_L01_a_username_does_not_show_whether_an_address_is_known(client, register, target):
    register(GRACE)
    probe = {"username": "probe", "email": target, "password": "another horse battery"}

    assert register(probe).status_code == 202

    assert register({**probe, "email": "mallory@example.org"}).status_code == 202
    for name in ({"username": "probe"}, {"email": target}):
        problem = client.post("/api/login", json={**name, "password": probe["password"]})
        assert (problem.status_code, problem.json["error"]) == (401, "invalid_credentials")


def test_R01_a_username_that_a_confirmed_user_has_is_no_error(build, register):
    LocalService(build()).save("Grace")

    assert register({**NEW, "username": "grace"}).status_code == 202


def test_R01_a_username_that_is_the_address_is_as_confidential(app, register):
    body = {**GRACE, "username": GRACE["email"]}
    register(body)

    assert register(body).status_code == 202
    assert list_mails(app)[-1] == ("already_registered", "grace@example.org")


def test_N04_the_owner_gets_one_mail_in_a_minute(app, build, register):
    register(GRACE)
    limited = build(EMAIL_VERIFICATION="required", LIMITS_ENABLED=True).test_client()

    responses = [limited.post("/api/register", json=KNOWN) for _ in range(3)]

    assert [response.status_code for response in responses] == [202] * 3
    assert list_mails(app).count(("already_registered", "grace@example.org")) == 1


def test_a_repeated_request_with_a_key_is_one_registration(app, register):
    key = {"Idempotency-Key": '"8e03978e"'}

    first, second = register(GRACE, **key), register(GRACE, **key)

    assert (second.status_code, second.data) == (202, first.data)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert list_mails(app) == [("verify_email", "grace@example.org")]


@pytest.mark.parametrize("policy", ["off", "optional"])
def test_where_addresses_need_not_be_confirmed_the_account_is_returned(build, policy):
    client = build(EMAIL_VERIFICATION=policy).test_client()

    created = client.post("/api/register", json=GRACE)

    assert (created.status_code, created.json["email_verified"]) == (201, False)
    assert client.post("/api/register", json=KNOWN).json["error"] == "email_taken"
