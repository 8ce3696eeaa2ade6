"""A reader of the log that does not read (B-35)."""

import os
import socket
from time import monotonic

import pytest

from api.web.log_output import MAX_WAIT_SECONDS, open_output

LINE = b"x" * 999 + b"\n"


@pytest.fixture(params=["pipe", "socket"])
def ends(request):
    """The descriptors of a reader and of a writer."""
    if request.param == "pipe":
        reader, writer = os.pipe()
    else:
        reader, writer = (end.detach() for end in socket.socketpair())
    yield reader, writer
    os.close(writer)
    os.close(reader)


@pytest.fixture
def output(ends):
    """The output of the writer."""
    opened = open_output(ends[1])
    yield opened
    opened.close()


def fill(output):
    """Write lines until one is dropped; return how many were written."""
    written = 0
    while output.write(LINE):
        written += 1
    return written


def read_all(reader):
    os.set_blocking(reader, False)
    received = b""
    try:
        while True:
            received += os.read(reader, 1_000_000)
    except BlockingIOError:
        return received


def test_B_35_a_line_is_dropped_after_a_bounded_wait_and_the_next_ones_at_once(output):
    begun = monotonic()
    assert fill(output) > 10
    assert monotonic() - begun < MAX_WAIT_SECONDS + 1

    begun = monotonic()
    assert not any(output.write(LINE) for _ in range(100))
    assert monotonic() - begun < MAX_WAIT_SECONDS


def test_B_35_lines_are_written_again_when_the_reader_reads(ends, output):
    written = fill(output)
    received = read_all(ends[0])

    assert output.write(b"again\n")

    lines = (received + read_all(ends[0])).splitlines()
    assert lines.count(LINE.strip()) == written
    assert lines[-1] == b"again"


def test_B_35_the_descriptor_itself_still_waits_for_its_reader(ends, output):
    assert os.get_blocking(ends[1])


def test_B_35_a_reader_that_has_gone_is_an_error():
    reader, writer = os.pipe()
    output = open_output(writer)
    os.close(reader)

    with pytest.raises(BrokenPipeError):
        output.write(LINE)
    output.close()
    os.close(writer)
