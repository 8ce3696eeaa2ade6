"""How logging in and changing a password were abused once, and are not any more."""

import pytest

from tests.support import PASSWORD

TOGETHER = {"username": "Ada", "email": "somebody.else@example.org", "password": "wrong"}


@pytest.fixture
def client(build):
    return build(limits_enabled=True, limit_login_per_address="1000 per minute").test_client()


def outcomes(client, *bodies):
    return [client.post("/api/login", json=body).status_code for body in bodies]


@pytest.mark.parametrize("exists", [True, False])
def test_L_04_an_address_beside_the_username_does_not_change_who_is_counted(client, user, exists):
    if exists:
        user("Ada")
    alone = {"username": "ada", "password": "wrong"}

    assert outcomes(client, *[TOGETHER] * 5, alone) == [401] * 5 + [429]


def test_changing_the_password_has_a_limit_of_its_own(build, person):
    app = build(limits_enabled=True, limit_password_per_user="2 per day")
    ada = person("Ada")
    body = {"current_password": PASSWORD, "new_password": "short"}

    statuses = [
        app.test_client().post("/api/me/password", json=body, headers=ada.headers).status_code
        for _ in range(3)
    ]

    assert statuses == [422, 422, 429]


FORMS = {
    "the e-mail address as a username": [("username", "ada@example.org")] * 5
    + [("email", "ada@example.org")],
    "the username as an e-mail address": [("email", "ada")] * 5 + [("username", "ada")],
    "the username, then the e-mail address": [("username", "ada")] * 5
    + [("email", "ada@example.org")],
    "both": [("username", "ada")] * 3 + [("email", "ada")] * 3,
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_S_02_a_name_is_answered_alike_whether_its_account_exists_or_not(client, user, form):
    user("Ada")
    names = {"ada": "eve", "ada@example.org": "eve@example.org"}

    pairs = [
        [
            client.post("/api/login", json={member: name, "password": "wrong"})
            for name in (known, names[known])
        ]
        for member, known in form
    ]

    for known, unknown in pairs:
        assert known.status_code == unknown.status_code
        assert sorted(known.headers.keys()) == sorted(unknown.headers.keys())
    expected = 429 if form[0][1] == form[-1][1] else 401
    assert pairs[-1][0].status_code == expected


def test_S_02_two_names_of_one_account_give_no_more_attempts(client, user):
    user("Ada")
    outcomes(client, *[{"username": "ada", "password": "wrong"}] * 5)

    right = {"email": "ada@example.org", "password": PASSWORD}

    assert outcomes(client, right) == [401]


def test_S_03_the_owner_logs_in_while_another_network_guesses(client, user):
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
