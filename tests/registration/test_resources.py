"""The endpoint of registration: status, headers and members."""

import pytest

ADA = {"username": "Ada", "email": "Ada@example.org", "password": "correct horse battery"}


def test_a_new_account_is_returned_and_can_be_read(anyone, administrator):
    answer = anyone.post("/api/register", ADA)

    assert answer.headers["Location"] == f"http://127.0.0.1:8000/api/users/{answer.json['id']}"
    assert administrator.get(answer.headers["Location"]).json == answer.json
    assert answer.json.keys() == {
        "id",
        "username",
        "email",
        "display_name",
        "locale",
        "roles",
        "status",
        "status_reason",
        "user_metadata",
        "app_metadata",
        "external_source",
        "external_id",
        "has_password",
        "must_change_password",
        "email_verified",
        "deleted_at",
        "created_at",
        "updated_at",
    }
    assert answer.json["created_at"] == answer.json["updated_at"]


def test_a_new_user_can_log_in_at_once(anyone, recorded):
    anyone.post("/api/register", ADA)

    credentials = {"username": "ada", "password": ADA["password"]}
    anyone.post("/api/login", credentials, expecting=200)

    assert recorded() == ["user.created", "login.succeeded"]


@pytest.mark.parametrize(
    ("profile", "code"),
    [
        ({"email": "grace@example.org"}, "username_taken"),
        ({"username": "Grace", "email": "ADA@example.ORG"}, "email_taken"),
        ({"username": "ADA"}, "username_taken"),
    ],
)
def test_a_name_of_another_account_is_rejected(anyone, recorded, profile, code):
    anyone.post("/api/register", ADA)

    problem = anyone.post("/api/register", {**ADA, **profile}, expecting=409).json

    assert problem["error"] == code
    assert recorded() == ["user.created"]


@pytest.mark.parametrize(
    ("profile", "pointer", "rule"),
    [
        ({"username": "ab"}, "/username", "min_length"),
        ({"username": "a" * 33}, "/username", "max_length"),
        ({"username": "a b"}, "/username", "pattern"),
        ({"username": "ädä"}, "/username", "pattern"),
        ({"email": "ada"}, "/email", "format"),
        ({"email": "a@" + "b" * 250 + ".org"}, "/email", "format"),
        ({"password": "short"}, "/password", "password_too_short"),
        ({"password": "x" * 257}, "/password", "max_length"),
        ({"password": "Ada-ada-ada!"}, "/password", "password_blocklisted"),
        ({"roles": ["admin"]}, "/roles", "additional_properties"),
        ({"display_name": "Ada"}, "/display_name", "additional_properties"),
        ({"locale": "German"}, "/locale", "pattern"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_error_names_the_place_and_the_rule_but_not_the_value(
    anyone, recorded, profile, pointer, rule
):
    answer = anyone.post("/api/register", {**ADA, **profile}, expecting=422)

    found = [(error["pointer"], error["rule"]) for error in answer.json["errors"]]
    assert (pointer, rule) in found
    assert ADA["password"] not in answer.text
    assert recorded() == []


def test_all_missing_members_are_reported_at_once(anyone):
    problem = anyone.post("/api/register", {}, expecting=422).json

    assert {error["pointer"] for error in problem["errors"]} == {"/email", "/password"}


def test_R_08_registration_can_be_closed(build):
    client = build(REGISTRATION_ENABLED=False).test_client()

    answer = client.post("/api/register", json=ADA)

    assert (answer.status_code, answer.json["error"]) == (403, "registration_closed")


def test_N_04_registrations_are_limited_by_client_ip_address(build):
    client = build(LIMITS_ENABLED=True, LIMIT_REGISTER_PER_ADDRESS="1 per hour").test_client()

    statuses = [client.post("/api/register", json={}).status_code for _ in range(2)]

    assert statuses == [422, 429]


@pytest.mark.parametrize(
    ("given", "header", "locale"),
    [
        ({}, "de-AT, en;q=0.5", "de"),
        ({}, "is", None),
        ({}, None, None),
        ({"locale": None}, "fr", "fr"),
        ({"locale": "is"}, "de", "is"),
    ],
)
def test_the_locale_is_the_one_given_or_that_of_the_request(anyone, given, header, locale):
    headers = {"Accept-Language": header} if header else {}

    account = anyone.post("/api/register", {**ADA, **given}, headers=headers).json

    assert account["locale"] == locale
