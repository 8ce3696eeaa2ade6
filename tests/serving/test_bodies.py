"""Bodies that the application reads as they arrive, from a client of a few lines."""

import asyncio
from functools import partial
from threading import Event

import pytest

from api.core.errors import ApiError
from api.serving import bodies
from api.serving.bodies import DISCARDED, PIECE, Bodies
from api.serving.front import Bridge
from tests.serving.test_front import CHUNKED, EDGE, Proto, length, scope, serve

LATE = Bodies(seconds=0.05, late=frozenset({"/late"}))
ASKS_FIRST = ("expect", "100-continue")


def answered(start_response, status, *said):
    start_response(f"{status} OK", [])
    return list(said)


def reader(environ, start_response):
    """Read as an upload is read, and say what came of it."""
    try:
        pieces = list(iter(partial(environ["wsgi.input"].read, 3), b""))
    except ApiError as api_error:
        return answered(start_response, api_error.status, api_error.code.encode())
    return answered(start_response, 200, *pieces)


def deaf(_environ, start_response):
    return answered(start_response, 401)


def sent(*chunks, lines, app=reader, taken=LATE):
    proto = Proto(*chunks)
    serve(Bridge(app, bodies=taken, threads=1), (scope("POST", "/late", "", *lines), proto))
    return proto


def closes(answer):
    return answer.headers.get("Connection") == "close"


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [((b"hel", b"lo"), [length(5)]), ((b"hello", b""), [CHUNKED])],
)
def test_a_late_body_arrives_whole(chunks, lines):
    answer = sent(*chunks, lines=lines)

    assert (answer.status, answer.answers[0][2]) == (200, b"hello")
    assert not closes(answer)


def test_a_late_body_may_be_empty():
    answer = sent(None, lines=[length(0)])

    assert (answer.status, answer.read, closes(answer)) == (200, 0, False)


def test_a_late_body_may_be_longer_than_others():
    megabytes = (b"a" * PIECE for _ in range(8))
    answer = sent(*megabytes, b"", lines=[CHUNKED], taken=Bodies(10, late=LATE.late))

    assert len(answer.answers[0][2]) == 8 * PIECE


@pytest.mark.parametrize("lines", [[CHUNKED], [length(10)]])
def test_a_late_body_that_breaks_off_is_refused(lines):
    answer = sent(b"abc", b"", b"", lines=lines)

    assert answer.answers[0][2] == b"bad_request"
    assert closes(answer)


def test_F_17_a_late_body_that_stops_is_given_up():
    answer = sent(b"abc", None, lines=[length(10)])

    assert (answer.status, answer.answers[0][2]) == (408, b"request_timeout")
    assert closes(answer)


def test_F_17_a_late_body_that_trickles_is_given_up(monkeypatch):
    """No pause is too long, only the whole."""
    monkeypatch.setattr(bodies, "SLOWEST", 100_000)
    clock = iter(range(10_000))
    monkeypatch.setattr(bodies, "monotonic", lambda: next(clock) * 0.01)
    answer = sent(*[b"a"] * 50, b"", lines=[CHUNKED])

    assert answer.status == 408
    assert answer.read == 6


def test_what_the_application_does_not_ask_for_is_not_kept():
    answer = sent(*[b"a" * 2**20] * 100, lines=[CHUNKED], app=deaf)

    assert (answer.status, closes(answer)) == (401, True)
    assert answer.read == DISCARDED // 2**20


def test_a_short_body_that_is_not_asked_for_is_taken_in_before_the_answer():
    answer = sent(b"a" * 100, lines=[length(100)], app=deaf)

    assert (answer.status, answer.read, closes(answer)) == (401, 1, False)


@pytest.mark.parametrize("lines", [[length(2**28)], [length(5), ASKS_FIRST]])
def test_H_09_who_need_not_send_it_is_told_at_once(lines):
    answer = sent(None, lines=lines, app=deaf)

    assert (answer.status, answer.read, closes(answer)) == (401, 0, True)


def test_nothing_of_a_client_is_held_once_they_are_answered():
    """Or granian would wait for the rest of the body, whoever still has the request at hand."""
    seen = []

    def remembering(environ, start_response):
        seen.append(environ["wsgi.input"])
        return deaf(environ, start_response)

    sent(b"abc", None, lines=[length(10)], app=remembering)

    assert (seen[0].proto, seen[0].chunks) == (None, None)


def test_who_asks_first_is_asked_for_it():
    answer = sent(b"hello", lines=[length(5), ASKS_FIRST])

    assert answer.answers[0][2] == b"hello"


@pytest.mark.parametrize(
    ("line", "status"), [(("expect", "999-x"), 417), (("transfer-encoding", "gzip"), 501)]
)
def test_H_11_what_is_wrong_with_others_is_wrong_with_a_late_one(line, status):
    answer = sent(None, lines=[length(5), line], app=EDGE(deaf))

    assert (answer.status, answer.read, closes(answer)) == (status, 0, True)


def test_a_late_body_does_not_wait_for_more_than_there_are_threads():
    """The one that is turned away is not read to its end, so its connection closes."""
    inside, go = Event(), Event()

    def busy(_environ, start_response):
        inside.set()
        go.wait(10)
        return answered(start_response, 200)

    bridge = Bridge(EDGE(busy), bodies=LATE, threads=1, waiting=0)
    first, second = Proto(), Proto(None)

    async def two():
        task = asyncio.create_task(bridge(scope("GET"), first))
        await asyncio.to_thread(inside.wait, 10)
        await bridge(scope("POST", "/late", "", length(2**28)), second)
        go.set()
        await task

    asyncio.run(asyncio.wait_for(two(), 10))

    assert (second.status, second.error, closes(second)) == (503, "overloaded", True)
