"""The reader of the log stops reading, or goes away (B-35)."""

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from time import monotonic
from urllib.request import urlopen

import pytest

from tests.hostile.raw import build_head, send_and_read
from tests.processes import stop, wait_until
from tests.service import ROOT, SERVING, Service, environment_of, production

REQUESTS = 1500  # far more than the lines that fit into a pipe
DRAIN_SECONDS = 20
MAX_SECONDS = 15


@pytest.fixture
def settings(databases):
    url = databases.clone()
    yield {
        **production(url, ""),
        "redis_url": None,
        "workers": 1,
    }
    databases.drop(url)


@contextmanager
def serve_into_pipe(settings, place):
    """Start a service that logs into a pipe; yield it and the end of the reader."""
    reader, writer = os.pipe()
    log = place / f"stalled-{settings['port']}.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, *SERVING],
            cwd=ROOT,
            env={**environment_of(settings), "TMPDIR": str(place)},
            stdout=writer,
            stderr=errors,
        )
    os.close(writer)
    service = Service(process, settings, log)
    try:
        wait_until(service.ready, process, log)
        wait_until(service.has_started, process, log)
        yield service, reader
    finally:
        stop(process)


def count_dropped(service):
    with urlopen(service.metrics_url, timeout=5) as answer:
        figures = answer.read().decode()
    pattern = r'^rollbook_log_lines_dropped_total\{output="stdout"\} (\S+)$'
    return sum(map(float, re.findall(pattern, figures, re.MULTILINE)))


def ask(service, path):
    head = build_head(service.port, f"GET {path} HTTP/1.1", "Connection: close")
    return send_and_read(service.port, head).status


def test_B_35_requests_go_on_and_sigterm_ends_the_service_while_nobody_reads_the_log(
    settings, place
):
    with serve_into_pipe(settings, place) as (service, reader):
        begun = monotonic()
        assert {ask(service, "/nowhere") for _ in range(REQUESTS)} == {404}
        assert monotonic() - begun < REQUESTS * 0.05
        assert ask(service, "/health/live") == 200
        assert count_dropped(service) > 0

        service.process.terminate()

        assert service.process.wait(MAX_SECONDS) == 0
        os.close(reader)


def test_B_35_a_reader_that_goes_away_does_not_change_the_exit_status(settings, place):
    with serve_into_pipe(settings, place) as (service, reader):
        os.close(reader)
        assert {ask(service, "/nowhere") for _ in range(20)} == {404}

        service.process.terminate()

        assert service.process.wait(MAX_SECONDS) == 0
