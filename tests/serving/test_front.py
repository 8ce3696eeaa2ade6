"""The front, over an application of a few lines and a granian of a few more."""

import asyncio
import gc
from functools import partial
from threading import Barrier, Event, get_ident
from types import SimpleNamespace

import orjson
import pytest

from api.serving import front
from api.serving.bodies import DISCARDED, Bodies
from api.serving.environ import KEYS, MOST_KEYS, environ_of
from api.serving.front import Bridge
from api.web import problems
from api.web.request_guard import RequestGuard, Rules

EDGE = partial(
    RequestGuard, rules=Rules(frozenset({"a"})), problem=partial(problems.render, base_url="")
)


class Headers(list):
    def items(self):
        return self


def scope(method="POST", path="/", query="", *lines, authority=None, client="192.0.2.1:5000"):
    return SimpleNamespace(
        method=method,
        path=path,
        query_string=query,
        http_version="1.1",
        client=client,
        authority=authority,
        headers=Headers([("host", "a"), *lines]),
    )


class Proto:
    """Hands out the body as granian does, and keeps the answer."""

    def __init__(self, *chunks):
        self.chunks = iter(chunks)
        self.answers = []
        self.read = 0

    def __aiter__(self):
        return self

    async def __anext__(self):
        try:
            chunk = next(self.chunks)
        except StopIteration:
            raise StopAsyncIteration from None
        if chunk is None:  # silence
            await asyncio.Event().wait()
        self.read += 1
        return chunk

    def response_bytes(self, status, headers, body):
        self.answers.append((status, dict(headers), body))

    @property
    def status(self):
        return self.answers[0][0]

    @property
    def headers(self):
        return self.answers[0][1]

    @property
    def error(self):
        return orjson.loads(self.answers[0][2])["error"]


def echo(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("X-Length", environ.get("CONTENT_LENGTH", ""))])
    return [body]


def serve(bridge, *exchanges):
    async def all_at_once():
        await asyncio.wait_for(asyncio.gather(*(bridge(*each) for each in exchanges)), 10)

    asyncio.run(all_at_once())


def sent(*chunks, lines=(), app=echo, **options):
    """Send one request with this body, and return what was answered."""
    proto = Proto(*chunks)
    serve(Bridge(EDGE(app), threads=1, **options), (scope("POST", "/", "", *lines), proto))
    return proto


def length(count):
    return ("content-length", str(count))


CHUNKED = ("transfer-encoding", "chunked")


def test_a_body_of_known_length_arrives_whole():
    answer = sent(b"hel", b"lo", lines=[length(5)])

    assert answer.answers == [(200, answer.headers, b"hello")]
    assert answer.headers["X-Length"] == "5"
    assert answer.headers["Server"] == "rollbook"
    assert "Connection" not in answer.headers


def test_a_chunked_body_arrives_whole_and_gets_its_length():
    answer = sent(b"hel", b"lo", b"", lines=[CHUNKED])

    assert (answer.answers[0][2], answer.headers["X-Length"]) == (b"hello", "5")


def test_a_request_without_a_body_is_not_read():
    answer = sent(None)

    assert (answer.status, answer.read) == (200, 0)


@pytest.mark.parametrize("lines", [[CHUNKED], [length(10)]])
def test_a_body_that_breaks_off_is_refused(lines):
    answer = sent(b'{"a":1}', b"", b"", lines=lines)

    assert (answer.status, answer.error) == (400, "bad_request")
    assert answer.headers["Connection"] == "close"


@pytest.mark.parametrize("lines", [[CHUNKED], [length(101)]])
def test_a_body_over_the_cap_is_refused_once_it_is_over(lines):
    answer = sent(b"a" * 60, b"a" * 41, b"", lines=lines, bodies=Bodies(100))

    assert (answer.status, answer.error) == (413, "payload_too_large")
    assert "Connection" not in answer.headers


def test_a_body_without_end_is_left_in_the_middle():
    endless = (b"a" * 2**20 for _ in range(100))
    answer = sent(*endless, lines=[CHUNKED])

    assert answer.status == 413
    assert answer.headers["Connection"] == "close"
    assert answer.read == DISCARDED // 2**20 + 1


def test_whoever_asks_first_is_told_at_once():
    for rejected, lines in {
        413: [length(10**9), ("expect", "100-continue")],
        417: [length(5), ("expect", "999-x")],
    }.items():
        answer = sent(None, lines=lines)

        assert (answer.status, answer.read) == (rejected, 0)
        assert answer.headers["Connection"] == "close"


def test_a_slow_body_is_given_up():
    answer = sent(b"a", None, lines=[length(5)], bodies=Bodies(seconds=0.01))

    assert (answer.status, answer.error) == (408, "request_timeout")
    assert answer.headers["Connection"] == "close"


def test_another_transfer_coding_is_not_understood():
    answer = sent(None, lines=[("transfer-encoding", "gzip, chunked")])

    assert (answer.status, answer.error) == (501, "not_implemented")


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("host", "bad_request"),
        ("content-type", "bad_request"),
        ("content-length", "bad_request"),
        ("authorization", "unauthenticated"),
    ],
)
def test_what_may_stand_once_stands_once(name, error):
    answer = sent(b"a", b"", lines=[(name, "1"), (name, "2")])

    assert answer.error == error


