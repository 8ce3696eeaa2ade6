"""The stream of Cucumber messages: references, order, statuses and times."""

import json
from collections import Counter

import pytest
from cucumber_messages import Envelope, message_converter

from features.report.messages import MismatchError, match_pickles
from features.report.records import ScenarioRecord

ONE_BOOK = "One book"


@pytest.fixture(scope="session")
def documents(planted):
    """Return the messages as plain JSON."""
    return [json.loads(line) for line in planted.text.splitlines()]


def select(documents, kind):
    return [document[kind] for document in documents if kind in document]


def find_values(node, name):
    """Return all values of a member, at any depth."""
    if isinstance(node, list):
        return [value for item in node for value in find_values(item, name)]
    if not isinstance(node, dict):
        return []
    own = [node[name]] if name in node else []
    return own + [value for item in node.values() for value in find_values(item, name)]


def list_statuses(documents, name):
    """Return the status of each step of the scenario with this name."""
    pickle = next(each for each in select(documents, "pickle") if each["name"] == name)
    case = next(each for each in select(documents, "testCase") if each["pickleId"] == pickle["id"])
    steps = {step["id"] for step in case["testSteps"]}
    finished = select(documents, "testStepFinished")
    return [each["testStepResult"]["status"] for each in finished if each["testStepId"] in steps]


def test_each_message_is_one_that_cucumber_knows(documents):
    for document in documents:
        envelope = message_converter.from_dict(document, Envelope)
        assert message_converter.to_dict(envelope) == document
        assert len(document) == 1


def test_ids_are_unique(documents):
    ids = find_values(documents, "id")
    assert [one for one, number in Counter(ids).items() if number > 1] == []


@pytest.mark.parametrize(
    ("reference", "kind"),
    [
        ("pickleId", "pickle"),
        ("testCaseId", "testCase"),
        ("testCaseStartedId", "testCaseStarted"),
        ("testRunStartedId", "testRunStarted"),
        ("hookId", "hook"),
    ],
)
def test_each_reference_names_an_earlier_message(documents, reference, kind):
    known, used = set(), 0
    for document in documents:
        for message_kind, message in document.items():
            references = find_values(message, reference)
            assert set(references) <= known
            used += len(references)
            if message_kind == kind:
                known.add(message["id"])
    assert used > 0


def test_steps_refer_to_pickle_steps_and_step_definitions(documents):
    pickle_steps = {step["id"] for each in select(documents, "pickle") for step in each["steps"]}
    definitions = {each["id"] for each in select(documents, "stepDefinition")}
    steps = [step for case in select(documents, "testCase") for step in case["testSteps"]]
    assert {step["pickleStepId"] for step in steps if "pickleStepId" in step} == pickle_steps
    assert {one for step in steps for one in step.get("stepDefinitionIds", ())} == definitions
    case_steps = {step["id"] for step in steps}
    assert set(find_values(documents, "testStepId")) == case_steps


def test_each_pickle_is_run_once(documents):
    pickles = [each["id"] for each in select(documents, "pickle")]
    assert sorted(each["pickleId"] for each in select(documents, "testCase")) == sorted(pickles)
    assert len(select(documents, "testCaseStarted")) == len(pickles) == 7
    assert len(select(documents, "testCaseFinished")) == len(pickles)


def test_each_step_is_started_and_finished_within_its_scenario(documents):
    open_cases, open_steps = set(), set()
    for document in documents:
        if started := document.get("testCaseStarted"):
            open_cases.add(started["id"])
        elif started := document.get("testStepStarted"):
            assert started["testCaseStartedId"] in open_cases
            open_steps.add(started["testStepId"])
        elif finished := document.get("testStepFinished"):
            open_steps.remove(finished["testStepId"])
        elif finished := document.get("testCaseFinished"):
            open_cases.remove(finished["testCaseStartedId"])
    assert not open_cases
    assert not open_steps


def test_times_do_not_go_back(documents):
    stamps = [(stamp["seconds"], stamp["nanos"]) for stamp in find_values(documents, "timestamp")]
    assert stamps == sorted(stamps)
    assert stamps[0][0] > 1_700_000_000
    durations = find_values(documents, "duration")
    assert all(each["seconds"] >= 0 and 0 <= each["nanos"] < 10**9 for each in durations)
    assert any(each["nanos"] > 0 for each in durations)


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        (ONE_BOOK, ["PASSED", "PASSED", "PASSED"]),
        ("The price is wrong", ["PASSED", "PASSED", "FAILED", "SKIPPED"]),
        ("The shop is closed", ["SKIPPED", "SKIPPED"]),
        ("There is no such step", ["UNDEFINED", "SKIPPED"]),
        ("The basket is lost afterwards", ["PASSED", "PASSED", "FAILED"]),
    ],
)
def test_a_step_has_the_status_of_its_run(documents, name, statuses):
    assert list_statuses(documents, name) == statuses


def test_the_run_is_not_successful_if_a_scenario_failed(documents):
    assert select(documents, "testRunFinished")[0]["success"] is False


def test_a_failed_step_has_its_error(documents):
    errors = find_values(documents, "exception")
    assert {"AssertionError", "StepDefinitionNotFoundError", "CleanUpError"} == {
        error["type"] for error in errors
    }


def test_no_path_of_this_machine_is_written(planted):
    assert str(planted.directory) not in planted.text
    assert "features/shop/steps.py" in planted.text


def test_both_workers_ran_scenarios(documents):
    assert {each["workerId"] for each in select(documents, "testCaseStarted")} == {"gw0", "gw1"}


def test_a_scenario_that_no_file_has_is_an_error():
    record = ScenarioRecord("features/shop/buy.feature", ONE_BOOK, ["Ada flies"], "Buy a book")
    with pytest.raises(MismatchError, match=ONE_BOOK):
        match_pickles([], [record])


def test_case_N_18_the_run_prints_each_scenario_by_name_and_what_ran(planted):
    for line in (
        "shop: Buy a book",
        "  passed    One book",
        "  failed    The price is wrong",
        "  undefined There is no such step",
        "  skipped   The shop is closed",
    ):
        assert f"{line}\n" in planted.output
    assert "7 scenarios: 3 failed, 2 passed, 1 skipped, 1 undefined" in planted.output
