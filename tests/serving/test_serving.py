"""The service as it is run: how it starts, what happens to its processes, how it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from urllib.error import HTTPError
from urllib.request import urlopen

import psutil
import pytest

from tests.commands.forked import run_forked
from tests.databases import SQLite, migrate
from tests.hostile.raw import build_head, connect, read_replies, send_and_read
from tests.processes import wait_until
from tests.service import ROOT, environment_of, launch, production

ALLOWED = 5  # attempts to log in to one account
CLOSE = "Connection: close"
JSON = "Content-Type: application/json"
BODY = b'{"username":"ada","password":"not the right one"}'
END_TIMEOUT_SECONDS = 15  # the parent kills a worker that hangs after twenty

DRAIN_SECONDS = 2  # of the impatient service; ours waits for twenty
IMPATIENT = f"""
from api.serving import server
server.DRAIN_SECONDS = {DRAIN_SECONDS}
from api.serving.command import serve
serve()
"""

MAX_FILES = 256
FEW_FILES = f"""
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, ({MAX_FILES}, {MAX_FILES}))
from api.serving.command import serve
serve()
"""


def list_workers(service):
    children = psutil.Process(service.process.pid).children()
    return sorted(child.pid for child in children)


def has_ended(process):
    try:
        return psutil.Process(process).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_for_end(processes, seconds):
    deadline = time.monotonic() + seconds
    while not all(map(has_ended, processes)):
        assert time.monotonic() < deadline, "a worker is left behind"
        time.sleep(0.05)


@pytest.fixture
def impatient(place, databases):
    """Start the service with a short time to drain."""
    url = databases.clone()
    settings = production(url, "redis://127.0.0.1:1/0")
    started = launch(place, settings, ("-c", IMPATIENT))
    wait_until(started.has_started, started.process, started.log_path)
    yield started
    started.close()
    databases.drop(url)


@pytest.fixture
def narrow(place, databases):
    """Start the service with a low limit of open files."""
    url = databases.clone()
    started = launch(place, production(url, "redis://127.0.0.1:1/0"), ("-c", FEW_FILES))
    wait_until(started.has_started, started.process, started.log_path)
    yield started
    started.close()
    databases.drop(url)


def start_and_fail(settings):
    """Run the command to its end in a forked process; return its status and what it said."""
    done = run_forked("serve", directory=ROOT, environment=environment_of(settings))
    return done.returncode, done.stderr


def start_program_and_fail(settings):
    """Run the command to its end, which has to be at once; return its status and what it said."""
    command = [sys.executable, "-m", "api", "serve"]
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
        status, said = start_program_and_fail(settings | {"jwt_secret_key": "hunter2"})

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

    def test_case_N_15_a_second_service_on_the_port_of_the_metrics_is_told_which_setting(
        self, service, settings
    ):
        taken = settings | {"metrics_port": service.settings["metrics_port"]}
        development = taken | {"environment": "development"}

        for each in (taken, development):
            status, said = start_and_fail(each)
            assert status == 2
            assert said.startswith("rollbook: METRICS_HOST, METRICS_PORT: cannot listen on ")
            assert said.count("\n") == 1

    def test_a_log_file_that_cannot_be_written_is_reported_in_one_line(self, settings, tmp_path):
        status, output = start_and_fail(settings | {"log_file": tmp_path / "missing" / "log"})

        assert status == 2
        assert output == "rollbook: LOG_FILE: cannot be written: No such file or directory\n"

    def test_a_free_port_that_another_service_shares_is_not_taken(self, service, settings):
        """Granian's workers share their port with any process of the same user."""
        status, said = start_and_fail(settings | {"port": service.port})

        assert status == 2
        assert f"cannot listen on 127.0.0.1:{service.port}" in said

    def test_an_ip_address_of_another_machine_is_not_taken(self, settings):
        status, said = start_and_fail(settings | {"host": "192.0.2.1"})

        assert status == 2
        assert "cannot listen on 192.0.2.1" in said

    def test_an_application_that_cannot_be_created_ends_the_start(self, settings, tmp_path):
        migrated = SQLite(tmp_path, migrate).clone()
        broken = settings | {
            "database_url": migrated,
            "password_blocklist": str(tmp_path / "missing"),
        }
        status, said = start_program_and_fail(broken)

        assert status != 0
        assert "Traceback" not in said

    def test_granian_does_not_warn_of_the_number_of_threads(self, service):
        assert "Python threads" not in service.log()

    def test_the_metrics_count_for_all_workers(self, service):
        before = counted(service)
        for _ in range(20):
            send_and_read(
                service.port, build_head(service.port, "GET /health/live HTTP/1.1", CLOSE)
            )

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
    login = (
        build_head(port, "POST /api/login HTTP/1.1", f"Content-Length: {len(BODY)}", JSON) + BODY
    )
    with ExitStack() as stack:
        sent = build_head(port, "GET /health/live HTTP/1.1")
        connections = [stack.enter_context(connect(port, sent)) for _ in range(40)]
        assert all(each.recv(65536).startswith(b"HTTP/1.1 200") for each in connections)

        for each in connections:
            each.sendall(login)
        for _ in range(20):  # a worker that answers a later request has received the logins
            send_and_read(port, build_head(port, "GET /health/live HTTP/1.1", CLOSE))
        service.process.terminate()
        answers = [read_replies(each) for each in connections]

    assert [len(answer) for answer in answers] == [1] * 40
    assert {answer.status for (answer,) in answers} <= {401, 429, 503}
    assert service.process.wait(END_TIMEOUT_SECONDS) == 0
    assert '"stopped"' in service.log()