def test_other_headers_that_repeat_are_one_list():
    environ = environ_of(scope("GET", "/", "", ("accept", "a/b"), ("accept", "c/d")))

    assert environ["HTTP_ACCEPT"] == "a/b,c/d"


def test_names_with_an_underscore_do_not_pass_for_others():
    environ = environ_of(scope("GET", "/", "", ("x_forwarded_for", "6.6.6.6")))

    assert not [key for key in environ if "FORWARDED" in key]


def test_the_names_of_headers_do_not_pile_up():
    for number in range(1000):
        environ_of(scope("GET", "/", "", (f"x-{number}", "1")))

    assert len(KEYS) <= MOST_KEYS
    assert environ_of(scope("GET", "/", "", ("x-999", "1")))["HTTP_X_999"] == "1"


def test_the_environ_is_as_wsgi_wants_it(monkeypatch):
    monkeypatch.setenv("JWT_SECRET_KEY", "secret")
    environ = environ_of(scope("GET", "/caf\u00e9", "q=\u00e9", client="[2001:db8::1]:5000"))

    assert environ["PATH_INFO"].encode("latin-1").decode() == "/caf\u00e9"
    assert environ["QUERY_STRING"].encode("latin-1").decode() == "q=\u00e9"
    assert environ["REMOTE_ADDR"] == "2001:db8::1"
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert "JWT_SECRET_KEY" not in environ


def test_an_ipv4_client_of_an_ipv6_socket_is_told_as_what_it_is():
    """Else all of them would share one /64, and its limits."""
    assert environ_of(scope(client="[::ffff:192.0.2.7]:5000"))["REMOTE_ADDR"] == "192.0.2.7"


def test_the_authority_of_an_absolute_address_is_the_host():
    assert environ_of(scope(authority="evil.test"))["HTTP_HOST"] == "evil.test"


def test_requests_run_in_threads_and_no_more_of_them_wait_than_may():
    both, go, seen = Barrier(3, timeout=10), Event(), []

    def slow(environ, start_response):
        seen.append(get_ident())
        if not go.is_set():
            both.wait()
        go.wait(10)
        return echo(environ, start_response)

    bridge = Bridge(EDGE(slow), threads=2, waiting=1)
    protos = [Proto() for _ in range(5)]

    async def herd():
        tasks = [asyncio.create_task(bridge(scope("GET"), proto)) for proto in protos]
        await asyncio.to_thread(both.wait)
        go.set()
        await asyncio.gather(*tasks)

    asyncio.run(asyncio.wait_for(herd(), 10))

    assert [proto.status for proto in protos] == [200, 200, 200, 503, 503]
    assert protos[4].error == "overloaded"
    assert protos[4].headers["Retry-After"] == "1"
    assert len(set(seen)) == 2
    assert bridge.inside == 0


def test_a_request_that_waited_too_long_is_told_to_come_back(monkeypatch):
    monkeypatch.setattr(front, "PATIENCE", -1)

    assert sent().error == "overloaded"


@pytest.mark.parametrize("crash", [RuntimeError, SystemExit, MemoryError])
def test_O_07_the_last_resort_is_a_problem_too(crash):
    def broken(_environ, _start_response):
        raise crash

    proto = Proto()
    bridge = Bridge(broken, threads=1)
    serve(bridge, (scope("GET"), proto))

    assert (proto.status, proto.error) == (500, "internal_error")
    again = Proto()
    bridge.wsgi_app = echo
    serve(bridge, (scope("GET"), again))
    assert again.status == 200


def test_a_request_that_cannot_be_told_is_a_problem_too():
    proto = Proto()
    serve(Bridge(echo, threads=1), (SimpleNamespace(), proto))

    assert proto.status == 500


class Loop:
    """Calls when it is told that the time has come."""

    def call_later(self, _seconds, callback, *arguments):
        self.time_passes = partial(callback, *arguments)


def test_memory_is_given_back_when_nobody_asks_any_more(monkeypatch):
    given_back = []
    monkeypatch.setattr(front.memory, "give_back", lambda: given_back.append(bridge.inside))
    bridge, loop = Bridge(EDGE(echo)), Loop()
    bridge.__rsgi_init__(loop)
    loop.time_passes()
    assert given_back == []

    serve(bridge, (scope("GET"), Proto()))
    loop.time_passes()
    assert given_back == []  # a moment ago somebody asked

    monkeypatch.setattr(front, "QUIET_SECONDS", 0)
    bridge.inside += 1
    loop.time_passes()
    assert given_back == []

    bridge.inside -= 1
    loop.time_passes()
    loop.time_passes()
    assert given_back == [0]


def test_a_worker_loads_the_service_and_takes_its_objects_from_the_collector(app, monkeypatch):
    before = gc.get_threshold()
    monkeypatch.setattr(front, "create_app", lambda: app)
    try:
        bridge = front.application()
        frozen = gc.get_freeze_count()
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)

    assert frozen
    assert bridge.bodies.longest == app.config["MAX_CONTENT_LENGTH"]
    proto = Proto()
    serve(bridge, (scope("GET", "/health/live"), proto))
    assert proto.status == 200


def test_a_worker_that_cannot_load_says_why_and_ends(monkeypatch):
    def fail():
        raise RuntimeError("no such module")

    monkeypatch.setattr(front, "create_app", fail)
    with pytest.raises(SystemExit) as ended:
        front.application()

    assert ended.value.code == 1
