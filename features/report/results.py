"""The result of each scenario of a run, from its Cucumber messages."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import cucumber_messages as cucumber
from cucumber_messages import Envelope

from features.report.records import Status

NOT_RUN = "NOT RUN"
WORST_FIRST = (Status.FAILED, Status.UNDEFINED, NOT_RUN, Status.SKIPPED, Status.PASSED)


@dataclass(frozen=True)
class Result:
    """How one pickle went: its status, and the step and the message of its error."""

    status: str
    step: str = ""
    message: str = ""


def collect_results(envelopes: Iterable[Envelope]) -> dict[str, Result]:
    """Return the result of each pickle that ran, by its id."""
    texts: dict[str, str] = {}
    cases: dict[str, cucumber.TestCase] = {}
    attempts: dict[str, cucumber.TestCase] = {}
    finished: dict[str, list[cucumber.TestStepFinished]] = defaultdict(list)
    for envelope in envelopes:
        if envelope.pickle:
            texts |= {step.id: step.text for step in envelope.pickle.steps}
        elif envelope.test_case:
            cases[envelope.test_case.id] = envelope.test_case
        elif envelope.test_case_started:
            started = envelope.test_case_started
            attempts[started.id] = cases[started.test_case_id]
        elif envelope.test_step_finished:
            step = envelope.test_step_finished
            finished[step.test_case_started_id].append(step)
    return {
        case.pickle_id: summarise(case, finished[attempt], texts)
        for attempt, case in attempts.items()
    }


def summarise(
    case: cucumber.TestCase, steps: list[cucumber.TestStepFinished], texts: dict[str, str]
) -> Result:
    """Return the result of one test case: the worst of its steps."""
    by_id = {step.id: step for step in case.test_steps}
    worst = find_worst(step.test_step_result.status.value for step in steps)
    for step in steps:
        if step.test_step_result.message:
            text = texts.get(by_id[step.test_step_id].pickle_step_id or "", "clean up")
            return Result(worst, text, step.test_step_result.message)
    return Result(worst)


def find_worst(statuses: Iterable[str]) -> str:
    given = set(statuses)
    return next((status for status in WORST_FIRST if status in given), NOT_RUN)
