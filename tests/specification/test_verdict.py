"""The banner of the page: whether it can be approved, and why not."""

from dataclasses import replace

import pytest

from features.report.outline import make_outline
from features.report.records import Status
from features.report.results import NOT_RUN
from features.report.verdict import describe, judge


@pytest.fixture
def outline(planted):
    return make_outline(planted.messages)


@pytest.fixture
def passed(outline):
    """Return the specification with the one feature that has only passed scenarios left."""
    feature = outline.capabilities[1].features[0]
    feature.rules[0].scenarios[:] = feature.rules[0].scenarios[:1]
    del outline.capabilities[0]
    return outline


def test_a_failed_scenario_cannot_be_approved(planted, outline):
    verdict = judge(planted.run, outline)
    assert verdict.kind == "failed"
    assert verdict.headline == (
        "Not approvable: 3 scenarios failed, 1 is not implemented, 1 was skipped"
    )
    assert "The price is wrong" in [scenario.name for scenario in verdict.failures]


def test_scenarios_that_did_not_run_are_counted():
    counts = {Status.PASSED: 7, Status.FAILED: 1, NOT_RUN: 2, Status.UNDEFINED: 0}
    text = describe({Status.SKIPPED: 0, **counts})
    assert text == "1 scenario failed, 2 did not run"


def test_a_passed_run_of_a_commit_can_be_approved(planted, passed):
    verdict = judge(replace(planted.run, commit="abc"), passed)
    assert (verdict.kind, verdict.headline) == ("passed", "1 scenario passed")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"commit": "abc+changes"}, "uncommitted changes"),
        ({"commit": "unknown"}, "The commit is not known."),
        ({"commit": "abc", "is_full": False}, "Only some of the features were run."),
    ],
)
def test_a_run_whose_sources_are_not_known_cannot_be_approved(planted, passed, change, reason):
    verdict = judge(replace(planted.run, **change), passed)
    assert verdict.kind == "skipped"
    assert verdict.headline.startswith("Not approvable")
    assert reason in verdict.reasons[0]
