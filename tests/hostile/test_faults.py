"""The database rejects connections or does not reply: 503 in two seconds, then recovery (F-01)."""

from functools import partial
from itertools import count
from time import monotonic

import pytest
from sqlalchemy import make_url

from tests.hostile.cable import Cable
from tests.hostile.corpus import GOOD
from tests.hostile.wire import REQUESTS_FOR_ALL_WORKERS, Wire, at_once
from tests.support import dispose

MAX_RESPONSE_SECONDS = 2.0
MARGIN_SECONDS = 1.5  # for a machine that is busy with the rest of the suite
RECOVERY_SECONDS = 3.0

numbers = count(1)


@pytest.fixture(scope="module")
def cable(database_url):
    address = make_url(database_url)
    if not address.host:
        pytest.skip("SQLite has no connection to cut")
    cable = Cable(address.host, address.port or 5432)
    yield cable
    cable.cut()


@pytest.fixture(scope="module")
def service(start_shared, cable, databases):
    """A service that reaches its database through the cable."""
    url = make_url(databases.clone()).set(host="127.0.0.1", port=cable.port)
    return start_shared(
        database_url=url.render_as_string(hide_password=False),
        login_attempts=1000,
    )


@pytest.fixture
def acts(service):
    """Return each kind of request that uses the database, with the status it normally has."""
    dispose(service.local_service.app)  # its connections, which an earlier fault has ended
    name = f"late{next(numbers)}"
    person, administrator = service.person(f"Ada{name}"), service.administrator
    wire, root = Wire(service.port).as_person(person), Wire(service.port).as_person(administrator)
    guess = {"username": "unknown", "password": "wrong"}
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


def require_unavailable(acts, times):
    """Send every kind of request at the same time, each several times, and require 503."""
    attempts = [partial(timed, act, *arguments) for act, arguments, _ in acts.values()] * times
    for answer, seconds in at_once(attempts):
        assert (answer.status, answer.error) == (503, "database_unavailable"), answer.asked
        assert int(answer.headers["Retry-After"]) >= 1
        assert seconds < MAX_RESPONSE_SECONDS + MARGIN_SECONDS, answer.asked


def require_recovery(acts):
    """Send every kind of request, and reads to all workers; each may get 503 until it recovers."""
    deadline = monotonic() + RECOVERY_SECONDS
    for name, (act, arguments, expected) in acts.items():
        attempts = [partial(act, *arguments)] * (REQUESTS_FOR_ALL_WORKERS if name == "read" else 1)
        statuses = {answer.status for answer in at_once(attempts)}
        while 503 in statuses and monotonic() < deadline:
            statuses = {answer.status for answer in at_once(attempts)}
        assert statuses == {expected}, name


class TestDatabaseFaults:
    def test_F_01_rejected_connections_give_503_until_the_database_returns(
        self, service, cable, acts
    ):
        wire = Wire(service.port)
        cable.cut()
        require_unavailable(acts, times=2)
        assert wire.get("/health/live").status == 200
        assert wire.get("/health/ready").status == 503
        cable.mend()
        require_recovery(acts)
        assert wire.get("/health/ready").status == 200

    def test_F_01_a_silent_database_gives_503_within_two_seconds(self, service, cable, acts):
        wire = Wire(service.port)
        assert wire.get("/health/ready").status == 200
        cable.mute()
        require_unavailable(acts, times=2)
        assert wire.get("/health/live").status == 200
        cable.mend()
        require_recovery(acts)

    def test_F_01_clients_do_not_notice_dead_pooled_connections(self, service, cable, acts):
        cable.cut()
        cable.mend()
        require_recovery(acts)  # also from the fault of another test: each worker can connect
        cable.cut()
        cable.mend()
        me = acts["read"][0]
        assert {me("/api/me").status for _ in range(20)} == {200}
