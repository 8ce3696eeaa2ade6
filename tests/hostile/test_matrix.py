"""Every operation of the contract, called by every kind of caller (A-01 to A-03).

The contract declares what is right: ``security`` which operations are public, ``x-permission`` the
required permission, ``x-self`` that users may do it to themselves without. So new operations are
tested without a change here.
"""

import json
from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple

import pytest

from api.core.permissions import Permission
from api.core.secrets import new_id
from tests.hostile.contract import UNKNOWN, Operation, operations
from tests.hostile.corpus import GOOD
from tests.hostile.wire import Answer
from tests.service import ROOT
from tests.support import PASSWORD, Person

DOCUMENT = json.loads((ROOT / "openapi" / "openapi.json").read_bytes())
OFFERED = {one.id: one for one in operations(DOCUMENT)}
WITHOUT_PERMISSION = {  # open to every user
    "change_my_password",
    "delete_me",
    "end_my_other_sessions",
    "end_my_session",
    "export_me",
    "get_me",
    "list_my_sessions",
    "log_out",
    "get_protected",
    "reauthenticate",
    "request_email_change",
    "update_me",
}

ANONYMOUS, USER, ADMIN = "anonymous", "a user", "an administrator"
OWN_ACCOUNT = "a user, on the own account"
ROLES = {f"a user with {permission}": permission for permission in Permission}
UNAUTHENTICATED, SESSION_REQUIRED, ALLOWED = "unauthenticated", "session required", "allowed"

# The user is not deleted, and the tokens and the message of the examples are unknown; these are
# checked last.
CHECKED_LAST = {
    "restore_user": 404,
    "accept_invitation": 400,
    "cancel_email_change": 400,
    "confirm_email_change": 400,
    "end_session_by_mail": 400,
    "reset_password": 400,
    "restore_account": 400,
    "retry_message": 404,
    "verify_email": 400,
}

numbers = count(1)


def expected_outcome(one: Operation, caller: str) -> str:
    """Return the outcome that the contract declares."""
    if one.public:
        return ALLOWED
    if caller == ANONYMOUS:
        return UNAUTHENTICATED
    if one.permission is None or caller == ADMIN or ROLES.get(caller) == one.permission:
        return ALLOWED
    return ALLOWED if one.own and caller == OWN_ACCOUNT else f"lacks {one.permission}"


def callers(one: Operation) -> list[str]:
    oneself = [OWN_ACCOUNT] if "user_id" in one.ids else []
    return [ANONYMOUS, USER, *oneself, ADMIN, *ROLES]


class RequestBody(NamedTuple):
    """The body and the header lines of a request that succeeds."""

    body: Any
    lines: tuple[str, ...] = ()


def account(name: str) -> dict[str, str]:
    return {"username": name, "email": f"{name}@example.org"}


def body_of(one: Operation, who: Person, name: str) -> RequestBody:
    """Return a body with which an allowed caller succeeds; the default is the example."""
    whole = {"display_name": None, "status": "active", "user_metadata": {}, "app_metadata": {}}
    bodies = {
        "log_in": {"username": who.username, "password": PASSWORD},
        "refresh": {"refresh_token": who.refresh_token},
        "change_my_password": {"current_password": PASSWORD, "new_password": GOOD},
        "reauthenticate": {"password": PASSWORD},
        "register": {**account(name), "password": GOOD},
        "create_user": {**account(name), "password": GOOD},
        "replace_user": {**account(name), **whole},
        "update_user": {"display_name": "Other"},
        "create_invitation": {"email": f"{name}@example.org"},
        "request_email_change": {"email": f"{name}@example.org"},
        "create_role": {"name": name, "description": "Other.", "permissions": []},
        "update_role": {"description": "Other."},
    }
    if one.id == "import_users":
        return RequestBody(
            json.dumps(account(name)).encode(), ("Content-Type: application/x-ndjson",)
        )
    if one.id in {"introspect", "revoke"}:
        return RequestBody(b"token=x", ("Content-Type: application/x-www-form-urlencoded",))
    return RequestBody(bodies.get(one.id, one.body))


def outcome(one: Operation, answer: Answer) -> str:
    """Return the outcome; an allowed request must have succeeded."""
    if answer.error == "unauthenticated":
        return UNAUTHENTICATED
    if answer.error == "session_required":
        return SESSION_REQUIRED
    if answer.error == "permission_denied":
        return f"lacks {answer.json['permission']}"
    last = CHECKED_LAST.get(one.id)
    expected = {last} if last else {status for status in one.statuses if status < 300}
    return ALLOWED if answer.status in expected else f"{answer.status} {answer.body!r}"


