"""The files of a run: the messages, the requests of each scenario, and what ran where."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from subprocess import run

from features.report.documents import find_uris
from features.report.messages import Stream, dump
from features.report.records import RequestRecord, ScenarioRecord, Status

FEATURES = "features"
MESSAGES = "messages.ndjson"
RUN = "run.json"
DIRTY = "+changes"  # a file differs from the commit
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Scenario:
    """A scenario, or a row of its examples, by its file and its name."""

    uri: str
    name: str


@dataclass(frozen=True)
class ScenarioRequests:
    """The requests that one scenario sent."""

    scenario: Scenario
    passed: bool
    requests: list[RequestRecord]


@dataclass(frozen=True)
class Run:
    """What ran where, and which requests the scenarios sent."""

    version: str
    commit: str
    database: str
    finished: str
    is_full: bool  # all features were asked for
    scenarios: list[ScenarioRequests]


def write_run(
    directory: Path,
    root: Path,
    records: list[ScenarioRecord],
    *,
    success: bool,
    is_full: bool,
) -> None:
    """Write the messages and the requests of the scenarios that ran."""
    directory.mkdir(parents=True, exist_ok=True)
    records = sorted(records, key=lambda record: record.uri)
    stream = Stream(root, find_uris(root, root / FEATURES))
    messages = dump(stream.write(records, success=success))
    summary = Run(
        version=version("rollbook"),
        commit=read_commit(root),
        database=name_databases(records),
        is_full=is_full,
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        scenarios=[select_requests(record) for record in records],
    )
    (directory / RUN).write_text(json.dumps(asdict(summary), indent=1))
    (directory / MESSAGES).write_text(messages)


def select_requests(record: ScenarioRecord) -> ScenarioRequests:
    name = Scenario(record.uri, record.name)
    return ScenarioRequests(name, record.status == Status.PASSED, record.requests)


def load_run(directory: Path) -> Run:
    data = json.loads((directory / RUN).read_text())
    scenarios = [
        ScenarioRequests(
            Scenario(**each["scenario"]),
            each["passed"],
            [RequestRecord(**request) for request in each["requests"]],
        )
        for each in data["scenarios"]
    ]
    return Run(**{**data, "scenarios": scenarios})


def name_databases(records: Iterable[ScenarioRecord]) -> str:
    names = sorted({record.database for record in records if record.database})
    return " and ".join(names) or "that of a service elsewhere"


def read_commit(root: Path) -> str:
    """Return the commit, and whether files differ from it; a release has no repository."""
    command = ["git", "describe", "--always", "--exclude=*", "--abbrev=12", f"--dirty={DIRTY}"]
    done = run(command, cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.strip() or UNKNOWN
