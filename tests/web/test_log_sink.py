"""The file of LOG_FILE: private, and written by several processes at the same time."""

import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from api.web.log_sink import Sink


@pytest.fixture
def sink():
    sink = Sink()
    yield sink
    sink.open_file(None)


def write_many(path):
    sink = Sink()
    sink.open_file(path)
    for number in range(500):
        sink.write(b'{"number":%d,"text":"%s"}\n' % (number, b"x" * 80))


def test_only_the_owner_can_read_the_file(tmp_path, sink):
    sink.open_file(tmp_path / "log")

    assert (tmp_path / "log").stat().st_mode & 0o077 == 0


def test_lines_are_appended(tmp_path, sink):
    for text in (b"one\n", b"two\n"):
        sink.open_file(tmp_path / "log")
        sink.write(text)

    assert (tmp_path / "log").read_bytes() == b"one\ntwo\n"


def test_lines_of_several_workers_are_complete(tmp_path):
    path = tmp_path / "log"
    with ProcessPoolExecutor(3, get_context("spawn")) as workers:
        list(workers.map(write_many, [path] * 3))

    written = [json.loads(line) for line in path.read_text().splitlines() if "number" in line]
    assert sorted(each["number"] for each in written) == sorted([*range(500)] * 3)