@pytest.fixture(scope="module")
def roles(root) -> dict[str, str]:
    """Create a role per permission, and return the role of each kind of caller."""
    names = {caller: permission.replace(":", "-") for caller, permission in ROLES.items()}
    for caller, name in names.items():
        body = {"name": name, "description": caller, "permissions": [ROLES[caller]]}
        assert root.post("/api/roles", body).status == 201
    return {ANONYMOUS: "user", USER: "user", OWN_ACCOUNT: "user", ADMIN: "admin", **names}


@pytest.fixture(scope="module")
def event_id(root) -> str:
    assert root.patch("/api/me", {"display_name": "Root"}).status == 200  # an event
    return root.get("/api/audit-events?limit=1").json["items"][0]["id"]


Ids = Callable[[Operation, Person], dict[str, str]]


@pytest.fixture(scope="module")
def ids_of(service, root, event_id) -> Ids:
    """Return existing ids for the path of an operation on a user."""

    def found(one: Operation, person: Person) -> dict[str, str]:
        ids = {"user_id": person.id, "session_id": person.session_id, "event_id": event_id}
        if "name" in one.ids:
            ids["name"] = f"role-{next(numbers)}"
            body = {"name": ids["name"], "description": "Nothing.", "permissions": []}
            assert root.post("/api/roles", body).status == 201
        if "invitation_id" in one.ids:
            email = f"invited-{next(numbers)}@example.org"
            ids["invitation_id"] = service.local_service.invite(email)
        ids["message_id"] = str(new_id())
        return {name: ids[name] for name in one.ids}

    return found


@pytest.mark.parametrize("name", OFFERED)
def test_A_03_every_caller_gets_the_declared_outcome(wire, make_person, roles, ids_of, name):
    one = OFFERED[name]
    answered = {}
    for caller in callers(one):
        who = make_person(role=roles[caller])
        on_own = caller == OWN_ACCOUNT or "user_id" not in one.ids
        path = one.path(**ids_of(one, who if on_own else make_person()))
        asking = wire if caller == ANONYMOUS else wire.as_person(who)
        body, lines = body_of(one, who, f"new-{next(numbers)}")
        answered[caller] = outcome(one, asking.ask(one.method, path, body, *lines))

    assert answered == {caller: expected_outcome(one, caller) for caller in callers(one)}


def test_A_03_every_operation_declares_its_permission_or_is_open_to_users(contract):
    assert operations(contract) == list(
        OFFERED.values()
    )  # the committed contract is the served one
    without = {one.id for one in OFFERED.values() if not one.public and one.permission is None}
    assert without == WITHOUT_PERMISSION


def test_A_03_each_denial_is_in_the_audit_log(wire, root, make_person):
    person = make_person()
    guarded = [one for one in OFFERED.values() if one.permission]
    for one in guarded:
        body, lines = body_of(one, person, "denied")
        assert wire.as_person(person).ask(one.method, one.path(), body, *lines).status == 403, (
            one.id
        )

    query = f"/api/audit-events?actor={person.id}&action=access.denied&limit=100"
    permissions = [event["details"]["permission"] for event in root.get(query).json["items"]]
    assert permissions[::-1] == [one.permission for one in guarded]


@pytest.mark.parametrize("name", [one.id for one in OFFERED.values() if one.ids])
def test_A_02_objects_of_others_and_unknown_ids_have_the_same_response(
    wire, make_person, ids_of, name
):
    one, me, other = OFFERED[name], make_person(), make_person()
    there = ids_of(one, other)
    body, lines = body_of(one, me, "unknown")
    ask = wire.as_person(me).ask
    answer = ask(one.method, one.path(**there), body, *lines)
    assert answer.status in {403, 404}
    for kind in one.ids:
        nowhere = one.path(**{**there, kind: "nowhere" if kind == "name" else UNKNOWN})
        assert ask(one.method, nowhere, body, *lines).comparable == answer.comparable, kind


def test_A_02_a_session_of_another_user_is_404(wire, make_person):
    me, other = make_person(), make_person()
    theirs, unknown = (
        wire.as_person(me).ask("DELETE", f"/api/users/{me.id}/sessions/{its_id}")
        for its_id in (other.session_id, UNKNOWN)
    )
    assert theirs.status == 404
    assert theirs.comparable == unknown.comparable