def test_F_08_a_worker_that_dies_is_replaced_on_the_same_core(serve):
    service = serve(workers=2)
    victim, survivor = list_workers(service)
    core = os.sched_getaffinity(victim)
    os.kill(victim, signal.SIGKILL)

    def wait(condition):
        wait_until(condition, service.process, service.log_path)

    wait(lambda: len(set(list_workers(service)) - {victim}) == 2)
    wait(lambda: service.log().count('"Unexpected exit') == 1)
    assert survivor in list_workers(service)
    (successor,) = set(list_workers(service)) - {survivor}
    wait(lambda: os.sched_getaffinity(successor) == core)
    wait(lambda: all(service.ready() for _ in range(20)))


CORES = sorted(os.sched_getaffinity(0))


@pytest.mark.skipif(len(CORES) < 2, reason="there is only one core")
@pytest.mark.parametrize("workers", [1, len(CORES)])
def test_each_worker_has_a_core_of_its_own_if_there_are_as_many(serve, workers):
    service = serve(workers=workers)
    cores = [sorted(os.sched_getaffinity(worker)) for worker in list_workers(service)]

    assert sorted(cores) == ([[core] for core in CORES] if workers > 1 else [CORES])


def count_files(service):
    return [psutil.Process(worker).num_fds() for worker in list_workers(service)]


def test_more_connections_than_open_files_leave_a_worker_some(narrow):
    counts = [count_files(narrow)]

    def is_settled():
        counts.append(count_files(narrow))
        return min(counts[-1]) > MAX_FILES / 2 and counts[-1] == counts[-2]

    with ExitStack() as idle:
        for _ in range(3 * MAX_FILES):
            idle.enter_context(socket.create_connection(("127.0.0.1", narrow.port), timeout=5))
        wait_until(is_settled, narrow.process, narrow.log_path)
        assert max(counts[-1]) < MAX_FILES
        wait_until(narrow.ready, narrow.process, narrow.log_path)

    assert narrow.log().count('"event":"files.limited"') == 1


def test_the_parent_has_no_connection_that_workers_would_share(serve):
    service = serve(workers=2)
    assert service.ready()

    connections = psutil.Process(service.process.pid).net_connections()

    assert {each.status for each in connections} <= {psutil.CONN_LISTEN}


def test_secrets_are_not_in_the_environment_that_granian_copies_into_requests(python):
    program = """
import os
from api.serving.worker import remove_settings_from_environment
remove_settings_from_environment()
print(sorted(set(os.environ) & {"ENCRYPTION_KEY", "DATABASE_URL_FILE", "HTTP_PROXY", "PATH"}))
"""
    given = {"ENCRYPTION_KEY": "a", "DATABASE_URL_FILE": "b", "HTTP_PROXY": "c"}

    assert python(program, **given).strip() == "['PATH']"


class TestEnd:
    @pytest.mark.parametrize("busy", [False, True], ids=["at rest", "in the middle of a request"])
    def test_workers_end_with_a_parent_that_is_killed(self, impatient, busy):
        orphans = list_workers(impatient)
        with ExitStack() as stack:
            for _ in range(ALLOWED * busy):
                stack.enter_context(send_half_of_a_login(impatient))
            impatient.process.kill()
            impatient.process.wait(10)
            wait_for_end(orphans, DRAIN_SECONDS + 3)

    def test_a_worker_that_hangs_is_killed_after_the_time_to_drain(self, impatient):
        hanging, other = list_workers(impatient)
        os.kill(hanging, signal.SIGSTOP)
        started = time.monotonic()
        impatient.process.terminate()

        assert impatient.process.wait(DRAIN_SECONDS + 3) == 0
        assert time.monotonic() - started >= DRAIN_SECONDS
        assert has_ended(hanging)
        assert has_ended(other)
        assert "Killing worker" in impatient.log()

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_F_07_repeated_signals_change_nothing(self, serve, number):
        """Ctrl+C and a closed terminal reach every process of the group."""
        service = serve(workers=2)
        processes = list_workers(service)
        with ExitStack() as stack:
            connections = [
                stack.enter_context(send_half_of_a_login(service)) for _ in range(ALLOWED)
            ]
            for _ in range(12):
                os.killpg(service.process.pid, number)
                time.sleep(0.1)  # as people do it
            for each in connections:
                each.sendall(BODY[1:])
            answers = [read_replies(each) for each in connections]

        assert [[answer.status for answer in each] for each in answers] == [[401]] * ALLOWED
        assert service.process.wait(END_TIMEOUT_SECONDS) == 0
        wait_for_end(processes, 1)


def send_half_of_a_login(service):
    """Send the first byte of a login's body, on a connection whose worker waits for the rest."""
    lines = [f"Content-Length: {len(BODY)}", "Expect: 100-continue", JSON]
    connection = connect(service.port, build_head(service.port, "POST /api/login HTTP/1.1", *lines))
    assert connection.recv(65536).startswith(b"HTTP/1.1 100")
    connection.sendall(BODY[:1])
    return connection
