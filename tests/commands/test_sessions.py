"""`rollbook sessions`."""

import json

import pytest

from tests.commands.conftest import last_line


@pytest.fixture
def listed(rollbook):
    def list_ids(name: str) -> list[str]:
        printed = rollbook("sessions", "list", name, "--json").output
        return [each["id"] for each in json.loads(printed)]

    return list_ids


def test_case_N_11_the_sessions_of_a_user_are_listed(rollbook, person):
    person("Grace")
    person("Ada")

    header, line = rollbook("sessions", "list", "ada").output.splitlines()

    assert header.split()[:3] == ["ID", "DEVICE", "ADDRESS"]
    assert len(line.split()[0]) == 36


def test_case_N_11_a_session_is_ended(rollbook, person, listed, recorded):
    ada = person("Ada")
    (session,) = listed("ada")

    done = rollbook("sessions", "end", "ada", session)

    assert last_line(done) == f"Ended the session {session} of Ada."
    ada.get("/api/me", expecting=401)
    assert listed("ada") == []
    assert recorded() == ["session.ended"]


def test_case_N_11_all_sessions_are_ended(rollbook, person, listed, recorded):
    ada = person("Ada")

    done = rollbook("sessions", "end", "ada@example.org", "--all")

    assert last_line(done) == "Ended all sessions of Ada."
    ada.get("/api/me", expecting=401)
    assert listed("ada") == []
    assert recorded() == ["sessions.ended"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("list", "nobody"), "There is no such user."),
        (("end", "nobody", "--all"), "There is no such user."),
        (("end", "ada"), "Give either the id of a session or --all."),
        (("end", "ada", "{session}", "--all"), "Give either the id of a session or --all."),
        (("end", "ada", "x"), "'x' is not a valid UUID."),
        (("end", "grace", "{session}"), "The user has no session with this id"),
    ],
)
def test_case_N_11_the_rules_of_the_api_apply(
    rollbook, person, listed, recorded, arguments, message
):
    person("Grace")
    ada = person("Ada")
    (session,) = listed("ada")

    done = rollbook("sessions", *(each.format(session=session) for each in arguments))

    assert done.exit_code in {1, 2}  # 2 for a wrong use
    assert message in done.output
    assert "Traceback" not in done.output
    ada.get("/api/me", expecting=200)
    assert recorded() == []
