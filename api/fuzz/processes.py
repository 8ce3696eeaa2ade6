"""The processes of schemathesis, one for each kind of caller."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from api.fuzz.contract import Operation
from api.fuzz.options import OPERATIONS, PHASES, Options
from api.fuzz.run_state import VARIABLE, RunState

SETTINGS = Path(__file__).with_name("schemathesis.toml")
STOP_SECONDS = 10


@dataclass
class Process:
    """A process of schemathesis, and what it has written."""

    caller: str
    popen: subprocess.Popen[bytes]
    log: Path
    junit: Path
    started_at: float

    @property
    def has_failed(self) -> bool:
        return self.popen.returncode != 0

    def stop(self) -> None:
        if self.popen.poll() is None:
            self.popen.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.popen.wait(STOP_SECONDS)
            self.popen.kill()


def start(state: RunState, caller: str, operations: Iterable[str], options: Options) -> Process:
    """Start schemathesis as a kind of caller, with the hooks of this package."""
    log, junit = state.place / f"{caller}.log", state.place / f"{caller}.xml"
    phases = [phase for phase in PHASES[caller] if phase in options.phases]
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(SETTINGS), "run"]
    command += [str(state.place / "closed.json"), "--url", state.url, "--no-color"]
    command += ["--checks", "all", "--workers", "1", "--continue-on-failure"]
    command += ["--max-examples", str(options.examples), "--seed", str(options.seed)]
    command += ["--phases", ",".join(phases), "--generation-database", "none"]
    command += ["--report", "junit", "--report-junit-path", str(junit)]
    for operation in operations:
        command += ["--include-operation-id", operation]
    variables = {VARIABLE: str(state.save(caller)), "SCHEMATHESIS_HOOKS": "api.fuzz.hooks"}
    with log.open("wb") as output:
        popen = subprocess.Popen(  # noqa: S603  the arguments are ours
            command,
            cwd=state.place,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl+C is for this process, which then cleans up
        )
    return Process(caller, popen, log, junit, monotonic())


def select_operations(caller: str, operations: Iterable[Operation], options: Options) -> list[str]:
    """Return the ids of the operations that a kind of caller may call."""
    return [
        operation.id
        for operation in operations
        if OPERATIONS[caller](operation)
        and (not options.operations or operation.id in options.operations)
        and set(PHASES[caller]) & set(options.phases)
    ]


def run_all(
    state: RunState, operations: Iterable[Operation], options: Options
) -> Iterator[Process]:
    """Run schemathesis as each kind of caller, several at once, and yield each that has ended."""
    operations = list(operations)
    waiting = list(options.callers)
    running: list[Process] = []
    try:
        while waiting or running:
            while waiting and len(running) < options.processes:
                caller = waiting.pop(0)
                if chosen := select_operations(caller, operations, options):
                    running.append(start(state, caller, chosen, options))
            for process in list(running):
                with suppress(subprocess.TimeoutExpired):
                    process.popen.wait(0.2)
                    running.remove(process)
                    yield process
    finally:
        for process in running:
            process.stop()
