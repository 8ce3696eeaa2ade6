"""Every operation of the contract, called by every kind of program (K-03, K-04, F-14).

The contract declares what is right: an operation accepts programs if its ``security`` has their
credentials, and then with its ``x-permission``. So new operations are tested without a change here.
"""

from collections.abc import Callable
from functools import cache
from itertools import count
from typing import NamedTuple
from uuid import UUID

import pytest

from api.core.permissions import Permission
from tests.api_keys.support import save_key, save_service_account
from tests.hostile.contract import Operation
from tests.hostile.test_matrix import (
    ALLOWED,
    OFFERED,
    SESSION_REQUIRED,
    UNAUTHENTICATED,
    body_of,
    event_id,  # noqa: F401  a fixture
    ids_of,  # noqa: F401  a fixture
    outcome,
)

OF_USERS = {"get_me"}  # it accepts keys of users, and no service account
GUARDED = {name: one for name, one in OFFERED.items() if not one.public}
numbers = count(1)


class Program(NamedTuple):
    """A program: what it sends, and whether its credential is valid and has the permission."""

    name: str
    token: str
    is_permitted: bool
    is_active: bool = True

    @property
    def is_service_account(self) -> bool:
        return "service account" in self.name


Programs = Callable[[Permission | None], list[Program]]


def expected_outcome(one: Operation, program: Program) -> str:
    """Return the outcome that the contract declares."""
    if not program.is_active:
        return UNAUTHENTICATED
    if not one.accepts_programs or (program.is_service_account and one.id in OF_USERS):
        return SESSION_REQUIRED
    if one.permission is None or program.is_permitted:
        return ALLOWED
    return f"lacks {one.permission}"


@pytest.fixture(scope="module")
def owners(service, make_person) -> dict[str, dict[str, UUID]]:
    """Create owners of API keys, and return the member of the key that names each."""
    app = service.local_service.app

    def person(**profile: str) -> dict[str, UUID]:
        return {"user_id": UUID(make_person(**profile).id)}

    def account(name: str, **members: str) -> dict[str, UUID]:
        return {"service_account_id": save_service_account(app, name, **members)}

    return {
        "an administrator": person(role="admin"),
        "a user": person(),
        "a suspended administrator": person(role="admin", status="suspended"),
        "a service account": account("Batch", role="admin"),
        "a service account without roles": account("Idle"),
        "a suspended service account": account("Stopped", role="admin", status="suspended"),
    }


@pytest.fixture(scope="module")
def programs(service, owners) -> Programs:
    """Return a function that makes the programs for operations with a permission."""
    app = service.local_service.app

    def make(name: str, owner: str, scopes: set[Permission], **outcome: bool) -> Program:
        _, key = save_key(app, scopes=sorted(scopes), **owners[owner])
        return Program(name, key, **outcome)

    @cache
    def find(permission: Permission | None) -> list[Program]:
        scope = {permission} if permission else set(Permission)
        others = set(Permission) - scope
        return [
            program
            for owner in ("an administrator", "a service account")
            for program in (
                make(f"key of {owner}", owner, scope, is_permitted=True),
                make(f"key of {owner} without the scope", owner, others, is_permitted=False),
            )
        ] + [
            make("key of a user with the scope", "a user", scope, is_permitted=False),
            make(
                "key of a service account without the role",
                "a service account without roles",
                scope,
                is_permitted=False,
            ),
            *(
                make(f"key of {owner}", owner, scope, is_permitted=True, is_active=False)
                for owner in ("a suspended administrator", "a suspended service account")
            ),
        ]

    return find


@pytest.mark.parametrize("name", GUARDED)
def test_K_03_every_program_gets_the_declared_outcome(
    wire,
    make_person,
    programs,
    ids_of,  # noqa: F811
    name,
):
    one = GUARDED[name]
    answered, expected = {}, {}
    for program in programs(one.permission):
        other = make_person()
        path = one.path(**ids_of(one, other))
        body, lines = body_of(one, other, f"by-program-{next(numbers)}")
        answer = wire.with_token(program.token).ask(one.method, path, body, *lines)
        answered[program.name] = outcome(one, answer)
        expected[program.name] = expected_outcome(one, program)

    assert answered == expected


@pytest.mark.parametrize("name", [name for name, one in GUARDED.items() if "user_id" in one.ids])
def test_K_03_no_key_changes_the_account_of_its_owner(
    service,
    wire,
    make_person,
    ids_of,  # noqa: F811
    name,
):
    one, owner = GUARDED[name], make_person(role="admin")
    path = one.path(**ids_of(one, owner))
    body, lines = body_of(one, owner, f"by-program-{next(numbers)}")
    answered = {}
    for scopes in (list(Permission), []):
        _, key = save_key(service.local_service.app, scopes=scopes, user_id=UUID(owner.id))
        answer = wire.with_token(key).ask(one.method, path, body, *lines)
        answered[bool(scopes)] = outcome(one, answer)

    reads = {True: ALLOWED, False: f"lacks {one.permission}"}
    rejected = dict.fromkeys([True, False], SESSION_REQUIRED)
    assert answered == (reads if one.method == "GET" and one.accepts_programs else rejected)


def test_K_03_each_denial_of_a_key_is_in_the_audit_log_with_the_key(service, wire, root, owners):
    key_id, key = save_key(service.local_service.app, scopes=[], **owners["an administrator"])
    guarded = [one for one in GUARDED.values() if one.permission and one.accepts_programs]
    for one in guarded:
        body, lines = body_of(one, service.administrator, "denied")
        assert wire.with_token(key).ask(one.method, one.path(), body, *lines).status == 403, one.id

    found, cursor = [], ""
    while cursor is not None:
        page = root.get(f"/api/audit-events?credential={key_id}&limit=100{cursor}").json
        found += page["items"]
        cursor = f"&cursor={page['next']}" if page["next"] else None
    assert {event["action"] for event in found} == {"access.denied"}
    permissions = [event["details"]["permission"] for event in found]
    assert permissions[::-1] == [one.permission for one in guarded]
