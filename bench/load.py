"""Load: so many connections, each of which asks again as soon as it is answered.

wrk makes it where it is installed. Where it is not, and where every connection has something of
its own to send, a client of our own does, in a process of its own; it takes about twice as much
of the processor as wrk, so that figures of the two are not for comparison.
"""

import asyncio
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import quantiles
from time import perf_counter
from typing import Any

import uvloop

WRK = shutil.which("wrk")
GENERATOR = "wrk" if WRK else "bench/load.py"
NOTHING = b'"":'
LENGTH = re.compile(rb"\r\ncontent-length: ([0-9]+)\r\n", re.IGNORECASE)
GRACE = 15  # seconds beyond its time, after which a generator is given up
MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class Failed(Exception):
    """Answers were not as they must be, so that their number says nothing."""


@dataclass(frozen=True)
class Load:
    """What is sent: ``bodies`` one to a connection, or the same GET on each of ``connections``.

    ``carried`` is a member of each answer that the next body has in place of its own.
    """

    url: str
    seconds: int
    connections: int = 16
    headers: dict[str, str] = field(default_factory=dict)
    bodies: Sequence[dict[str, Any]] = ()
    carried: str = ""
    wrk: bool = True  # where it can be; not for what is compared with what only our client can do

    def by_wrk(self) -> bool:
        return WRK is not None and self.wrk and not self.bodies

    def requests(self) -> list[bytes]:
        """Return what each connection sends, over and over."""
        address = self.url.removeprefix("http://")
        host, _, path = address.partition("/")
        headers = {"Host": host, **self.headers}
        bodies = [json.dumps(body).encode() for body in self.bodies]
        if not bodies:
            return [_request("GET", path, headers)] * self.connections
        headers["Content-Type"] = "application/json"
        return [_request("POST", path, headers, body) for body in bodies]


@dataclass(frozen=True)
class Answered:
    """How it went: answers a second, and how long most of them took, in milliseconds."""

    rate: float
    p50: float
    p99: float


def _request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    if body:
        headers = {**headers, "Content-Length": str(len(body))}
    lines = [f"{method} /{path} HTTP/1.1", *(f"{name}: {headers[name]}" for name in headers)]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Running:
    """A generator at work."""

    def __init__(self, load: Load) -> None:
        self.load = load
        command = _wrk(load) if load.by_wrk() else [sys.executable, "-m", "bench.load"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self.process = subprocess.Popen(command, text=True, **pipes)

    def result(self) -> Answered:
        """Wait for the end.

        Raises:
            Failed: not every answer was a 2xx.
        """
        said = "" if self.load.by_wrk() else json.dumps(asdict(self.load))
        output, _ = self.process.communicate(said, self.load.seconds + GRACE)
        if self.process.returncode or "Non-2xx" in output or "Socket errors" in output:
            raise Failed(f"{self.load.url}:\n{output}")
        return _told_by_wrk(output) if self.load.by_wrk() else Answered(**json.loads(output))


def run(load: Load) -> Answered:
    return Running(load).result()


def _wrk(load: Load) -> list[str]:
    headers = [f"-H{name}: {value}" for name, value in load.headers.items()]
    size = [f"-c{load.connections}", f"-d{load.seconds}s", "-t1"]
    return [str(WRK), *size, "--latency", *headers, load.url]


def _told_by_wrk(output: str) -> Answered:
    rate = float(re.search(r"Requests/sec: +([0-9.]+)", output)[1])
    told = re.findall(r"(50|99)% +([0-9.]+)(us|ms|s)\n", output)
    times = {share: float(number) * MILLISECONDS[unit] for share, number, unit in told}
    return Answered(rate, times["50"], times["99"])


class Connection(asyncio.Protocol):
    """Sends its request, waits for the whole answer, and sends it again."""

    def __init__(self, request: bytes, times: list[float], carried: str) -> None:
        self.request = request
        self.times = times
        self.member = f'"{carried}":'.encode()
        self.failures = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self._ask()

    def _ask(self) -> None:
        self.received = b""
        self.asked = perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, end, body = self.received.partition(b"\r\n\r\n")
        length = LENGTH.search(head + b"\r\n")
        if not end or len(body) < int(length[1] if length else 0):
            return
        self.times.append(perf_counter() - self.asked)
        self.failures += not head.startswith(b"HTTP/1.1 2")
        if self.member != NOTHING:
            self._carry_over(body)
        self._ask()

    def _carry_over(self, body: bytes) -> None:
        """Take over the value of the answer, which is as long as the one before."""
        self.request = self.request.replace(self._value(self.request), self._value(body))

    def _value(self, text: bytes) -> bytes:
        return text.partition(self.member)[2].partition(b'"')[2].partition(b'"')[0]

    def connection_lost(self, _error: Exception | None) -> None:
        self.failures += not self.transport.is_closing()


async def _generate(load: Load) -> Answered:
    host, _, port = load.url.removeprefix("http://").partition("/")[0].partition(":")
    loop, times, began = asyncio.get_running_loop(), [], perf_counter()
    connections = [Connection(request, times, load.carried) for request in load.requests()]
    for connection in connections:
        await loop.create_connection(lambda made=connection: made, host, int(port))
    await asyncio.sleep(load.seconds)
    elapsed = perf_counter() - began
    failures = sum(connection.failures for connection in connections)
    if failures or not times:
        raise Failed(f"{failures} of {len(times)} answers from {load.url} were no success")
    hundredths = [1000 * time for time in quantiles(times, n=100)]
    return Answered(len(times) / elapsed, hundredths[49], hundredths[98])


if __name__ == "__main__":
    asked = Load(**json.load(sys.stdin))
    print(json.dumps(asdict(uvloop.run(_generate(asked)))))
