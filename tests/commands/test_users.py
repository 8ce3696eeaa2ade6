"""`rollbook users`: creating users, and their passwords."""

import json
from uuid import UUID

import pytest

from tests.commands.conftest import last_line
from tests.support import PASSWORD

NEW_PASSWORD = "a nanosecond is a foot of wire"
CREATE_ADA = ("users", "create", "Ada", "ada@example.org")


def test_case_N_03_create_reads_the_password_from_standard_input_and_prints_the_id(
    rollbook, anyone, recorded
):
    done = rollbook(*CREATE_ADA, stdin=f"{NEW_PASSWORD}\n")

    assert done.exit_code == 0, done.output
    assert NEW_PASSWORD not in done.output
    assert UUID(last_line(done))
    assert done.stderr == "Created the user Ada.\n"
    anyone.post("/api/login", {"username": "ada", "password": NEW_PASSWORD}, expecting=200)
    assert recorded()[0] == "user.created"


def test_create_asks_twice_for_the_password_at_a_terminal(rollbook, anyone, monkeypatch):
    monkeypatch.setattr("api.commands.user_passwords._is_terminal", lambda: True)

    done = rollbook(*CREATE_ADA, stdin=f"{NEW_PASSWORD}\n{NEW_PASSWORD}\n")

    assert done.exit_code == 0, done.output
    assert NEW_PASSWORD not in done.output
    anyone.post("/api/login", {"username": "ada", "password": NEW_PASSWORD}, expecting=200)


def test_create_assigns_the_role_that_is_named(rollbook):
    arguments = ("--role", "admin", "--display-name", "Ada Lovelace")

    rollbook(*CREATE_ADA, *arguments, stdin=NEW_PASSWORD)

    (ada,) = json.loads(rollbook("users", "list", "--json").output)
    assert (ada["roles"], ada["display_name"]) == (["admin", "user"], "Ada Lovelace")


def test_create_rejects_a_role_that_does_not_exist(rollbook, recorded):
    done = rollbook(*CREATE_ADA, "--role", "nope", stdin=NEW_PASSWORD)

    assert done.exit_code == 1
    assert "roles/0 is not a role" in done.output
    assert recorded() == []


@pytest.mark.parametrize(
    ("username", "email", "password", "message"),
    [
        ("a", "ada@example.org", NEW_PASSWORD, "username must have 3 to 32 letters"),
        ("ada", "ada", NEW_PASSWORD, "email must be a valid email"),
        ("ada", "ada@example.org", "short", "password must have 8 characters or more"),
        ("grace", "ada@example.org", NEW_PASSWORD, "username"),
    ],
)
def test_create_applies_the_rules_of_the_api(rollbook, user, username, email, password, message):
    user("Grace")

    done = rollbook("users", "create", username, email, stdin=password)

    assert done.exit_code == 1
    assert message in done.output
    assert "Traceback" not in done.output
    assert password not in done.output


def test_case_N_03_set_password_ends_every_session_and_says_so(rollbook, person, anyone):
    ada = person("Ada")

    done = rollbook("users", "set-password", "ada", stdin=NEW_PASSWORD)

    assert done.exit_code == 0, done.output
    assert last_line(done) == "Set the password of Ada; their sessions have ended."
    ada.get("/api/me", expecting=401)
    anyone.post("/api/login", {"username": "ada", "password": PASSWORD}, expecting=401)
    anyone.post("/api/login", {"username": "ada", "password": NEW_PASSWORD}, expecting=200)


def test_case_N_11_a_temporary_password_is_generated(rollbook, user, anyone):
    user("Ada")

    done = rollbook("users", "set-password", "ada", "--generate")

    credentials = {"username": "ada", "password": last_line(done)}
    assert done.stderr == "Set the temporary password of Ada; their sessions have ended.\n"
    anyone.post("/api/login", credentials, expecting=200)
    (ada,) = json.loads(rollbook("users", "list", "--json").output)
    assert ada["must_change_password"]


@pytest.mark.parametrize(("options", "expected"), [((), False), (("--temporary",), True)])
def test_case_N_11_a_typed_password_is_temporary_if_asked(rollbook, user, options, expected):
    user("Ada")

    rollbook("users", "set-password", "ada", *options, stdin=NEW_PASSWORD)

    (ada,) = json.loads(rollbook("users", "list", "--json").output)
    assert ada["must_change_password"] is expected


def test_case_N_11_a_user_without_a_password_is_created(rollbook):
    assert rollbook(*CREATE_ADA, "--no-password").exit_code == 0

    (ada,) = json.loads(rollbook("users", "list", "--json").output)
    assert not ada["has_password"]


def test_case_N_11_failed_logins_are_shown_and_forgotten(rollbook, user, build):
    user("Ada")
    with build(LIMITS_ENABLED=True).app_context() as context:
        client = context.app.test_client()
        client.post("/api/login", json={"username": "ada", "password": "not the right one"})

    shown = json.loads(rollbook("users", "login-attempts", "ada", "--json").output)
    done = rollbook("users", "login-attempts", "ada", "--clear")

    assert shown["attempts"] == 1
    assert last_line(done) == "Forgot the failed logins of Ada."
    assert "attempts           0\n" in rollbook("users", "login-attempts", "ada").output


@pytest.mark.parametrize("arguments", [("create", "Ada", "a@example.org"), ("set-password", "g")])
@pytest.mark.parametrize(
    ("password", "message"),
    [
        (b"correct horse \xff battery", "password is not UTF-8"),
        (b"correct horse\tbattery", "password has characters or a form that are not allowed"),
    ],
)
def test_a_password_that_login_would_reject_is_rejected(
    rollbook, user, arguments, password, message
):
    user("g")

    done = rollbook("users", *arguments, stdin=password)

    assert (done.exit_code, done.output) == (1, f"rollbook: {message}\n")


def test_bytes_that_a_locale_keeps_as_surrogates_are_rejected(rollbook, user, monkeypatch):
    monkeypatch.setattr(
        "api.commands.user_passwords._read_password", lambda **_: "correct horse \udcff battery"
    )
    user("Ada")

    done = rollbook("users", "set-password", "ada")

    assert (done.exit_code, done.output) == (1, "rollbook: password is not UTF-8\n")


def test_an_account_may_change_while_the_password_is_typed(rollbook, person, monkeypatch):
    ada = person("Ada")
    change = {"current_password": PASSWORD, "new_password": f"{NEW_PASSWORD} or so"}

    def type_password(**_):
        ada.post("/api/me/password", change, expecting=200)
        return NEW_PASSWORD

    monkeypatch.setattr("api.commands.user_passwords._read_password", type_password)
    done = rollbook("users", "set-password", "ada")

    assert done.exit_code == 0, done.output
    ada.post("/api/login", {"username": "ada", "password": NEW_PASSWORD}, expecting=200)


def test_set_password_rejects_an_unknown_user(rollbook):
    done = rollbook("users", "set-password", "unknown", stdin=NEW_PASSWORD)

    assert done.exit_code == 1
    assert "Traceback" not in done.output
