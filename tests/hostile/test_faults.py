"""The database is away: refused, or mute. 503 in two seconds, and back by itself."""

from functools import partial
from itertools import count
from time import monotonic

import pytest
from sqlalchemy import make_url

from tests.hostile.cable import Cable
from tests.hostile.corpus import GOOD
from tests.hostile.wire import Wire, at_once

PATIENCE = 2.0  # seconds until a client is told
MARGIN = 1.5  # for a machine that is busy with the rest of the suite
RECOVERY = 3.0

numbers = count(1)


@pytest.fixture(scope="module")
def cable(database_url):
    address = make_url(database_url)
    if not address.host:
        pytest.skip("SQLite is never away")
    cable = Cable(address.host, address.port or 5432)
    yield cable
    cable.cut()


@pytest.fixture(scope="module")
def service(another, cable, databases):
    """A service whose database is at the other end of the cable."""
    url = make_url(databases.clone()).set(host="127.0.0.1", port=cable.port)
    return another(
        database_url=url.render_as_string(hide_password=False),
        login_attempts=1000,
    )


@pytest.fixture
def acts(service):
    """Every kind of request that takes the database, with the status it has in good times."""
    name = f"late{next(numbers)}"
    person, administrator = service.person(f"Ada{name}"), service.administrator
    wire, root = Wire(service.port).of(person), Wire(service.port).of(administrator)
    guess = {"username": "nobody", "password": "wrong"}
    account = {"username": name, "email": f"{name}@example.org", "password": GOOD}
    return {
        "read": (wire.get, ("/api/me",), 200),
        "list": (root.get, ("/api/users",), 200),
        "write": (wire.patch, ("/api/me", {"display_name": "Ada"}), 200),
        "login": (Wire(service.port).post, ("/api/login", guess), 401),
        "registration": (Wire(service.port).post, ("/api/register", account), 201),
    }


def timed(act, *arguments):
    began = monotonic()
    answer = act(*arguments)
    return answer, monotonic() - began


def held_to_the_fault(acts, times):
    """Do everything at the same moment, several times over."""
    attempts = [partial(timed, act, *arguments) for act, arguments, _ in acts.values()] * times
    for answer, seconds in at_once(attempts):
        assert (answer.status, answer.error) == (503, "database_unavailable"), answer.asked
        assert int(answer.headers["Retry-After"]) >= 1
        assert seconds < PATIENCE + MARGIN, answer.asked


def held_to_good_times(acts):
    """Do everything; each may be told to come back while the service recovers."""
    deadline = monotonic() + RECOVERY
    for name, (act, arguments, expected) in acts.items():
        answer = act(*arguments)
        while answer.status == 503 and monotonic() < deadline:
            answer = act(*arguments)
        assert answer.status == expected, name


class TestTheDatabase:
    def test_F_01_refusing_is_told_at_once_and_comes_back_by_itself(self, service, cable, acts):
        wire = Wire(service.port)
        cable.cut()
        held_to_the_fault(acts, times=2)
        assert wire.get("/health/live").status == 200
        assert wire.get("/health/ready").status == 503
        cable.mend()
        held_to_good_times(acts)
        assert wire.get("/health/ready").status == 200

    def test_F_01_mute_is_told_in_two_seconds_and_comes_back_by_itself(self, service, cable, acts):
        wire = Wire(service.port)
        assert wire.get("/health/ready").status == 200
        cable.mute()
        held_to_the_fault(acts, times=2)
        assert wire.get("/health/live").status == 200
        cable.mend()
        held_to_good_times(acts)

    def test_F_01_connections_that_died_in_the_pool_are_not_noticed(self, service, cable, acts):
        for act, arguments, expected in acts.values():
            assert act(*arguments).status == expected
        cable.cut()
        cable.mend()
        me = acts["read"][0]
        assert {me("/api/me").status for _ in range(20)} == {200}
