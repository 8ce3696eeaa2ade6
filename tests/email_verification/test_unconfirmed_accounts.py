"""An account that nobody has confirmed gives way to a person who reads the mails to its address."""

from dataclasses import replace
from uuid import UUID

import pytest

from tests.support import LocalService, anonymous

PASSWORD = "correct horse battery"
VICTIM = "grace@example.org"


@pytest.fixture
def send_token(required, mails):
    """Return a function that sends the token of the newest mail of a kind."""

    def send(path, name, **members):
        token = [token for kind, _, token in mails() if kind == name][-1]
        return required.client.post(path, json={"token": token, **members})

    return send


@pytest.fixture
def root(required):
    return required.person("Root", role="admin")


@pytest.fixture
def ada(required):
    return required.person("Ada")


@pytest.fixture
def find(root):
    """Return a function that lists the usernames of the accounts with an address."""

    def read(email):
        found = root.get(f"/api/users?q={email}").json["items"]
        return [account["username"] for account in found if account["email"] == email]

    return read


def change_address(person, send_token, email):
    person.post("/api/me/email", {"email": email}, expecting=202)
    return send_token("/api/email/change/confirm", "email_change_requested")


def test_R06_a_confirmed_change_of_the_address(ada, register, send_token, find, recorded):
    register("mallory", email=VICTIM)

    assert change_address(ada, send_token, VICTIM).status_code == 204

    assert find(VICTIM) == ["Ada"]
    assert recorded().count("user.deleted") == 1


def test_R06_a_registration_after_the_request(ada, register, mails, required, find):
    ada.post("/api/me/email", {"email": VICTIM}, expecting=202)
    [token] = [token for name, _, token in mails() if name == "email_change_requested"]
    register("mallory", email=VICTIM)

    confirmed = required.client.post("/api/email/change/confirm", json={"token": token})

    assert (confirmed.status_code, find(VICTIM)) == (204, ["Ada"])


def test_R06_a_cancelled_change_of_the_address(ada, register, send_token, find):
    change_address(ada, send_token, VICTIM)
    register("mallory", email="ada@example.org")

    cancelled = send_token("/api/email/change/cancel", "email_changed")

    assert (cancelled.status_code, find("ada@example.org")) == (204, ["Ada"])


def test_R06_a_cancelled_change_of_a_deleted_account(ada, register, send_token, find):
    change_address(ada, send_token, VICTIM)
    ada = LocalService(ada.client.application).logged_in(replace(ada, id=UUID(ada.id)))
    ada.ask("DELETE", "/api/me", expecting=204)
    register("mallory", email=VICTIM)
    register("alan", email="ada@example.org")

    cancelled = send_token("/api/email/change/cancel", "email_changed")

    assert (cancelled.status_code, find("ada@example.org")) == (204, ["Ada"])


def test_R06_a_restored_account(ada, register, send_token, find):
    ada.ask("DELETE", "/api/me", expecting=204)
    register("mallory", email="ada@example.org")

    restored = send_token("/api/account/restore", "deletion_scheduled")

    assert (restored.status_code, find("ada@example.org")) == (204, ["Ada"])


@pytest.mark.parametrize("is_first", [True, False])
def test_R06_an_accepted_invitation(root, register, send_token, find, is_first):
    if is_first:
        register("mallory", email=VICTIM)
    root.post("/api/invitations", {"email": VICTIM}, expecting=201)
    if not is_first:
        register("mallory", email=VICTIM)

    members = {"username": "grace", "password": PASSWORD}
    accepted = send_token("/api/invitations/accept", "invitation", **members)

    assert (accepted.status_code, find(VICTIM)) == (201, ["grace"])


def test_R06_the_link_of_the_deleted_account_does_not_work(ada, register, send_token):
    register("mallory", email=VICTIM)
    change_address(ada, send_token, VICTIM)

    assert send_token("/api/email/verify", "verify_email").status_code == 400


def test_R04_a_confirmed_account_stays(ada, register, send_token, find):
    ada.post("/api/me/email", {"email": VICTIM}, expecting=202)
    register("grace")
    send_token("/api/email/verify", "verify_email")

    confirmed = send_token("/api/email/change/confirm", "email_change_requested")

    assert (confirmed.status_code, find(VICTIM)) == (409, ["grace"])


def test_R04_an_account_to_which_an_administrator_gave_the_address_stays(
    required, root, ada, send_token, find
):
    ada.post("/api/me/email", {"email": VICTIM}, expecting=202)
    alan = required.save("Alan")
    root.patch(f"/api/users/{alan.id}", {"email": VICTIM})

    confirmed = send_token("/api/email/change/confirm", "email_change_requested")

    assert (confirmed.status_code, find(VICTIM)) == (409, ["Alan"])


def test_R04_it_does_not_give_way_to_a_registration_or_an_administrator(register, root, ada, find):
    register("mallory", email=VICTIM)

    register("alan", email=VICTIM)
    root.patch(f"/api/users/{ada.id}", {"email": VICTIM}, expecting=409)

    assert find(VICTIM) == [None]
    anonymous(ada.client).post("/api/login", {"email": VICTIM, "password": PASSWORD}, expecting=401)
