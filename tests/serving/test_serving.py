"""The service as it is run: how it starts, what happens to its processes, how it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from api.serving.supervisor import DRAIN_SECONDS
from tests.hostile.raw import connect, head, only_reply, replies
from tests.processes import wait_until
from tests.service import ROOT, environment_of, production

ALLOWED = 5  # attempts to log in to one account
CLOSE = "Connection: close"
JSON = "Content-Type: application/json"
BODY = b'{"username":"ada","password":"not the right one"}'


def workers(service):
    task = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children")
    return [int(each) for each in task.read_text().split()]


def gone(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def start_and_fail(settings):
    """Run the command to its end, which has to be at once; return its status and what it said."""
    command = [sys.executable, "-m", "api.serving"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment_of(settings),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.fixture
def settings():
    return production("sqlite://", "redis://127.0.0.1:1/0")


class TestStart:
    def test_a_wrong_setting_is_told_in_one_line_and_not_its_value(self, settings):
        status, said = start_and_fail(settings | {"jwt_secret_key": "hunter2"})

        assert status == 2
        assert said.count("\n") == 1
        assert "JWT_SECRET_KEY" in said
        assert "hunter2" not in said

    @pytest.mark.parametrize("name", ["port", "metrics_port"])
    def test_a_port_that_is_taken_is_told_in_one_line(self, settings, name):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            status, said = start_and_fail(settings | {name: port})

        assert status == 2
        assert said.count("\n") == 1
        assert f"127.0.0.1:{port}" in said

    def test_the_supervisor_counts_for_all_workers(self, service):
        before = counted(service)
        for _ in range(20):
            only_reply(service.port, head(service.port, "GET /health/live HTTP/1.1", CLOSE))

        assert counted(service) == before + 20

    def test_the_port_of_the_metrics_serves_nothing_else(self, service):
        with pytest.raises(HTTPError) as rejected:
            urlopen(service.metrics_url.replace("/metrics", "/health/live"), timeout=5)

        with rejected.value as answer:
            assert answer.code == 404
            assert answer.headers["Server"].strip() == "rollbook"


def counted(service):
    with urlopen(service.metrics_url, timeout=5) as answer:
        figures = answer.read().decode()
    found = re.findall(
        r'^rollbook_requests_total\{.*"/health/live".*\} (\S+)$', figures, re.MULTILINE
    )
    return sum(map(float, found))


def test_F_07_what_was_received_is_answered_before_the_end(serve):
    service = serve(workers=2, redis_url=None, environment="development")
    port = service.port
    login = head(port, "POST /api/login HTTP/1.1", f"Content-Length: {len(BODY)}", JSON) + BODY
    with ExitStack() as stack:
        sent = head(port, "GET /health/live HTTP/1.1")
        connections = [stack.enter_context(connect(port, sent)) for _ in range(40)]
        assert all(each.recv(65536).startswith(b"HTTP/1.1 200") for each in connections)

        for each in connections:
            each.sendall(login)
        service.process.terminate()
        answers = [replies(each) for each in connections]

    assert [len(answer) for answer in answers] == [1] * 40
    assert {answer.status for (answer,) in answers} <= {401, 429, 503}
    assert service.process.wait(30) == 0
    assert '"stopped"' in service.log()


def test_F_08_a_worker_that_dies_is_replaced(serve):
    service = serve(workers=2)
    victim, survivor = workers(service)
    core = os.sched_getaffinity(victim)
    os.kill(victim, signal.SIGKILL)

    wait_until(
        lambda: len(set(workers(service)) - {victim}) == 2, service.process, service.log_path
    )
    wait_until(
        lambda: service.log().count('"Unexpected exit') == 1, service.process, service.log_path
    )
    assert survivor in workers(service)
    (successor,) = set(workers(service)) - {survivor}
    wait_until(lambda: os.sched_getaffinity(successor) == core, service.process, service.log_path)
    wait_until(lambda: all(service.ready() for _ in range(20)), service.process, service.log_path)


@pytest.mark.parametrize("busy", [False, True], ids=["at rest", "in the middle of a request"])
def test_workers_end_with_a_supervisor_that_is_killed(serve, busy):
    service = serve(workers=2)
    orphans = workers(service)
    with ExitStack() as stack:
        unfinished = [stack.enter_context(half_a_login(service)) for _ in range(ALLOWED * busy)]
        service.process.kill()
        service.process.wait(10)
        for each in unfinished:
            each.sendall(BODY[1:])
        answers = [[answer.status for answer in replies(each)] for each in unfinished]
    assert answers == [[401]] * len(unfinished)

    deadline = time.monotonic() + DRAIN_SECONDS + 10
    while not all(map(gone, orphans)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def half_a_login(service):
    """Send all but the end of a login, on a connection whose worker waits for the rest."""
    lines = [f"Content-Length: {len(BODY)}", "Expect: 100-continue", JSON]
    connection = connect(service.port, head(service.port, "POST /api/login HTTP/1.1", *lines))
    assert connection.recv(65536).startswith(b"HTTP/1.1 100")
    connection.sendall(BODY[:1])
    return connection


@pytest.mark.parametrize("call", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_F_07_whoever_calls_again_and_again_changes_nothing(serve, call):
    """Ctrl+C, systemd and a closed terminal ask every process of a service to end."""
    service = serve(workers=2)
    with ExitStack() as stack:
        connections = [stack.enter_context(half_a_login(service)) for _ in range(ALLOWED)]
        for _ in range(12):
            os.killpg(service.process.pid, call)
            time.sleep(0.1)  # which is how people do it
        for each in connections:
            each.sendall(BODY[1:])
        answers = [replies(each) for each in connections]

    assert [[answer.status for answer in each] for each in answers] == [[401]] * ALLOWED
    assert service.process.wait(30) == 0
    assert "Killing" not in service.log()
