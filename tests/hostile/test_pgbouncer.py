"""The service behind PgBouncer in transaction mode: each transaction may get another connection."""

from itertools import count

import pytest
from sqlalchemy import make_url

from tests.hostile.corpus import GOOD
from tests.hostile.wire import Wire, at_once
from tests.pgbouncer import pgbouncer
from tests.support import dispose

NDJSON = "Content-Type: application/x-ndjson"

numbers = count(1)


@pytest.fixture(scope="module")
def pooled_url(databases, database_url, place):
    with pgbouncer(place, database_url) as url:
        yield url


@pytest.fixture(scope="module")
def service(start_shared, databases, pooled_url):
    """A service with two workers that share three connections to the server."""
    name = make_url(databases.clone()).database
    url = make_url(pooled_url).set(database=name).render_as_string(hide_password=False)
    return start_shared(database_url=url, database_transaction_pooling=True, login_attempts=1000)


@pytest.fixture
def client(service):
    """Return a function that does all that a user does, and returns the statuses."""
    administrator = service.administrator
    root = Wire(service.port).as_person(administrator)
    people = [service.person(f"Ada{next(numbers)}") for _ in range(6)]
    dispose(service.local_service.app)

    def use_everything(person):
        anyone, wire = Wire(service.port), Wire(service.port).as_person(person)
        name = f"new{next(numbers)}"
        account = {"username": name, "email": f"{name}@example.org", "password": GOOD}
        login = {"username": person.username, "password": person.password}
        rows = f'{{"username":"i{name}","email":"i{name}@example.org"}}\n'.encode()
        return [
            anyone.post("/api/register", account).status,
            anyone.post("/api/login", login).status,
            anyone.post("/api/login", {**login, "password": "wrong"}).status,
            *(wire.get("/api/me").status for _ in range(8)),
            wire.patch("/api/me", {"display_name": name}).status,
            wire.get("/api/users").status,
            *(root.get(f"/api/users?q={name}").status for _ in range(8)),
            root.get("/api/audit-events").status,
            root.post("/api/users/import", rows, NDJSON).status,
            anyone.post("/api/refresh", {"refresh_token": person.refresh_token}).status,
            anyone.get("/health/ready").status,
        ]

    return lambda: at_once([lambda p=person: use_everything(p) for person in people])


EXPECTED = [201, 200, 401, *[200] * 8, 200, 403, *[200] * 8, 200, 200, 200, 200]


def test_every_kind_of_request_works_behind_pgbouncer_in_transaction_mode(service, client):
    for statuses in (*client(), *client()):
        assert statuses == EXPECTED

    assert '"crashed"' not in service.log()
