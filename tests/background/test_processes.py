"""The worker as a process of its own, and inside the service."""

import signal
import subprocess
import sys

import psutil
import pytest

from api.jobs.service import read_last_runs
from api.schedule import JOBS
from tests.processes import free_port, start, stop, wait_until
from tests.service import ROOT, SERVING, environment_of, launch, production

WORKER = [sys.executable, "-m", "api", "worker"]
ALL_JOBS = {job.name for job in JOBS}


@pytest.fixture
def settings(databases, redis):
    database_url = databases.clone()
    yield production(database_url, redis())
    databases.drop(database_url)


@pytest.fixture
def start_worker(place, settings):
    """Start `rollbook worker`; return the process and the file of its log."""
    started = []

    def start_one(**changes):
        log = place / f"worker-{len(started)}-{settings['port']}.log"
        environment = environment_of({**settings, **changes})
        process = start(WORKER, log, cwd=ROOT, env=environment)
        started.append(process)
        wait_until(lambda: "background.started" in log.read_text(), process, log)
        return process, log

    yield start_one
    for process in started:
        stop(process)


def count_lines(log, text):
    return log.read_text().count(text)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_worker_with_status_0(start_worker, number):
    process, log = start_worker()

    process.send_signal(number)

    assert process.wait(10) == 0
    assert '"event":"background.stopped"' in log.read_text()


def test_two_workers_run_each_job_once(start_worker):
    logs = [start_worker() for _ in range(2)]

    def have_run() -> bool:
        return sum(count_lines(log, '"event":"job.finished"') for _, log in logs) >= len(JOBS)

    wait_until(have_run, *logs[0])
    for process, _ in logs:
        process.terminate()
        assert process.wait(10) == 0
    finished = [log.read_text() for _, log in logs]
    for job in ALL_JOBS:
        line = f'"event":"job.finished","job":"{job}"'
        assert sum(text.count(line) for text in finished) == 1


def test_the_worker_has_metrics_on_a_port_of_its_own(start_worker):
    port = free_port()
    process, log = start_worker(worker_metrics_port=port)

    def read() -> str:
        done = subprocess.run(
            ["curl", "--silent", f"http://127.0.0.1:{port}/metrics"],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout

    wait_until(lambda: 'rollbook_outbox_messages{state="pending"} 0.0' in read(), process, log)


def test_a_worker_does_not_start_on_a_database_without_a_schema(settings, tmp_path):
    settings["database_url"] = f"sqlite:///{tmp_path}/empty.sqlite"

    done = subprocess.run(
        WORKER, cwd=ROOT, env=environment_of(settings), capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "run `rollbook migrate`" in done.stderr


def test_a_process_of_the_service_runs_the_worker_and_another_takes_over(place, settings):
    service = launch(place, settings, (*SERVING, "--with-worker"))
    try:
        with service.local_service.app.app_context():
            wait_until(
                lambda: read_last_runs().keys() == ALL_JOBS, service.process, service.log_path
            )
        assert service.log().count('"event":"background.started"') == 1

        threads = {
            worker: worker.num_threads()
            for worker in psutil.Process(service.process.pid).children()
        }
        max(threads, key=threads.get).kill()

        wait_until(
            lambda: service.log().count('"event":"background.started"') == 2,
            service.process,
            service.log_path,
        )
    finally:
        service.close()
    assert service.process.returncode == 0
