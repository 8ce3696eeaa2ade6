"""Exceptions that no handler expects: a problem document, two log lines, and no lasting damage."""

import json

import pytest

SECRET = "hunter2"
INTERNALS = (SECRET, "Traceback", "Error", "site-packages", "werkzeug", ".py")


class UnexpectedError(BaseException):
    """An exception that no handler names."""


@pytest.fixture
def crash(build):
    """Request a route that raises the given exception."""
    app, raised = build(), []

    def fail():
        raise raised[-1]

    app.add_url_rule("/fail", "fail", fail)

    def ask(error):
        raised.append(error)
        return app.test_client().get("/fail")

    return ask


@pytest.mark.parametrize(
    "error",
    [
        Exception(SECRET),
        MemoryError(),
        RecursionError(SECRET),
        SystemExit(3),
        KeyboardInterrupt(),
        GeneratorExit(),
        UnexpectedError(SECRET),
        BaseExceptionGroup(SECRET, [UnexpectedError(SECRET)]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_O_07_a_crash_is_logged_with_its_request_and_the_next_request_succeeds(
    crash, anyone, capsys, error
):
    capsys.readouterr()

    answer = crash(error)

    assert answer.status_code == 500
    assert answer.content_type == "application/problem+json"
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in lines] == ["crashed", "request"]
    assert {line["request_id"] for line in lines} == {answer.json["request_id"]}
    assert lines[0]["exception"][0]["type"] == type(error).__name__
    anyone.get("/health/live")


def test_E_02_a_crash_reveals_nothing_internal(crash):
    answer = crash(LookupError(SECRET))

    assert answer.json["error"] == "internal_error"
    assert [word for word in INTERNALS if word in answer.text + str(answer.headers)] == []
