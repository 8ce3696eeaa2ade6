"""Load: a number of connections, each of which sends a request after each response.

wrk generates the load if it is installed. Without wrk, or if each connection sends a request of its
own, the client in this file does, in a separate process. It needs about twice as much processor
time as wrk, so do not compare figures of the two.
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
CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: ([0-9]+)\r\n", re.IGNORECASE)
TIMEOUT_MARGIN_SECONDS = 15  # for the generator, beyond the seconds that it measures
MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class BenchmarkError(Exception):
    """A response was not the expected one, so the figures would mean nothing."""


@dataclass(frozen=True)
class Load:
    """The requests: one of ``bodies`` per connection, or the same GET on all ``connections``.

    ``carried_member`` is a member of each response whose value the next body contains.
    """

    url: str
    seconds: int
    connections: int = 16
    headers: dict[str, str] = field(default_factory=dict)
    bodies: Sequence[dict[str, Any]] = ()
    carried_member: str = ""
    allow_wrk: bool = True  # false for a comparison with a load that wrk cannot generate

    def uses_wrk(self) -> bool:
        return WRK is not None and self.allow_wrk and not self.bodies

    def make_requests(self) -> list[bytes]:
        """Return the request of each connection."""
        host, _, path = self.url.removeprefix("http://").partition("/")
        headers = {"Host": host, **self.headers}
        bodies = [json.dumps(body).encode() for body in self.bodies]
        if not bodies:
            return [_make_request("GET", path, headers)] * self.connections
        headers["Content-Type"] = "application/json"
        return [_make_request("POST", path, headers, body) for body in bodies]


@dataclass(frozen=True)
class LoadResult:
    """Responses per second, and the median and 99th percentile of their times in milliseconds."""

    rate: float
    p50: float
    p99: float


def _make_request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    if body:
        headers = {**headers, "Content-Length": str(len(body))}
    lines = [f"{method} /{path} HTTP/1.1", *(f"{name}: {headers[name]}" for name in headers)]
    return "\r\n".join([*lines, "", ""]).encode() + body


class RunningLoad:
    """A process that generates a load."""

    def __init__(self, load: Load) -> None:
        self.load = load
        command = (
            _make_wrk_command(load) if load.uses_wrk() else [sys.executable, "-m", "bench.load"]
        )
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self.process = subprocess.Popen(command, text=True, **pipes)

    def wait(self) -> LoadResult:
        """Wait for the end, and return the result.

        Raises:
            BenchmarkError: a response had no status 2xx.
        """
        arguments = "" if self.load.uses_wrk() else json.dumps(asdict(self.load))
        timeout = self.load.seconds + TIMEOUT_MARGIN_SECONDS
        output, _ = self.process.communicate(arguments, timeout)
        if self.process.returncode or "Non-2xx" in output or "Socket errors" in output:
            raise BenchmarkError(f"{self.load.url}:\n{output}")
        return _parse_wrk(output) if self.load.uses_wrk() else LoadResult(**json.loads(output))


def run_load(load: Load) -> LoadResult:
    return RunningLoad(load).wait()


def _make_wrk_command(load: Load) -> list[str]:
    headers = [f"-H{name}: {value}" for name, value in load.headers.items()]
    size = [f"-c{load.connections}", f"-d{load.seconds}s", "-t1"]
    return [str(WRK), *size, "--latency", *headers, load.url]


def _parse_wrk(output: str) -> LoadResult:
    rate = float(re.search(r"Requests/sec: +([0-9.]+)", output)[1])
    percentiles = re.findall(r"(50|99)% +([0-9.]+)(us|ms|s)\n", output)
    times = {percent: float(number) * MILLISECONDS[unit] for percent, number, unit in percentiles}
    return LoadResult(rate, times["50"], times["99"])


class Connection(asyncio.Protocol):
    """Sends a request, waits for the whole response, and sends the request again."""

    def __init__(self, request: bytes, times: list[float], carried_member: str) -> None:
        self.request = request
        self.times = times
        self.carried = f'"{carried_member}":'.encode() if carried_member else None
        self.failures = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self._send()

    def _send(self) -> None:
        self.received = b""
        self.sent_at = perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, end, body = self.received.partition(b"\r\n\r\n")
        length = CONTENT_LENGTH.search(head + b"\r\n")
        if not end or len(body) < int(length[1] if length else 0):
            return
        self.times.append(perf_counter() - self.sent_at)
        self.failures += not head.startswith(b"HTTP/1.1 2")
        if self.carried:
            self._carry_value(body, self.carried)
        self._send()

    def _carry_value(self, body: bytes, member: bytes) -> None:
        """Put the value of the response into the request; both have the same length."""
        before, after = (_find_value(text, member) for text in (self.request, body))
        self.request = self.request.replace(before, after)

    def connection_lost(self, _error: Exception | None) -> None:
        self.failures += not self.transport.is_closing()


def _find_value(text: bytes, member: bytes) -> bytes:
    return text.partition(member)[2].partition(b'"')[2].partition(b'"')[0]


async def _generate(load: Load) -> LoadResult:
    host, _, port = load.url.removeprefix("http://").partition("/")[0].partition(":")
    loop, times, started_at = asyncio.get_running_loop(), [], perf_counter()
    connections = [
        Connection(request, times, load.carried_member) for request in load.make_requests()
    ]
    for connection in connections:
        await loop.create_connection(lambda made=connection: made, host, int(port))
    await asyncio.sleep(load.seconds)
    elapsed = perf_counter() - started_at
    failures = sum(connection.failures for connection in connections)
    if failures or not times:
        raise BenchmarkError(f"{failures} of {len(times)} responses of {load.url} had no 2xx")
    percentiles = [1000 * time for time in quantiles(times, n=100)]
    return LoadResult(len(times) / elapsed, percentiles[49], percentiles[98])


if __name__ == "__main__":
    print(json.dumps(asdict(uvloop.run(_generate(Load(**json.load(sys.stdin)))))))
