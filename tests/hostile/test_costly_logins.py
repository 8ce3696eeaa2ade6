"""S-05: logins to accounts whose imported hash is costly do not disturb other logins."""

import threading
from contextlib import contextmanager

import pytest
from sqlalchemy import update

from api.core.database import db, transaction
from api.users.models import User
from tests.hostile.wire import Wire
from tests.support import PASSWORD

COSTLY = {
    "SHA-512-crypt": "$6$rounds=1000000$salt$" + "." * 86,
    "bcrypt": "$2b$14$" + "." * 53,
    "argon2": "$argon2id$v=19$m=131072,t=8,p=8$c29tZXNhbHRzb21lc2FsdA$" + "A" * 43,
}
ATTACKERS = 4
LOGINS = 10


def store_hash(service, person, password_hash):
    with service.local_service.app.app_context(), transaction():
        row = update(User).filter_by(username=person.username)
        db.session.execute(row.values(password_hash=password_hash))


@contextmanager
def attack(wires, names):
    """Send wrong passwords without pause, and return their statuses at the end."""
    ended, statuses = threading.Event(), []

    def send_guesses(wire, name):
        while not ended.is_set():
            statuses.append(wire.log_in(name, "a wrong password").status)

    attackers = [
        threading.Thread(target=send_guesses, args=pair) for pair in zip(wires, names, strict=True)
    ]
    for attacker in attackers:
        attacker.start()
    try:
        yield statuses
    finally:
        ended.set()
        for attacker in attackers:
            attacker.join()


@pytest.fixture(scope="module")
def unlimited(start_shared):
    return start_shared(limits_enabled=False, environment="development")


@pytest.mark.parametrize("name", COSTLY)
def test_S_05_other_logins_succeed_meanwhile(unlimited, name):
    victims = [unlimited.person(f"{name}-{number}") for number in range(ATTACKERS)]
    for victim in victims:
        store_hash(unlimited, victim, COSTLY[name])
    owner, wire = unlimited.person(f"{name}-owner"), Wire(unlimited.port)

    with attack([wire] * ATTACKERS, [person.username for person in victims]) as seen:
        answers = [wire.log_in(owner.username, PASSWORD).status for _ in range(LOGINS)]

    assert answers == [200] * LOGINS
    assert set(seen) <= {401, 503}
    assert 401 in seen
