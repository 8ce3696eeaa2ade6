"""A run of the features as a stream of Cucumber messages, one JSON document per line.

https://github.com/cucumber/messages describes the messages. The stream is written when the run has
ended, since the workers of pytest-xdist report their scenarios in any order.
"""

import json
import platform
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import cucumber_messages as cucumber
from cucumber_messages import Envelope, Pickle, TestStepResultStatus, message_converter

from features.report.documents import Documents, list_texts
from features.report.records import ScenarioRecord, Status, StepRecord

NANOSECONDS = 10**9
Function = tuple[str, int]


class MismatchError(Exception):
    """A scenario ran that its feature file does not have."""


@dataclass
class Definitions:
    """The functions of the steps, and the hook that stands for the fixtures of a scenario."""

    documents: Documents
    ids: dict[Function, str] = field(default_factory=dict)
    texts: dict[Function, set[str]] = field(default_factory=lambda: defaultdict(set))
    clean_up_id: str = ""

    def collect(self, records: Iterable[ScenarioRecord]) -> None:
        for record in records:
            for step in record.steps:
                if step.function:
                    self.texts[step.function].add(step.text)
            if record.clean_up_error and not self.clean_up_id:
                self.clean_up_id = self.documents.new_id()
        self.ids = {function: self.documents.new_id() for function in sorted(self.texts)}

    def write(self) -> Iterator[Envelope]:
        """Return the definitions. Their patterns are the texts that they matched in this run."""
        for function, definition_id in self.ids.items():
            uri, line = function
            source = "|".join(re.escape(text) for text in sorted(self.texts[function]))
            yield Envelope(
                step_definition=cucumber.StepDefinition(
                    definition_id,
                    cucumber.StepDefinitionPattern(
                        f"^(?:{source})$", cucumber.StepDefinitionPatternType.regular_expression
                    ),
                    cucumber.SourceReference(uri=uri, location=cucumber.Location(line)),
                )
            )
        if self.clean_up_id:
            yield Envelope(
                hook=cucumber.Hook(
                    self.clean_up_id,
                    cucumber.SourceReference(uri="features/conftest.py"),
                    name="clean up",
                    type=cucumber.HookType.after_test_case,
                )
            )


class Stream:
    """The messages of one run."""

    def __init__(self, root: Path, uris: Iterable[str]) -> None:
        self.documents = Documents(root)
        self.sources = list(self.documents.read(uris))
        self.definitions = Definitions(self.documents)
        self.run_id = self.documents.new_id()

    def write(self, records: list[ScenarioRecord], *, success: bool) -> Iterator[Envelope]:
        """Return all messages of a run.

        Raises:
            MismatchError: a record belongs to no pickle.
        """
        self.definitions.collect(records)
        matches = match_pickles([each.pickle for each in self.sources if each.pickle], records)
        cases = [self._make_case(pickle, record) for pickle, record in matches]
        events = [event for _, case_events in cases for event in case_events]
        events.sort(key=lambda event: event[0])  # stable, so each scenario keeps its order
        times = [moment for moment, _ in events] or [0]
        yield describe_run()
        yield from self.sources
        yield from self.definitions.write()
        started = cucumber.TestRunStarted(make_timestamp(times[0]), id=self.run_id)
        yield Envelope(test_run_started=started)
        yield from (Envelope(test_case=case) for case, _ in cases)
        yield from (envelope for _, envelope in events)
        finished = cucumber.TestRunFinished(
            success, make_timestamp(times[-1]), test_run_started_id=self.run_id
        )
        yield Envelope(test_run_finished=finished)

    def _make_case(
        self, pickle: Pickle, record: ScenarioRecord
    ) -> tuple[cucumber.TestCase, list[tuple[int, Envelope]]]:
        """Return the test case of a scenario, and the events of its run with their times."""
        steps = [
            self._make_step(step.id, result)
            for step, result in zip(pickle.steps, pad_steps(record), strict=True)
        ]
        results = pad_steps(record)
        if record.clean_up_error:
            steps.append(
                cucumber.TestStep(self.documents.new_id(), hook_id=self.definitions.clean_up_id)
            )
            results.append(make_clean_up(record))
        case = cucumber.TestCase(self.documents.new_id(), pickle.id, steps, self.run_id)
        events = CaseEvents(case, self.documents.new_id(), record.worker)
        return case, list(events.write(results))

    def _make_step(self, pickle_step_id: str, result: StepRecord) -> cucumber.TestStep:
        found = [self.definitions.ids[result.function]] if result.function else []
        return cucumber.TestStep(
            self.documents.new_id(),
            pickle_step_id=pickle_step_id,
            step_definition_ids=found,
            step_match_arguments_lists=[cucumber.StepMatchArgumentsList([]) for _ in found],
        )


