"""Every operation of the contract, called by every kind of program (K-03, K-04, F-14).

The contract declares what is right: an operation accepts programs if its ``security`` has their
credentials, and then with its ``x-permission``. So new operations are tested without a change here.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple
from uuid import UUID

import pytest

from api.core.permissions import Permission
from tests.api_keys.support import save_key, save_service_account
from tests.hostile.contract import Operation
from tests.hostile.matrix import (
    ALLOWED,
    OFFERED,
    SESSION_REQUIRED,
    UNAUTHENTICATED,
    body_of,
    numbers,
    outcome,
)
from tests.oauth_clients import ServiceClient, make_service_client

OF_USERS = {"get_me"}  # it accepts keys of users, and no service account
GUARDED = {name: one for name, one in OFFERED.items() if not one.public}


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
        unique = f"{name} {next(numbers)}"  # the module can begin twice in a process of xdist
        return {"service_account_id": save_service_account(app, unique, **members)}

    return {
        "an administrator": person(role="admin"),
        "a user": person(),
        "a suspended administrator": person(role="admin", status="suspended"),
        "a service account": account("Batch", role="admin"),
        "a service account without roles": account("Idle"),
        "a suspended service account": account("Stopped", role="admin", status="suspended"),
    }


@pytest.fixture(scope="module")
def token_clients(service) -> dict[str, ServiceClient]:
    """Create service accounts that get access tokens with a client secret."""
    local = service.local_service

    def make(name: str, *permissions: Permission) -> ServiceClient:
        return make_service_client(local.app, local.client, *permissions, name=name)

    stopped = make("Stopped client", *Permission)
    return {"a client": make("Client", *Permission), "a suspended client": stopped}


@pytest.fixture(scope="module")
def suspended_token(token_clients) -> str:
    """Issue a token to a service account that is suspended afterwards."""
    client = token_clients["a suspended client"]
    token = client.issue()
    client.change(status="suspended")
    return token


@pytest.fixture(scope="module")
def programs(service, owners, token_clients, suspended_token) -> Programs:
    """Return a function that makes the programs for operations with a permission."""
    app = service.local_service.app
    client = token_clients["a client"]

    def make(name: str, owner: str, scopes: set[Permission], **outcome: bool) -> Program:
        _, key = save_key(app, scopes=sorted(scopes), **owners[owner])
        return Program(name, key, **outcome)

    def issue(scope: set[Permission]) -> str:
        return client.issue(scope=" ".join(sorted(scope or {Permission.AUDIT_READ})))

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
            Program("token of a service account", issue(scope), is_permitted=True),
            Program(
                "token of a service account without the scope", issue(others), is_permitted=False
            ),
            Program(
                "token of a suspended service account",
                suspended_token,
                is_permitted=True,
                is_active=False,
            ),
        ]

    return find


@pytest.mark.parametrize("name", GUARDED)
def test_K_03_every_program_gets_the_declared_outcome(
    wire,
    make_person,
    programs,
    ids_of,
    name,
):
    one = GUARDED[name]
    answered, expected = {}, {}
    other = path = None
    for program in programs(one.permission):
        expected[program.name] = expected_outcome(one, program)
        if path is None or expected[program.name] == ALLOWED:  # what is rejected changes nothing
            other = make_person()
            path = one.path(**ids_of(one, other))
        body, lines = body_of(one, other, f"by-program-{next(numbers)}")
        answer = wire.with_token(program.token).ask(one.method, path, body, *lines)
        answered[program.name] = outcome(one, answer)

    assert answered == expected


@pytest.mark.parametrize("name", [name for name, one in GUARDED.items() if "account_id" in one.ids])
def test_K_03_no_service_account_changes_itself(service, wire, make_person, ids_of, name):
    one, app = GUARDED[name], service.local_service.app
    account_id = save_service_account(app, f"Itself {next(numbers)}", role="admin")
    _, key = save_key(app, scopes=list(Permission), service_account_id=account_id)
    body, lines = body_of(one, make_person(), f"by-program-{next(numbers)}")
    path = one.path(**ids_of(one, make_person(), str(account_id)))

    answer = wire.with_token(key).ask(one.method, path, body, *lines)

    reads = one.method == "GET"
    assert outcome(one, answer) == (ALLOWED if reads else SESSION_REQUIRED)


@pytest.mark.parametrize("name", [name for name, one in GUARDED.items() if "user_id" in one.ids])
def test_K_03_no_key_changes_the_account_of_its_owner(
    service,
    wire,
    make_person,
    ids_of,
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

    path = f"/api/audit-events?credential={key_id}&action=access.denied&limit=100"
    found, cursor = [], ""
    while cursor is not None:
        page = root.get(f"{path}{cursor}").json
        found += page["items"]
        cursor = f"&cursor={page['next']}" if page["next"] else None
    permissions = [event["details"]["permission"] for event in found]
    assert permissions[::-1] == [one.permission for one in guarded]
