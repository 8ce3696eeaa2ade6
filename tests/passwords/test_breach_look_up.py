"""Asking a service for ranges of digests whether a password is known from a breach."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from sqlalchemy import event

from api.core.database import db
from api.core.engines import find_read_engine
from api.core.errors import InvalidRequest
from api.passwords import breaches
from api.passwords import service as passwords
from api.passwords.digest_lists import compute_digest
from api.passwords.errors import PasswordCheckUnavailable
from tests.support import PASSWORD, LocalService, anonymous

BREACHED, PADDED, UNKNOWN = "a breached engine", "a padded engine", "an unknown engine"


class Ranges(ThreadingHTTPServer):
    """A service as operators would run one; ``respond`` replaces what it answers."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = []
        self.respond = self.list_range
        self.on_request = lambda: None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/range"

    @staticmethod
    def list_range(digits):
        digests = {compute_digest(BREACHED).hex().upper(): 42}
        digests[compute_digest(PADDED).hex().upper()] = 0
        found = [f"{it[5:]}:{n}" for it, n in digests.items() if it.startswith(digits)]
        return 200, "\r\n".join(["0" * 35 + ":0", *found]).encode(), {}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append((self.path, self.headers["Add-Padding"]))
        self.server.on_request()
        status, body, headers = self.server.respond(self.path.rpartition("/")[2])
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def ranges():
    with Ranges() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def make(build, ranges):
    """Build an app that asks the service."""
    return lambda failure="open", **further: build(
        password_breach_url=ranges.url, password_breach_failure=failure, **further
    )


def check(app, password):
    with app.app_context():
        passwords.check_policy(password, context=())


def test_P_05_a_breached_password_is_rejected(make):
    with pytest.raises(InvalidRequest) as raised:
        check(make(), BREACHED)

    assert [error.rule for error in raised.value.members["errors"]] == ["password_blocklisted"]


@pytest.mark.parametrize("password", [UNKNOWN, PADDED])
def test_another_password_is_accepted(make, ranges, password):
    check(make("closed"), password)

    assert len(ranges.requests) == 1


def test_P_08_only_five_digits_are_sent_and_padding_is_requested(make, ranges):
    check(make(), UNKNOWN)

    digits = compute_digest(UNKNOWN).hex().upper()[:5]
    assert ranges.requests == [(f"/range/{digits}", "true")]


def test_no_proxy_of_the_environment_is_used(make, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    check(make("closed"), UNKNOWN)


FAILURES = {
    "an error": (500, b"", {}),
    "a redirect": (302, b"", {"Location": "/elsewhere"}),
    "no text": (200, b"\xff", {}),
    "too much": (200, b"0" * (breaches.MAX_RESPONSE_BYTES + 1), {}),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_accepts_or_rejects_as_it_is_set(make, ranges, failure):
    ranges.respond = lambda _: FAILURES[failure]

    check(make("open"), UNKNOWN)
    with pytest.raises(PasswordCheckUnavailable):
        check(make("closed"), UNKNOWN)
    assert len(ranges.requests) == 2  # and none to where it was redirected


def test_a_service_that_does_not_listen_is_a_failure(build):
    with pytest.raises(PasswordCheckUnavailable):
        check(
            build(password_breach_url="http://127.0.0.1:9", password_breach_failure="closed"),
            UNKNOWN,
        )


def test_the_lists_are_searched_first(make, ranges):
    with pytest.raises(InvalidRequest):
        check(make(password_blocklist=True), "iloveyou")

    assert ranges.requests == []


@pytest.mark.parametrize("failure", ["open", "closed"])
def test_health_shows_what_a_failure_does(make, failure):
    ready = make(failure).test_client().get("/health/ready").json

    assert ready["breach_look_up"] == f"fails_{failure}"


def test_health_shows_that_nothing_is_asked(client):
    assert client.get("/health/ready").json["breach_look_up"] == "off"


class TestConnections:
    """No connection of the database is in use while the service is asked."""

    @pytest.fixture
    def app_that_asks(self, make, ranges):
        app = make("closed")
        in_use = []

        def count(step):
            return lambda *_: in_use.append(step)

        with app.app_context():
            engines = {db.engine, find_read_engine(db.engine)} - {None}
        for engine in engines:
            event.listen(engine, "checkout", count(1))
            event.listen(engine, "checkin", count(-1))
        ranges.in_use = []
        ranges.on_request = lambda: ranges.in_use.append(sum(in_use))
        return app

    def test_in_a_registration(self, app_that_asks, ranges):
        body = {"username": "Ada", "email": "ada@example.org", "password": UNKNOWN}
        anonymous(app_that_asks.test_client()).post("/api/register", body)

        assert ranges.in_use == [0]

    def test_in_a_change_and_in_that_of_an_administrator(self, app_that_asks, ranges):
        service = LocalService(app_that_asks)
        ada, root = service.person("Ada"), service.person("Root", role="admin")

        root.put(f"/api/users/{ada.id}/password", {"password": UNKNOWN})
        ada = service.person("Grace")
        body = {"current_password": PASSWORD, "new_password": UNKNOWN}
        ada.post("/api/me/password", body, expecting=200)

        assert ranges.in_use == [0, 0]
