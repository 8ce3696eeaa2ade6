"""The coverage of operations and error codes: what counts, gaps, and exemptions."""

import os

import pytest

from features.report import __main__ as command
from features.report.coverage import (
    ExemptionError,
    Exemptions,
    list_codes,
    list_operations,
    load_exemptions,
    make_tables,
)
from features.report.recorder import Recorder
from features.report.records import RequestRecord, ScenarioRecord, StepRecord
from features.report.run import Run, Scenario, ScenarioRequests

NAME = Scenario("features/login/log_in.feature", "Ada logs in")
NO_EXEMPTIONS = Exemptions({}, {})


def make_run(*requests, passed=True, is_full=True):
    scenarios = [ScenarioRequests(NAME, passed, list(requests))]
    return Run("0.2.0", "abc", "PostgreSQL 17", "2026-11-29T12:00:00+00:00", is_full, scenarios)


def find_row(table, name):
    return next(row for row in table.rows if row.subject.id == name)


@pytest.mark.parametrize("kind", ["when", "then"])
def test_a_request_of_a_when_or_a_then_counts(kind):
    request = RequestRecord(kind, "log_in", 401, "invalid_credentials")
    operations, codes = make_tables(make_run(request), NO_EXEMPTIONS)
    assert find_row(operations, "log_in").scenarios == (NAME,)
    assert find_row(codes, "invalid_credentials").scenarios == (NAME,)


@pytest.mark.parametrize(("kind", "passed"), [("given", True), ("when", False)])
def test_a_request_of_a_given_or_of_a_failed_scenario_does_not_count(kind, passed):
    request = RequestRecord(kind, "log_in", 401, "invalid_credentials")
    operations, codes = make_tables(make_run(request, passed=passed), NO_EXEMPTIONS)
    assert find_row(operations, "log_in").is_gap
    assert find_row(codes, "invalid_credentials").is_gap


def test_each_row_of_examples_is_a_scenario():
    request = RequestRecord("when", "log_in", 401, "invalid_credentials")
    run = make_run(request)
    run.scenarios.extend(run.scenarios[:1])
    row = find_row(make_tables(run, NO_EXEMPTIONS)[0], "log_in")
    assert (row.scenarios, row.count) == ((NAME,), 2)


def test_every_operation_and_every_code_has_a_row():
    operations, codes = make_tables(make_run(), load_exemptions())
    assert [row.subject for row in operations.rows] == list_operations()
    assert [row.subject for row in codes.rows] == list_codes()


def test_an_exemption_has_a_reason_and_closes_the_gap():
    operations, codes = make_tables(make_run(), load_exemptions())
    row = find_row(codes, "method_not_allowed")
    assert not row.is_gap
    assert len(row.exemption.split()) > 5
    assert find_row(operations, "log_in").is_gap


def test_an_exemption_of_an_unknown_operation_is_an_error():
    with pytest.raises(ExemptionError, match="no_such_operation"):
        make_tables(make_run(), Exemptions({"no_such_operation": "a reason"}, {}))


@pytest.fixture
def results(planted, tmp_path, monkeypatch):
    """Let the command work on the planted results, and write below a temporary directory."""
    directory = tmp_path / command.RESULTS
    directory.mkdir(parents=True)
    for path in (planted.directory / "results").iterdir():
        (directory / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "find_formatter", lambda _envelopes: None)
    return tmp_path


def test_a_gap_fails_and_is_printed(results, capsys):
    assert command.main([]) == 1
    printed = capsys.readouterr().out
    assert "no scenario: log_in (POST /api/login)" in printed
    assert "no scenario: email_taken (409)" in printed
    assert (results / command.SERVED).exists()


def test_a_partial_run_is_not_checked_and_not_served(results, capsys):
    path = results / command.RESULTS / "run.json"
    path.write_text(path.read_text().replace('"is_full": true', '"is_full": false'))
    assert command.main([]) == 0
    assert "not all features were run" in capsys.readouterr().out
    assert (results / command.PAGE).exists()
    assert not (results / command.SERVED).exists()


def test_without_results_the_command_says_how_to_get_them(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "ROOT", tmp_path)
    assert command.main([]) == 1
    assert "make bdd" in capsys.readouterr().err


@pytest.mark.parametrize(("source_age", "is_current"), [(-1, True), (1, False)])
def test_results_are_used_again_if_they_are_newer_than_every_source(
    results, source_age, is_current
):
    source = results / "features" / "login.feature"
    source.parent.mkdir()
    source.write_text("Feature: Log in")
    written = (results / command.RESULTS / "messages.ndjson").stat().st_mtime
    os.utime(source, (written + source_age, written + source_age))
    assert command.is_current() is is_current


@pytest.fixture
def recorder(app, tmp_path):
    """Record a scenario that is in its When step."""
    recorder = Recorder(tmp_path)
    recorder.current = ScenarioRecord("log_in.feature", "Ada logs in", [], "Log in")
    recorder.current.steps.append(StepRecord("Ada logs in", "when", 0))
    recorder.pytest_sessionstart()
    yield recorder
    recorder.pytest_sessionfinish()


def test_the_requests_of_a_scenario_are_recorded(recorder, client, user):
    user("Ada")
    client.post("/api/login", json={"username": "Ada", "password": "wrong"})
    client.head("/api/permissions")
    client.get("/nowhere")
    assert recorder.current.requests == [
        RequestRecord("when", "log_in", 401, "invalid_credentials"),
        RequestRecord("when", "list_permissions", 401, "unauthenticated"),
        RequestRecord("when", None, 404, "not_found"),
    ]
    assert recorder.current.database.startswith(("PostgreSQL 1", "SQLite 3"))


def test_no_request_is_recorded_outside_a_scenario(recorder, client):
    record = recorder.current
    recorder.pytest_bdd_after_scenario()
    client.get("/nowhere")
    assert record.requests == []
