"""`rollbook invitations`."""

import json

from tests.commands.conftest import last_line

UNKNOWN = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"


def test_a_person_is_invited_listed_invited_again_and_revoked(rollbook, recorded):
    given = ("--role", "admin", "--display-name", "Grace Hopper", "--locale", "de")
    created = rollbook("invitations", "create", "grace@example.org", *given)
    invitation_id = next(line for line in created.output.splitlines() if line[8:9] == "-")
    assert "Invited grace@example.org." in created.output

    shown = json.loads(rollbook("invitations", "show", invitation_id, "--json").output)
    assert (shown["state"], shown["roles"], shown["locale"]) == ("open", ["admin"], "de")
    assert shown["invited_by"] is None

    resent = rollbook("invitations", "resend", invitation_id)
    assert last_line(resent) == "Sent the invitation to grace@example.org again."
    assert last_line(rollbook("invitations", "revoke", invitation_id)) == "Revoked the invitation."

    header, line = rollbook("invitations", "list", "--state", "revoked").output.splitlines()
    assert header.split() == ["ID", "STATE", "EMAIL", "ROLES", "EXPIRES", "AT"]
    assert line.split()[:4] == [invitation_id, "revoked", "grace@example.org", "admin"]
    assert rollbook("invitations", "list", "--state", "open").output.splitlines()[1:] == []
    assert recorded() == ["invitation.created", "invitation.resent", "invitation.revoked"]


def test_all_pages_are_listed(rollbook, monkeypatch):
    monkeypatch.setattr("api.commands.invitations.PAGE_ROWS", 2)
    for number in range(5):
        rollbook("invitations", "create", f"person{number}@example.org")
    assert len(rollbook("invitations", "list").output.splitlines()) == 6


def test_errors_are_one_line(rollbook):
    assert rollbook("invitations", "revoke", UNKNOWN).exit_code == 1
    assert rollbook("invitations", "create", "nothing").exit_code != 0
    empty = rollbook("invitations", "create", "ada@example.org", "--username", "")
    assert "username must have 1 characters or more" in empty.output
    assert rollbook("invitations", "create", "a@example.org", "--role", "none").exit_code != 0
