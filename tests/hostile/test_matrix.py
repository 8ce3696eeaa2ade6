"""Every operation of the contract, called by every kind of caller (A-01 to A-03).

The contract declares what is right: ``security`` which operations are public, ``x-permission`` the
required permission, ``x-self`` that users may do it to themselves without. So new operations are
tested without a change here.
"""

from collections.abc import Callable
from time import monotonic

import pytest

from api.core.permissions import Permission
from tests.hostile.contract import UNKNOWN, Operation, operations
from tests.hostile.matrix import (
    ALLOWED,
    CHECKED_LAST,
    OF_OAUTH,
    OFFERED,
    UNAUTHENTICATED,
    body_of,
    numbers,
    outcome,
)
from tests.support import Person

MAX_TOKEN_SECONDS = 300  # an access token lasts 15 minutes
WITHOUT_PERMISSION = {  # open to every user
    "change_my_password",
    "create_my_api_key",
    "delete_me",
    "end_my_other_sessions",
    "end_my_session",
    "export_me",
    "get_me",
    "get_my_api_key",
    "get_protected",
    "list_my_api_keys",
    "list_my_sessions",
    "log_out",
    "reauthenticate",
    "request_email_change",
    "revoke_my_api_key",
    "rotate_my_api_key",
    "update_me",
}

ANONYMOUS, USER, ADMIN = "anonymous", "a user", "an administrator"
OWN_ACCOUNT = "a user, on the own account"
ROLES = {f"a user with {permission}": permission for permission in Permission}


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


@pytest.fixture(scope="module")
def roles(root) -> dict[str, str]:
    """Create a role per permission, and return the role of each kind of caller."""
    names = {  # also new if the module is begun again, since xdist moves its tests to this process
        caller: f"{permission.replace(':', '-')}-{next(numbers)}"
        for caller, permission in ROLES.items()
    }
    for caller, name in names.items():
        body = {"name": name, "description": caller, "permissions": [ROLES[caller]]}
        assert root.post("/api/roles", body).status == 201
    return {ANONYMOUS: "user", USER: "user", OWN_ACCOUNT: "user", ADMIN: "admin", **names}


@pytest.fixture(scope="module")
def find_unchanged(make_person, roles) -> Callable[[str], Person]:
    """Return a function that finds a caller whose request changes nothing, so all tests share it.

    It makes another one in time, since access tokens expire.
    """
    made: dict[str, tuple[float, Person]] = {}

    def find(caller: str) -> Person:
        if caller not in made or monotonic() - made[caller][0] > MAX_TOKEN_SECONDS:
            made[caller] = monotonic(), make_person(role=roles[caller])
        return made[caller][1]

    return find


@pytest.mark.parametrize("name", OFFERED)
def test_A_03_every_caller_gets_the_declared_outcome(
    wire, make_person, find_unchanged, roles, ids_of, name
):
    one, answered = OFFERED[name], {}
    expected = {caller: expected_outcome(one, caller) for caller in callers(one)}
    untouched = ids_of(one, make_person())
    for caller in callers(one):
        is_allowed = expected[caller] == ALLOWED
        is_change = is_allowed and one.method != "GET" and one.id not in CHECKED_LAST
        who = make_person(role=roles[caller]) if is_change else find_unchanged(caller)
        on_own = caller == OWN_ACCOUNT or "user_id" not in one.ids
        ids = ids_of(one, who if on_own else make_person()) if is_allowed else untouched
        if caller == OWN_ACCOUNT:
            ids = {**ids, "user_id": who.id}
        asking = wire if caller == ANONYMOUS else wire.as_person(who)
        body, lines = body_of(one, who, f"new-{next(numbers)}")
        answered[caller] = outcome(one, asking.ask(one.method, one.path(**ids), body, *lines))

    assert answered == expected


def test_A_03_every_operation_declares_its_permission_or_is_open_to_users(contract):
    served = [one for one in operations(contract) if one.id not in OF_OAUTH]
    assert served == list(OFFERED.values())  # the committed contract is the served one
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
