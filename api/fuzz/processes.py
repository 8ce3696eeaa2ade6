"""The processes of a run: one of schemathesis for each kind of caller, and one of the probes."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from api.fuzz.contract import Operation
from api.fuzz.options import OPERATIONS, PHASES, PROBES, Options
from api.fuzz.run_state import VARIABLE, RunState

SETTINGS = Path(__file__).with_name("schemathesis.toml")
STOP_SECONDS = 10


@dataclass
class Process:
    """A process, and what it has written."""

    part: str
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


def start(state: RunState, part: str, operations: list[str], options: Options) -> Process:
    """Start the process of a part of the run, which finds its state in the environment."""
    log, junit = state.place / f"{part}.log", state.place / f"{part}.xml"
    if part == PROBES:
        command = [sys.executable, "-m", "api.fuzz.probing", *operations]
    else:
        command = _make_command(state, part, junit, operations, options)
    variables = {VARIABLE: str(state.save(part)), "SCHEMATHESIS_HOOKS": "api.fuzz.hooks"}
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
    return Process(part, popen, log, junit, monotonic())


def _make_command(
    state: RunState, caller: str, junit: Path, operations: list[str], options: Options
) -> list[str]:
    """Return what starts schemathesis as a kind of caller, with the hooks of this package."""
    phases = [phase for phase in PHASES[caller] if phase in options.phases]
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(SETTINGS), "run"]
    command += [str(state.place / "closed.json"), "--url", state.url, "--no-color"]
    command += ["--checks", "all", "--workers", "1", "--continue-on-failure"]
    command += ["--max-examples", str(options.examples), "--seed", str(options.seed)]
    command += ["--phases", ",".join(phases), "--generation-database", "none"]
    command += ["--report", "junit", "--report-junit-path", str(junit)]
    for operation in operations:
        command += ["--include-operation-id", operation]
    return command


def select_operations(part: str, operations: Iterable[Operation], options: Options) -> list[str]:
    """Return the ids of the operations that are probed, or that a kind of caller may call."""
    if not {*PHASES.get(part, [PROBES])} & {*options.phases}:
        return []
    return [
        operation.id
        for operation in operations
        if (part == PROBES or OPERATIONS[part](operation))
        and (not options.operations or operation.id in options.operations)
    ]


def run_all(
    state: RunState, operations: Iterable[Operation], options: Options
) -> Iterator[Process]:
    """Run schemathesis as each kind of caller, and the probes; yield each part that has ended."""
    operations = list(operations)
    waiting = [*options.callers[:1], PROBES, *options.callers[1:]]  # what takes longest comes first
    running: list[Process] = []
    try:
        while waiting or running:
            while waiting and len(running) < options.processes:
                part = waiting.pop(0)
                if chosen := select_operations(part, operations, options):
                    running.append(start(state, part, chosen, options))
            for process in list(running):
                with suppress(subprocess.TimeoutExpired):
                    process.popen.wait(0.2)
                    running.remove(process)
                    yield process
    finally:
        for process in running:
            process.stop()
