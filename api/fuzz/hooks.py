"""Hooks and checks for schemathesis, which loads this module itself.

Each request is checked just before it is sent: it changes only what the run
has created. docs/fuzzing.md lists the rules.
"""

import atexit
import json
from collections import Counter
from ipaddress import IPv6Network
from secrets import token_hex
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import schemathesis
from hypothesis import strategies
from hypothesis.strategies import SearchStrategy
from schemathesis import AuthContext, Case, CheckContext, HookContext, Response

from api.fuzz import callers
from api.fuzz.client import PREFIX, make_account
from api.fuzz.conformance import Conformance
from api.fuzz.contract import (
    Operation,
    find_body_example,
    find_id_examples,
    find_limits,
    list_operations,
)
from api.fuzz.keeper import Keeper
from api.fuzz.ledger import Ledger
from api.fuzz.run_state import load_run_state
from api.fuzz.targets import Targets, avoid_deliveries

CREATED, NO_CONTENT, NOT_FOUND = 201, 204, 404
MIN_NAME_LENGTH, MAX_NAME_LENGTH = 3, 64

IDEMPOTENCY_KEY = "Idempotency-Key"
SENT_KEYS: set[str] = set()

NAMED = {"register", "create_user", "replace_user", "create_role", "create_service_account"}

AnyCase: TypeAlias = Case[Any]

STATE = load_run_state()
KEEPER = Keeper(STATE.url, STATE.keeper, Ledger(STATE.place))
CALLER = callers.make_caller(STATE.caller, KEEPER)
DOCUMENT = json.loads((STATE.place / "contract.json").read_bytes())
OPERATIONS = list_operations(DOCUMENT)
TARGETS = Targets(KEEPER, find_id_examples(OPERATIONS.values()))
CONFORMANCE = Conformance(DOCUMENT)
ISSUED: set[str] = set()  # the tokens that the caller has had
SEEN: Counter[tuple[str, int]] = Counter()  # of pairs of operation and status


def make_text(name: str, alphabet: str, min_size: int, max_size: int) -> SearchStrategy[str]:
    """Make text of a format: random, or of a length at or beyond a limit of a schema.

    No random text has such a length. Letters are repeated, since each that is drawn takes time.
    """
    limits = strategies.sampled_from(find_limits(DOCUMENT, name))
    letters = strategies.text(alphabet, min_size=1, max_size=8)
    exact = strategies.builds(lambda size, part: (part * size)[:size], limits, letters)
    return strategies.text(alphabet, min_size=min_size, max_size=max_size) | exact


def make_networks() -> SearchStrategy[str]:
    """Make addresses, and networks in their longest form."""
    parts = strategies.tuples(
        strategies.ip_addresses(v=6).map(int), strategies.sampled_from([64, 128])
    )
    long = parts.map(lambda parts: IPv6Network(parts, strict=False).exploded)
    return strategies.ip_addresses().map(str) | long


schemathesis.openapi.format("name", make_text("name", "abcxyzABC -'", 1, 80))
schemathesis.openapi.format("external-id", make_text("external-id", "abcxyzABC019|-", 1, 80))
schemathesis.openapi.format("network", make_networks())
schemathesis.openapi.format("username", make_text("username", "abcxyzABC019._-", 3, 32))

schemathesis.serializer.alias("application/x-ndjson", "text/plain")


@schemathesis.auth(refresh_interval=None)
class CallerToken:
    """Authenticates each request as the caller of this process."""

    def get(self, case: AnyCase, _context: AuthContext) -> str | None:
        return find_token(case)

    def set(self, case: AnyCase, data: str, _context: AuthContext) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


def find_operation(case: AnyCase) -> Operation:
    operation: Any = case.operation
    return OPERATIONS[operation.definition.raw["operationId"]]


def find_token(case: AnyCase) -> str | None:
    token = CALLER.find_token(find_operation(case).permission)
    if token:
        ISSUED.add(token)
    return token


