"""What becomes of a process that was forked to be a worker."""

import os
import signal
from subprocess import PIPE, Popen, TimeoutExpired, run
from sys import executable

import pytest

CORES = sorted(os.sched_getaffinity(0))[:2]

FORKED = """
import os, signal, sys
from socket import socket
from api.serving.worker import Worker

worker = Worker([socket()], drain=1)
ready, begun = os.pipe()
if os.fork():
    os.{parent}
    os._exit(0)
worker.begin()
signal.signal(signal.SIGTERM, signal.{handler})
print(os.getpid(), flush=True)
os.write(begun, b"!")
signal.pause()
"""

LEFT_ALONE = """
import os
from socket import socket
from api.serving.worker import Worker

worker = Worker([socket() for _ in range({workers})], drain=1)
worker.place = {place}
os.sched_setaffinity(0, {cores})
before = os.sched_getaffinity(0)
if os.fork() == 0:
    worker.begin()
    assert [each.fileno() >= 0 for each in worker.listeners].index(True) == {place}
    print(sorted(os.sched_getaffinity(0)) if os.sched_getaffinity(0) != before else "anywhere")
else:
    os.wait()
"""


FORKS_ON = """
import os, signal
from socket import socket
from api.serving.worker import Worker

worker = Worker([socket()], drain=1)
os.register_at_fork(after_in_child=worker.begin)
if os.fork() == 0:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.fork() == 0:
        print(signal.getsignal(signal.SIGINT).name, flush=True)
        os._exit(0)
    os.wait()
    os._exit(0)
os.wait()
"""


def test_what_a_worker_forks_is_no_worker(python):
    assert python(FORKS_ON).strip() == "SIG_IGN"


@pytest.mark.parametrize("handler", ["SIG_DFL", "SIG_IGN"])
def test_it_ends_with_its_supervisor_even_when_it_will_not(handler):
    program = FORKED.format(handler=handler, parent="read(ready, 1)")
    # Its output is open for as long as it lives, and is waited for.
    assert run([executable, "-c", program], stdout=PIPE, timeout=20, check=True).stdout


def test_it_lives_for_as_long_as_its_supervisor():
    program = FORKED.format(handler="SIG_DFL", parent="wait()")
    with Popen([executable, "-c", program], stdout=PIPE) as supervisor:
        worker = int(supervisor.stdout.readline())
        with pytest.raises(TimeoutExpired):
            supervisor.wait(2)
        os.kill(worker, signal.SIGTERM)
        assert supervisor.wait(10) == 0


@pytest.mark.skipif(len(CORES) < 2, reason="there is only one core to keep to")
@pytest.mark.parametrize(
    ("cores", "workers", "place", "kept_to"),
    [
        (CORES[:1], 1, 0, "anywhere"),  # which is the one there is
        (CORES[:2], 2, 0, f"[{CORES[0]}]"),
        (CORES[:2], 2, 1, f"[{CORES[-1]}]"),
        (CORES[:2], 3, 2, f"[{CORES[0]}]"),
        (CORES[:2], 1, 0, "anywhere"),
    ],
    ids=["only one", "first of two", "second of two", "third on two", "fewer than cores"],
)
def test_it_keeps_to_a_core_if_there_is_one_for_each(python, cores, workers, place, kept_to):
    told = python(LEFT_ALONE.format(cores=cores, workers=workers, place=place))
    assert told.strip() == kept_to
