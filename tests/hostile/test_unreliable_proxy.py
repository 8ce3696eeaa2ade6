"""A proxy that sends a tenth of the requests twice, and loses a tenth of the responses: F-13."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from secrets import token_hex

import pytest
from sqlalchemy import func, select

from api.core.database import db
from api.users.models import User
from tests.hostile.corpus import GOOD
from tests.hostile.wire import Answer, at_once, retry_while_busy
from tests.mails import read_mails

REQUESTS = 40
TENTH = 10


@dataclass
class UnreliableProxy:
    """Passes on what a client sends. A client whose response is lost sends the request again."""

    numbers: count = field(default_factory=count)

    def send(self, request: Callable[[], Answer]) -> Answer:
        number = next(self.numbers) % TENTH
        if number == 0:
            return at_once([request, request])[0]
        if number == 1:
            request()  # whose response is lost
        return request()


@pytest.fixture
def proxy() -> UnreliableProxy:
    return UnreliableProxy()


def count_users(service, prefix: str) -> int:
    matching = select(func.count()).where(User.username_key.startswith(prefix))
    with service.local_service.app.app_context():
        return db.session.scalar(matching.select_from(User))


def make_account(prefix: str, number: int) -> dict[str, str]:
    name = f"{prefix}{number}"
    return {"username": name, "email": f"{name}@example.org", "password": GOOD}


def test_F_13_each_key_has_one_effect(service, root, proxy):
    prefix = f"f13{token_hex(3)}"
    for number in range(REQUESTS):
        account = make_account(prefix, number)
        key = f'Idempotency-Key: "{account["username"]}"'
        answer = proxy.send(
            lambda account=account, key=key: retry_while_busy(
                lambda: root.post("/api/users", account, key)
            )
        )
        assert answer.status == 201 or answer.error == "idempotency_key_in_use", answer.body

    assert count_users(service, prefix) == REQUESTS


def test_F_13_a_registration_without_a_key_makes_one_account(service, wire, proxy):
    prefix = f"f13{token_hex(3)}"
    for number in range(REQUESTS):
        account = make_account(prefix, number)
        answer = proxy.send(
            lambda account=account: retry_while_busy(lambda: wire.post("/api/register", account))
        )
        assert answer.status == 201 or answer.error == "username_taken", answer.body

    assert count_users(service, prefix) == REQUESTS


def test_F_13_a_repeated_refresh_keeps_the_session(wire, make_person, proxy):
    token = make_person().refresh_token
    for _ in range(REQUESTS):
        body = {"refresh_token": token}
        answer = proxy.send(lambda body=body: wire.post("/api/refresh", body))
        assert answer.status == 200, answer.body
        token = answer.json["refresh_token"]


def test_F_13_a_reset_that_arrives_twice_sets_the_password_once(service, wire, make_person):
    ada = make_person()
    email = f"{ada.username}@example.org".lower()
    wire.post("/api/password/forgot", {"email": email})
    [mail] = [
        mail
        for mail in read_mails(service.local_service.app, "reset_password")
        if mail.to.lower() == email
    ]
    body = {"token": mail.token, "new_password": "the analytical engine weaves"}

    answers = at_once([lambda: wire.post("/api/password/reset", body)] * 2)

    assert sorted(answer.status for answer in answers) == [204, 400]
    assert wire.log_in(ada.username, "the analytical engine weaves").status == 200