@schemathesis.hook
def before_call(_context: HookContext, case: AnyCase, _kwargs: dict[str, Any]) -> None:
    operation = find_operation(case)
    sent = str(case.headers.get("Authorization", "")).removeprefix("Bearer ")
    if sent in ISSUED:  # the session may have ended since the request was generated
        case.headers["Authorization"] = f"Bearer {find_token(case)}"
    use_key_once(case)
    TARGETS.protect(operation, case.method, case.path_parameters or {}, CALLER.oneself)
    if operation.id == "import_users" and "update" in str((case.query or {}).get("on_conflict")):
        case.query = {**case.query, "dry_run": "true"}  # it could update accounts of real users
    if isinstance(case.body, dict):
        if operation.id == "log_in":
            case.body = avoid_real_accounts(case.body)
        elif operation.id in NAMED:
            case.body = make_unique(operation, case.body)
        elif operation.id in {"create_webhook", "update_webhook"}:
            case.body = avoid_deliveries(case.body)


def use_key_once(case: AnyCase) -> None:
    """Replace an Idempotency-Key that was sent before, such as the example of the contract.

    Otherwise all further requests are rejected because of the key, whatever is wrong with them.
    """
    key = str(case.headers.get(IDEMPOTENCY_KEY, ""))
    if key in SENT_KEYS:
        case.headers[IDEMPOTENCY_KEY] = key = f'"{token_hex(16)}"'
    if key:
        SENT_KEYS.add(key)


def avoid_real_accounts(body: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a login without a name that a real user may have.

    Failed logins pause the next logins of that user, so each gets another name.
    """
    return {
        name: f"{PREFIX}{token_hex(3)}-{value}" if is_foreign_name(name, value) else value
        for name, value in body.items()
    }


def make_unique(operation: Operation, body: dict[str, Any]) -> dict[str, Any]:
    """Return the body with names of its own if it has those of the example, which are in use."""
    own = make_account()
    own["name"] = own["username"]
    example = find_body_example(DOCUMENT, operation)
    same = {
        name: own[name]
        for name in ("username", "email", "name")
        if name in example and body.get(name) == example[name]
    }
    return {**body, **same}


def is_foreign_name(member: str, value: object) -> bool:
    if member not in {"username", "email"} or not isinstance(value, str):
        return False
    is_plausible = MIN_NAME_LENGTH <= len(value) <= MAX_NAME_LENGTH and value.isprintable()
    return is_plausible and value.casefold() not in NAMES and not value.startswith(PREFIX)


NAMES: set[str] = set()  # of the accounts that were registered


@schemathesis.hook
def after_call(_context: HookContext, case: AnyCase, response: Response) -> None:
    operation = find_operation(case)
    if case.method != operation.method:
        return
    SEEN[operation.id, response.status_code] += 1
    ids = case.path_parameters or {}
    if response.status_code == CREATED:
        note_created(response)
    if operation.id == "delete_user" and response.status_code == NO_CONTENT:
        TARGETS.last_deleted = str(ids["user_id"])
    if response.status_code == NOT_FOUND or (
        case.method == "DELETE" and response.status_code == NO_CONTENT
    ):
        TARGETS.forget(ids)
    if response.status_code in range(200, 300):
        CALLER.learn(operation.id, read_members(response))


def note_created(response: Response) -> None:
    """Add what was created to the ledger, and the names of an account to those of the run."""
    KEEPER.note(response.headers.get("location", [""])[0])
    members = read_members(response)
    NAMES.update(str(members.get(name)).casefold() for name in ("username", "email"))


def read_members(response: Response) -> dict[str, str]:
    try:
        members = json.loads(response.content)
    except ValueError:
        return {}
    return members if isinstance(members, dict) else {}


@schemathesis.check
def conformance(_ctx: CheckContext, response: Response, case: AnyCase) -> None:
    """Find undocumented codes, headers and members, which the checks of schemathesis let pass."""
    path = urlsplit(str(response.request.url)).path
    headers = {name: values[0] for name, values in response.headers.items()}
    found = CONFORMANCE.check(case.method, path, response.status_code, headers, response.content)
    if found:
        raise AssertionError("\n".join(found))


atexit.register(STATE.save_pairs, SEEN)
