"""Probes: requests for what generated ones do not find, the same in every run.

Each probe is a function from a prober and an operation to the violations that it finds.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from api.fuzz.client import AccountClient, Client
from api.fuzz.conformance import Conformance
from api.fuzz.contract import Node, Operation, derive, list_operations
from api.fuzz.keeper import ADMIN, Keeper
from api.fuzz.programs import ProgramKeys
from api.fuzz.recipes import Recipes, Request

OK, CREATED, NOT_MODIFIED, SERVER_ERROR = 200, 201, 304, 500
BAD_REQUEST, UNAUTHENTICATED, FORBIDDEN, NOT_FOUND = 400, 401, 403, 404
PRECONDITION_FAILED, UNSUPPORTED, INVALID, RATE_LIMITED = 412, 415, 422, 429


@dataclass(frozen=True)
class Violation:
    """A difference between the instance and its contract."""

    probe: str
    operation: str
    text: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.text} ({self.probe})"


class Prober:
    """Sends the requests of probes, and checks each response against the contract."""

    def __init__(self, document: Node, keeper: Keeper) -> None:
        self.keeper = keeper
        self.recipes = Recipes(document, keeper)
        self.conformance = Conformance(document)
        self.pairs: Counter[tuple[str, int]] = Counter()
        self.differences: list[str] = []
        self.holders: dict[str, AccountClient] = {}
        self.other_holder: AccountClient | None = None
        self.guest: AccountClient | None = None
        self.other_role = ""
        self.administrator = self.log_in(ADMIN)
        self.keys = ProgramKeys(keeper, ADMIN)
        self.published, self.document = document, derive(document)
        self.operations = list_operations(self.document)

    @property
    def url(self) -> str:
        return self.keeper.client.url

    def log_in(self, *roles: str) -> AccountClient:
        """Return a new account with these roles, logged in."""
        client = AccountClient(self.url, self.keeper.create_account(*roles))
        client.log_in()
        return client

    def find_caller(self, operation: Operation) -> AccountClient:
        """Return who may send a request; it may end the session of a caller of its own."""
        if operation.permission is None:
            return self._find_guest() if operation.is_public else self.log_in()
        self.administrator.log_in_if_old()  # some operations need a recent login
        return self.administrator

    def _find_guest(self) -> AccountClient:
        """Return the account of which bodies of public operations have the credentials."""
        if self.guest is None:
            self.guest = self.log_in()
        return self.guest

    def find_holder(self, permission: str) -> AccountClient:
        """Return an account that has only this permission."""
        if permission not in self.holders:
            self.holders[permission] = self.log_in(self.keeper.create_role(permission))
        return self.holders[permission]

    def find_other_holder(self, permission: str) -> AccountClient:
        """Return the account that has all permissions but this one, which changes."""
        others = [each for each in self.list_permissions() if each != permission]
        if self.other_holder is None:
            self.other_role = self.keeper.create_role(*others)
            self.other_holder = self.log_in(self.other_role)
        else:
            self.keeper.change_role(self.other_role, *others)
        self.other_holder.log_in_if_old()
        return self.other_holder

    def send_as_program(self, request: Request, *scopes: str) -> requests.Response:
        """Send a request with an API key that has these scopes."""
        return self.send(request, Client(self.url, self.keys.find(*scopes)))

    def list_permissions(self) -> list[str]:
        """Return the permissions that an operation requires."""
        required = {operation.permission for operation in self.operations.values()}
        return sorted(filter(None, required))

    def make(self, operation: Operation, caller: AccountClient | None = None) -> Request:
        return self.recipes.make(operation, caller or self.administrator)

    def send(self, request: Request, client: Client) -> requests.Response:
        """Send a request, and note how its response differs from the contract."""
        data, headers = request.serialize()
        path = urlsplit(request.path).path
        operation = self.conformance.find_operation(request.method, path)
        has_token = not (operation and operation.has_client_authentication)
        # An AccountClient would log in again after 401.
        sent = Client(client.url, client.token if has_token else None)
        response = sent.send(
            request.method, request.path, data=data, query=request.query, headers=headers
        )
        if operation and request.method == operation.method:
            self.pairs[operation.id, response.status_code] += 1
        self.differences += self.conformance.check(
            request.method, path, response.status_code, response.headers, response.content
        )
        if response.status_code == SERVER_ERROR:
            self.differences.append("an internal error, status 500")
        if client is self.guest and response.ok and request.method == "POST":
            self.guest = None  # its refresh token may have been used
        if response.status_code == CREATED:
            self.keeper.note(response.headers.get("Location", ""))
        return response


MAX_LOGINS = 10
Probe = Callable[[Prober, Operation], Iterator[str]]
PROBES: dict[str, Probe] = {}


def probe(function: Probe) -> Probe:
    """Register a probe by its name."""
    PROBES[function.__name__.removeprefix("probe_").replace("_", " ")] = function
    return function


def run_probes(prober: Prober, chosen: list[str]) -> Iterator[Violation]:
    """Run every probe on each of the operations."""
    for name, function in PROBES.items():
        for operation in map(prober.operations.__getitem__, chosen):
            for text in function(prober, operation):
                yield Violation(name, operation.id, text)
            for difference in dict.fromkeys(prober.differences):
                yield Violation("conformance", operation.id, f"{difference}, in the probe {name}")
            prober.differences.clear()


def expect(response: requests.Response, *statuses: int) -> Iterator[str]:
    """Report a status that is not one of those expected."""
    if response.status_code not in statuses:
        expected = " or ".join(map(str, statuses))
        yield f"{response.request.method} answers {response.status_code} instead of {expected}"


@probe
def probe_success(prober: Prober, operation: Operation) -> Iterator[str]:
    """A request as in the example succeeds, unless it needs a mail."""
    caller = prober.find_caller(operation)
    expected = operation.failing_status or operation.success
    yield from expect(prober.send(prober.make(operation, caller), caller), expected)


@probe
def probe_authentication(prober: Prober, operation: Operation) -> Iterator[str]:
    """A request without a token is rejected."""
    if not operation.is_public:
        anonymous = Client(prober.url)
        yield from expect(prober.send(prober.make(operation), anonymous), UNAUTHENTICATED)


@probe
def probe_unknown_member(prober: Prober, operation: Operation) -> Iterator[str]:
    """A body with an unknown member is rejected where the schema forbids it."""
    caller = prober.find_caller(operation)
    request = prober.make(operation, caller)
    if isinstance(request.body, dict) and not prober.conformance.is_open(operation):
        request.body = {**request.body, "unknown_member": 1}
        yield from expect(prober.send(request, caller), INVALID)


@probe
def probe_unknown_parameter(prober: Prober, operation: Operation) -> Iterator[str]:
    """An unknown query parameter is rejected."""
    caller = prober.find_caller(operation)
    request = prober.make(operation, caller)
    request.query["unknown_parameter"] = "1"
    expected = INVALID if str(INVALID) in operation.node["responses"] else BAD_REQUEST  # RFC 6749
    yield from expect(prober.send(request, caller), expected)


@probe
def probe_malformed_body(prober: Prober, operation: Operation) -> Iterator[str]:
    """A body that is no JSON, or of a media type that is not documented, is rejected."""
    caller = prober.find_caller(operation)
    request = prober.make(operation, caller)
    if isinstance(request.body, dict):
        media_type, request.media_type = request.media_type, "application/unknown"
        yield from expect(prober.send(request, caller), UNSUPPORTED)
        request.media_type, request.body = media_type, '{"'
        yield from expect(prober.send(request, caller), BAD_REQUEST)


@probe
def probe_permission(prober: Prober, operation: Operation) -> Iterator[str]:
    """A user who has all permissions but the declared one is rejected, one who has it is not."""
    if operation.permission is None:
        return
    response = prober.send(prober.make(operation), prober.find_other_holder(operation.permission))
    yield from expect(response, FORBIDDEN)
    holder = prober.find_holder(operation.permission)
    holder.log_in_if_old()
    expected = operation.failing_status or operation.success
    yield from expect(prober.send(prober.make(operation, holder), holder), expected)


@probe
def probe_program(prober: Prober, operation: Operation) -> Iterator[str]:
    """Programs are admitted where it is declared, and then only with the permission."""
    if operation.is_public:
        return
    permission, others = operation.permission, prober.list_permissions()
    if not operation.accepts_programs:
        yield from expect(prober.send_as_program(prober.make(operation), *others), FORBIDDEN)
    elif permission:
        others.remove(permission)
        yield from expect(prober.send_as_program(prober.make(operation), *others), FORBIDDEN)
        expected = operation.failing_status or operation.success
        yield from expect(prober.send_as_program(prober.make(operation), permission), expected)


@probe
def probe_rate_limit(prober: Prober, operation: Operation) -> Iterator[str]:
    """Wrong passwords are answered by 429, unless limits are off; it is checked as all are."""
    if operation.id != "log_in":
        return
    caller = prober.log_in()
    request = prober.make(operation, caller)
    request.body = {**caller.account.login, "password": "wrong"}
    for _ in range(MAX_LOGINS):
        response = prober.send(request, caller)
        if response.status_code == RATE_LIMITED:
            return
        yield from expect(response, UNAUTHENTICATED)
