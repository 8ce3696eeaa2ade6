"""Who may do what: every operation of the contract, asked by everyone there is (A-01 to A-03).

What is right stands in the document: ``security`` says what takes no token, ``x-permission`` what
it takes, ``x-self`` that one may do it to oneself without. So a new operation is in here at once.
"""

import json
from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple

import pytest

from api.core.permissions import Permission
from tests.hostile.contract import UNKNOWN, Operation, operations
from tests.hostile.corpus import GOOD
from tests.hostile.wire import Answer
from tests.service import ROOT
from tests.support import PASSWORD, Person

DOCUMENT = json.loads((ROOT / "openapi" / "openapi.json").read_bytes())
OFFERED = {one.id: one for one in operations(DOCUMENT)}
FOR_EVERYBODY = {  # who has an account: these alone name no permission
    "change_my_password",
    "delete_me",
    "end_my_other_sessions",
    "end_my_session",
    "get_me",
    "list_my_sessions",
    "log_out",
    "get_protected",
    "reauthenticate",
    "update_me",
}

NOBODY, USER, ADMIN = "nobody", "a user", "an administrator"
ONESELF = "a user, to themselves"
ROLES = {f"who may {permission}": permission for permission in Permission}
NO_TOKEN, THROUGH = "no token", "let through"

numbers = count(1)


def declared(one: Operation, caller: str) -> str:
    """Return what the document says becomes of it."""
    if one.public:
        return THROUGH
    if caller == NOBODY:
        return NO_TOKEN
    if one.permission is None or caller == ADMIN or ROLES.get(caller) == one.permission:
        return THROUGH
    return THROUGH if one.own and caller == ONESELF else f"lacks {one.permission}"


def callers(one: Operation) -> list[str]:
    oneself = [ONESELF] if "user_id" in one.ids else []
    return [NOBODY, USER, *oneself, ADMIN, *ROLES]


class Sent(NamedTuple):
    """A body that does no more than the operation is named for."""

    body: Any
    lines: tuple[str, ...] = ()


def account(name: str) -> dict[str, str]:
    return {"username": name, "email": f"{name}@example.org"}


def sent(one: Operation, who: Person, name: str) -> Sent:
    """Return what succeeds, if it is let through: of the examples, whatever is not told here."""
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
        "create_role": {"name": name, "description": "Other.", "permissions": []},
        "update_role": {"description": "Other."},
    }
    if one.id == "import_users":
        return Sent(json.dumps(account(name)).encode(), ("Content-Type: application/x-ndjson",))
    return Sent(bodies.get(one.id, one.body))


def outcome(one: Operation, answer: Answer) -> str:
    """Return what became of it; where it came through, it has to have succeeded."""
    if answer.error == "unauthenticated":
        return NO_TOKEN
    if answer.error == "permission_denied":
        return f"lacks {answer.json['permission']}"
    succeeds = {"restore_user": 404}.get(one.id)  # nobody is deleted, which is told afterwards
    told = succeeds or next(status for status in one.statuses if status < 300)
    return THROUGH if answer.status == told else f"{answer.status} {answer.body!r}"


@pytest.fixture(scope="module")
def roles(root) -> dict[str, str]:
    """The names of the roles that the callers hold; most carry one permission each."""
    names = {caller: permission.replace(":", "-") for caller, permission in ROLES.items()}
    for caller, name in names.items():
        body = {"name": name, "description": caller, "permissions": [ROLES[caller]]}
        assert root.post("/api/roles", body).status == 201
    return {NOBODY: "user", USER: "user", ONESELF: "user", ADMIN: "admin", **names}


@pytest.fixture(scope="module")
def event_id(root) -> str:
    return root.get("/api/audit-events?limit=1").json["items"][0]["id"]


Ids = Callable[[Operation, Person], dict[str, str]]


@pytest.fixture(scope="module")
def ids_of(root, somebody, event_id) -> Ids:
    """The ids in the path of an operation on somebody, all of which there are."""

    def found(one: Operation, person: Person) -> dict[str, str]:
        ids = {"user_id": person.id, "session_id": person.session_id, "event_id": event_id}
        if "name" in one.ids:
            ids["name"] = f"held-{next(numbers)}"
            body = {"name": ids["name"], "description": "Nothing.", "permissions": []}
            assert root.post("/api/roles", body).status == 201
        return {name: ids[name] for name in one.ids}

    return found


@pytest.mark.parametrize("name", OFFERED)
def test_A_03_everyone_is_answered_as_the_document_declares(wire, somebody, roles, ids_of, name):
    one = OFFERED[name]
    answered = {}
    for caller in callers(one):
        who = somebody(role=roles[caller])
        on_own = caller == ONESELF or "user_id" not in one.ids
        path = one.path(**ids_of(one, who if on_own else somebody()))
        asking = wire if caller == NOBODY else wire.of(who)
        body, lines = sent(one, who, f"new-{next(numbers)}")
        answered[caller] = outcome(one, asking.ask(one.method, path, body, *lines))

    assert answered == {caller: declared(one, caller) for caller in callers(one)}


def test_A_03_an_operation_says_which_permission_it_takes_or_is_for_everybody(contract):
    assert operations(contract) == list(OFFERED.values())  # or it is another that was tried
    without = {one.id for one in OFFERED.values() if not one.public and one.permission is None}
    assert without == FOR_EVERYBODY


def test_A_03_each_refusal_leaves_a_trace(wire, root, somebody):
    person = somebody()
    guarded = [one for one in OFFERED.values() if one.permission]
    for one in guarded:
        body, lines = sent(one, person, "untraced")
        assert wire.of(person).ask(one.method, one.path(), body, *lines).status == 403, one.id

    query = f"/api/audit-events?actor={person.id}&action=access.denied&limit=100"
    traces = [fact["details"]["permission"] for fact in root.get(query).json["items"]]
    assert traces[::-1] == [one.permission for one in guarded]


@pytest.mark.parametrize("name", [one.id for one in OFFERED.values() if one.ids])
def test_A_02_what_is_not_ones_own_is_answered_alike_whether_it_exists_or_not(
    wire, somebody, ids_of, name
):
    one, me, other = OFFERED[name], somebody(), somebody()
    there = ids_of(one, other)
    body, lines = sent(one, me, "unknown")
    ask = wire.of(me).ask
    answer = ask(one.method, one.path(**there), body, *lines)
    assert answer.status in {403, 404}
    for kind in one.ids:
        nowhere = one.path(**{**there, kind: "nowhere" if kind == "name" else UNKNOWN})
        assert ask(one.method, nowhere, body, *lines).alike == answer.alike, kind


def test_A_02_a_session_of_others_is_not_there_among_ones_own(wire, somebody):
    me, other = somebody(), somebody()
    theirs, unknown = (
        wire.of(me).ask("DELETE", f"/api/users/{me.id}/sessions/{its_id}")
        for its_id in (other.session_id, UNKNOWN)
    )
    assert theirs.status == 404
    assert theirs.alike == unknown.alike
