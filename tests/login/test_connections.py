"""S-04: no hash is computed while a database connection is in use."""

import pytest

from api.core.database import db, engine_for_reads
from api.passwords.hashing import EXTENSION, PasswordHashing
from tests.support import PASSWORD

NEW_PASSWORD = "the analytical engine weaves"
EVE = {"username": "Eve", "email": "eve@example.org", "password": PASSWORD}
KEY = {"Idempotency-Key": "8e03978e"}

OPERATIONS = {
    "register": lambda _, anyone: anyone.post("/api/register", EVE, headers=KEY),
    "create_user": lambda root, _: root.post(
        "/api/users", {**EVE, "roles": ["admin"]}, headers=KEY
    ),
    "log_in": lambda root, anyone: anyone.post(
        "/api/login", {"username": root.username, "password": PASSWORD}, expecting=200
    ),
    "change_my_password": lambda root, _: root.post(
        "/api/me/password",
        {"current_password": PASSWORD, "new_password": NEW_PASSWORD},
        expecting=200,
    ),
    "reauthenticate": lambda root, _: root.post(
        "/api/me/reauthenticate", {"password": PASSWORD}, expecting=204
    ),
}


class WatchedHashing(PasswordHashing):
    """Counts the connections that are checked out when a hash starts."""

    def __init__(self, **cost):
        super().__init__(**cost)
        self.connections = []

    def hash_password(self, password):
        self.watch()
        return super().hash_password(password)

    def verify(self, stored, password):
        self.watch()
        return super().verify(stored, password)

    def watch(self):
        engines = [db.engine, engine_for_reads()]
        self.connections.append(sum(engine.pool.checkedout() for engine in engines))


@pytest.fixture(params=[1, 2], ids=["same cost", "higher cost"])
def watched_hashing(request, app, monkeypatch):
    hashing = WatchedHashing(memory_kib=8, time_cost=request.param)
    monkeypatch.setitem(app.extensions, EXTENSION, hashing)
    return hashing


@pytest.mark.parametrize("call", OPERATIONS.values(), ids=OPERATIONS)
def test_S_04_no_connection_is_in_use_during_a_hash(administrator, anyone, watched_hashing, call):
    call(administrator, anyone)

    assert watched_hashing.connections
    assert set(watched_hashing.connections) == {0}


def test_S_04_a_repeated_request_computes_no_hash(anyone, watched_hashing):
    first = anyone.post("/api/register", EVE, headers=KEY)
    hashes = len(watched_hashing.connections)

    again = anyone.post("/api/register", EVE, headers=KEY)

    assert again.json == first.json
    assert len(watched_hashing.connections) == hashes