@dataclass
class CaseEvents:
    """What happened in one test case, with the time of each event."""

    case: cucumber.TestCase
    started_id: str
    worker: str

    def write(self, results: list[StepRecord]) -> Iterator[tuple[int, Envelope]]:
        begin = cucumber.TestCaseStarted(
            attempt=0,
            id=self.started_id,
            test_case_id=self.case.id,
            timestamp=make_timestamp(results[0].started),
            worker_id=self.worker or None,
        )
        yield results[0].started, Envelope(test_case_started=begin)
        for step, result in zip(self.case.test_steps, results, strict=True):
            yield from self._write_step(step.id, result)
        end = results[-1].finished
        finished = cucumber.TestCaseFinished(
            self.started_id, make_timestamp(end), will_be_retried=False
        )
        yield end, Envelope(test_case_finished=finished)

    def _write_step(self, step_id: str, result: StepRecord) -> Iterator[tuple[int, Envelope]]:
        started = cucumber.TestStepStarted(self.started_id, step_id, make_timestamp(result.started))
        yield result.started, Envelope(test_step_started=started)
        finished = cucumber.TestStepFinished(
            self.started_id, step_id, make_result(result), make_timestamp(result.finished)
        )
        yield result.finished, Envelope(test_step_finished=finished)


def match_pickles(
    pickles: Iterable[Pickle], records: Iterable[ScenarioRecord]
) -> list[tuple[Pickle, ScenarioRecord]]:
    """Return the pickle of each record: the one of the same file, name and steps."""
    waiting: dict[tuple[str, ...], list[Pickle]] = defaultdict(list)
    for pickle in pickles:
        waiting[pickle.uri, pickle.name, *list_texts(pickle)].append(pickle)
    matches = []
    for record in records:
        candidates = waiting[record.uri, record.name, *record.texts]
        if not candidates:
            raise MismatchError(f"{record.uri}: no scenario {record.name!r} with these steps")
        matches.append((candidates.pop(0), record))
    return matches


def pad_steps(record: ScenarioRecord) -> list[StepRecord]:
    """Return a result for each step: those that were not started are skipped."""
    end = record.steps[-1].finished if record.steps else 0
    rest = record.texts[len(record.steps) :]
    return [*record.steps, *(StepRecord(text, "", end, end) for text in rest)]


def make_clean_up(record: ScenarioRecord) -> StepRecord:
    end = record.steps[-1].finished
    message = record.clean_up_error
    return StepRecord("clean up", "", end, end, Status.FAILED, None, "CleanUpError", message)


def make_result(result: StepRecord) -> cucumber.TestStepResult:
    error = None
    if result.error_message or result.error_type:
        error = cucumber.Exception(result.error_type, result.error_message)
    seconds, nanos = divmod(result.finished - result.started, NANOSECONDS)
    return cucumber.TestStepResult(
        cucumber.Duration(seconds=seconds, nanos=nanos),
        TestStepResultStatus(result.status),
        exception=error,
        message=f"{result.error_type}: {result.error_message}" if error else None,
    )


def make_timestamp(nanoseconds: int) -> cucumber.Timestamp:
    seconds, nanos = divmod(nanoseconds, NANOSECONDS)
    return cucumber.Timestamp(nanos=nanos, seconds=seconds)


def describe_run() -> Envelope:
    """Return what ran the features; nothing in it names this machine."""
    return Envelope(
        meta=cucumber.Meta(
            cpu=cucumber.Product(platform.machine()),
            implementation=cucumber.Product("pytest-bdd", version("pytest-bdd")),
            os=cucumber.Product(platform.system()),
            protocol_version=version("cucumber-messages"),
            runtime=cucumber.Product(platform.python_implementation(), platform.python_version()),
        )
    )


def dump(envelopes: Iterable[Envelope]) -> str:
    lines = (json.dumps(message_converter.to_dict(each), ensure_ascii=False) for each in envelopes)
    return "".join(f"{line}\n" for line in lines)


def load(text: str) -> list[Envelope]:
    """Return the messages of a stream. Only a line feed ends a line: a text may contain others."""
    lines = filter(None, text.split("\n"))
    return [message_converter.from_dict(json.loads(line), Envelope) for line in lines]
