"""Limits on guessing passwords, over HTTP."""

import pytest

from tests.mails import read_mails
from tests.support import PASSWORD

TWO_NAMES = {"username": "Ada", "email": "other@example.org", "password": "wrong"}


@pytest.fixture
def client(build):
    return build(limits_enabled=True, limit_login_per_address="1000 per minute").test_client()


def log_in(client, *bodies):
    return [client.post("/api/login", json=body).status_code for body in bodies]


@pytest.mark.parametrize("exists", [True, False])
def test_L_04_an_email_beside_the_username_does_not_change_the_count(client, user, exists):
    if exists:
        user("Ada")
    username_only = {"username": "ada", "password": "wrong"}

    assert log_in(client, *[TWO_NAMES] * 5, username_only) == [401] * 5 + [429]


def test_changing_the_password_has_a_separate_limit(build, person):
    app = build(limits_enabled=True, limit_password_per_user="2 per day")
    ada = person("Ada")
    body = {"current_password": PASSWORD, "new_password": "short"}

    statuses = [
        app.test_client().post("/api/me/password", json=body, headers=ada.headers).status_code
        for _ in range(3)
    ]

    assert statuses == [422, 422, 429]


SEQUENCES = {
    "the e-mail address as a username": [("username", "ada@example.org")] * 5
    + [("email", "ada@example.org")],
    "the username as an e-mail address": [("email", "ada")] * 5 + [("username", "ada")],
    "the username, then the e-mail address": [("username", "ada")] * 5
    + [("email", "ada@example.org")],
    "both": [("username", "ada")] * 3 + [("email", "ada")] * 3,
}


@pytest.mark.parametrize("sequence", SEQUENCES.values(), ids=SEQUENCES)
def test_S_02_the_responses_do_not_reveal_whether_the_account_exists(client, user, sequence):
    user("Ada")
    names = {"ada": "eve", "ada@example.org": "eve@example.org"}

    pairs = [
        [
            client.post("/api/login", json={member: name, "password": "wrong"})
            for name in (known, names[known])
        ]
        for member, known in sequence
    ]

    for known, unknown in pairs:
        assert known.status_code == unknown.status_code
        assert sorted(known.headers.keys()) == sorted(unknown.headers.keys())
    expected = 429 if sequence[0][1] == sequence[-1][1] else 401
    assert pairs[-1][0].status_code == expected


def test_S_02_two_names_of_one_account_do_not_double_the_attempts(client, user):
    user("Ada")
    log_in(client, *[{"username": "ada", "password": "wrong"}] * 5)

    correct = {"email": "ada@example.org", "password": PASSWORD}

    assert log_in(client, correct) == [401]


def test_L_06_a_reset_of_the_password_ends_the_pause_at_once(client, user):
    user("Ada")
    guess = {"username": "ada", "password": "wrong"}
    assert log_in(client, *[guess] * 6) == [401] * 5 + [429]
    new = {"username": "ada", "password": "the analytical engine weaves"}

    client.post("/api/password/forgot", json={"email": "ada@example.org"})
    [mail] = read_mails(client.application, "reset_password")
    reset = {"token": mail.token, "new_password": new["password"]}
    assert client.post("/api/password/reset", json=reset).status_code < 300

    assert log_in(client, new) == [200]


def test_S_03_a_user_can_log_in_while_another_network_guesses(client, user):
    user("Ada")
    guess = {"username": "ada", "password": "wrong"}
    attacker = {"REMOTE_ADDR": "192.0.2.1"}
    guesses = [
        client.post("/api/login", json=guess, environ_overrides=attacker).status_code
        for _ in range(50)
    ]

    owner = client.post(
        "/api/login",
        json={"username": "ada", "password": PASSWORD},
        environ_overrides={"REMOTE_ADDR": "198.51.100.1"},
    )

    assert guesses == [401] * 5 + [429] * 45
    assert owner.status_code == 200
