"""Whether the page can be approved, in words."""

from collections import Counter
from dataclasses import dataclass

from features.report.outline import Outline, Scenario
from features.report.records import Status
from features.report.results import NOT_RUN
from features.report.run import DIRTY, UNKNOWN, Run

PHRASES = {  # for one scenario, and for several
    Status.FAILED: ("failed", "failed"),
    Status.UNDEFINED: ("is not implemented", "are not implemented"),
    Status.SKIPPED: ("was skipped", "were skipped"),
    NOT_RUN: ("did not run", "did not run"),
}


@dataclass(frozen=True)
class Verdict:
    """What the banner says; ``kind`` is its colour: passed, failed or skipped."""

    kind: str
    headline: str
    reasons: list[str]
    failures: list[Scenario]


def judge(run: Run, outline: Outline) -> Verdict:
    """Return whether all scenarios passed, and in a run whose sources can be found again."""
    counts = Counter(result.status for result in outline.results)
    reasons = list_doubts(run)
    if set(counts) != {Status.PASSED}:
        failures = [each for each in outline.list_scenarios() if each.errors]
        return Verdict("failed", f"Not approvable: {describe(counts)}", reasons, failures)
    passed = f"{'All ' if len(outline.results) > 1 else ''}{count_scenarios(len(outline.results))}"
    if reasons:
        return Verdict("skipped", f"Not approvable, although {passed.lower()} passed", reasons, [])
    return Verdict("passed", f"{passed} passed", ["This page can be approved."], [])


def describe(counts: Counter[str]) -> str:
    """Return how many scenarios did not pass: ``1 scenario failed, 2 did not run``."""
    parts = [
        f"{counts[status]} {phrases[counts[status] > 1]}"
        for status, phrases in PHRASES.items()
        if counts[status]
    ]
    if not parts:
        return "there is no scenario"
    number, _, rest = parts[0].partition(" ")
    return ", ".join([f"{count_scenarios(int(number))} {rest}", *parts[1:]])


def list_doubts(run: Run) -> list[str]:
    """Return why it is not known what ran."""
    doubts = []
    if run.commit.endswith(DIRTY):
        commit = run.commit.removesuffix(DIRTY)
        doubts.append(
            "The page was made from uncommitted changes: "
            f"the files differ from the commit {commit}, so the version that ran is not stored."
        )
    if run.commit == UNKNOWN:
        doubts.append("The commit is not known.")
    if not run.is_full:
        doubts.append("Only some of the features were run.")
    return doubts


def count_scenarios(number: int) -> str:
    return f"{number} scenario" if number == 1 else f"{number} scenarios"
