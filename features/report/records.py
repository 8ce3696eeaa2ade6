"""What happened in one scenario: its steps, and the requests that it sent.

A worker of pytest-xdist attaches a record to the report of the test, as text, and the main process
collects it.
"""

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """The results of a step, in the words of Cucumber."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    UNDEFINED = "UNDEFINED"


@dataclass
class StepRecord:
    """A step that was started; ``kind`` is given, when or then. Times are in nanoseconds."""

    text: str
    kind: str
    started: int
    finished: int = 0
    status: Status = Status.SKIPPED
    function: tuple[str, int] | None = None  # its file and line
    error_type: str = ""
    error_message: str = ""


@dataclass
class RequestRecord:
    """A request that was answered; ``kind`` is that of the step that sent it."""

    kind: str
    operation: str | None
    status: int
    code: str | None


@dataclass
class ScenarioRecord:
    """A scenario that was started, with its examples filled in."""

    uri: str
    name: str
    texts: list[str]  # of all its steps, those of the background included
    feature: str
    steps: list[StepRecord] = field(default_factory=list)
    requests: list[RequestRecord] = field(default_factory=list)
    worker: str = ""
    database: str = ""
    clean_up_error: str = ""  # of a fixture, after the last step

    @property
    def status(self) -> Status:
        statuses = {step.status for step in self.steps}
        if self.clean_up_error or Status.FAILED in statuses:
            return Status.FAILED
        if Status.UNDEFINED in statuses:
            return Status.UNDEFINED
        return Status.SKIPPED if Status.SKIPPED in statuses or not statuses else Status.PASSED


def dump_record(record: ScenarioRecord) -> str:
    return json.dumps(asdict(record))


def load_record(text: str) -> ScenarioRecord:
    data = json.loads(text)
    steps = [load_step(step) for step in data["steps"]]
    requests = [RequestRecord(**request) for request in data["requests"]]
    return ScenarioRecord(**{**data, "steps": steps, "requests": requests})


def load_step(data: dict[str, Any]) -> StepRecord:
    function = data["function"]
    place = (function[0], function[1]) if function else None
    return StepRecord(**{**data, "status": Status(data["status"]), "function": place})
