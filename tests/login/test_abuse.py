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
