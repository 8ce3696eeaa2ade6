"""Each planted violation of the contract is found, and nothing else is."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Thread

import orjson
import pytest
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import Client as WSGIClient

from api import create_app
from api.fuzz.client import Client
from api.fuzz.conformance import Conformance
from api.fuzz.contract import list_operations
from api.fuzz.keeper import Keeper
from api.fuzz.ledger import Ledger
from api.fuzz.options import Options
from api.fuzz.probes import Prober
from api.fuzz.processes import run_all
from api.fuzz.resource_probes import run_probes
from api.fuzz.run_state import RunState
from api.fuzz.service import create_state
from tests.contract.fuzzing import REPORTS, SEED
from tests.contract.seeded.mutations import CLIENT, MUTATIONS, SCHEMATHESIS, Mutation
from tests.processes import free_port
from tests.service import RAISED
from tests.support import LocalService, Person, dispose

OPERATIONS = sorted({name for mutation in MUTATIONS for name in mutation.operations})
TABLE = REPORTS / "seeded.md"


class Quiet(WSGIRequestHandler):
    def log_request(self, *_details):
        pass


@dataclass
class Seeded:
    """A service in this process, whose application a test can replace."""

    url: str
    administrator: Person
    application: object
    served: object
    document: dict = field(default_factory=dict)

    def __call__(self, environ, start_response):
        environ["seeded.administrator"] = f"Bearer {self.administrator.token}"
        return self.served(environ, start_response)


@pytest.fixture(scope="module")
def seeded(databases) -> Iterator[Seeded]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {name.upper(): value for name, value in RAISED.items()}
    settings |= {
        "TESTING": True,
        "LIMITS_ENABLED": True,
        "LOG_LEVEL": "ERROR",
        "DATABASE_URL": databases.clone(),
        "PUBLIC_BASE_URL": url,
    }
    app = create_app({**settings, "JWT_SECRET_KEY": "long enough a secret for HS256 tokens"})
    document = orjson.loads(app.test_client().get("/openapi.json").data)
    root = LocalService(app).person("Root", role="admin")
    service = Seeded(url, root, app, app, document)
    server = make_server("127.0.0.1", port, service, threaded=True, request_handler=Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield service
    server.shutdown()
    thread.join()
    server.server_close()
    dispose(app)


@pytest.fixture(scope="module")
def state(seeded, tmp_path_factory) -> RunState:
    """The accounts that all runs share; the database is deleted with them."""
    administrator = Client(seeded.url, seeded.administrator.token)
    return create_state(administrator, seeded.document, tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def keeper(state) -> Keeper:
    return Keeper(state.url, state.keeper, Ledger(state.place))


@pytest.fixture(scope="module")
def prober(seeded, keeper) -> Prober:
    """The prober of all tests, so that each does not need accounts of its own."""
    return Prober(seeded.document, keeper)


@pytest.fixture(scope="module")
def table() -> Iterator[list[str]]:
    rows: list[str] = []
    yield rows
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join(["| violation | found by |", "|---|---|", *rows])
    TABLE.write_text(text + "\n")
    print(text)  # noqa: T201


def find_by_probes(prober: Prober, keeper: Keeper, mutation: Mutation) -> set[str]:
    if mutation.change_document:
        prober = Prober(mutation.mutate(prober.published), keeper)
    return {violation.probe for violation in run_probes(prober, list(mutation.operations))}


def find_by_schemathesis(state: RunState, seeded: Seeded, operation: str) -> set[str]:
    """Run the phase that tries the limits of each schema."""
    options = Options(
        examples=5,
        seed=SEED,
        callers=("administrator",),
        phases=("coverage",),
        operations=(operation,),
    )
    operations = list_operations(seeded.document).values()
    has_failed = any(process.has_failed for process in run_all(state, operations, options))
    return {SCHEMATHESIS} if has_failed else set()


def find_by_client(seeded: Seeded) -> set[str]:
    """Send a conditional request in process: over HTTP, a client does not read such a body."""
    client, conformance = WSGIClient(seeded), Conformance(seeded.document)
    headers = {"Authorization": f"Bearer {seeded.administrator.token}"}
    version = client.get("/api/me", headers=headers).headers["ETag"]
    response = client.get("/api/me", headers={**headers, "If-None-Match": version})
    found = conformance.check(
        "GET", "/api/me", response.status_code, response.headers, response.data
    )
    return {CLIENT} if found else set()


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_C_19_a_planted_violation_is_found(seeded, state, keeper, prober, table, mutation):
    seeded.served = mutation.apply(seeded.application)
    try:
        if mutation.found_by == CLIENT:
            found = find_by_client(seeded)
        elif mutation.found_by == SCHEMATHESIS:
            found = find_by_schemathesis(state, seeded, *mutation.operations)
        else:
            found = find_by_probes(prober, keeper, mutation)
    finally:
        seeded.served = seeded.application
    table.append(f"| {mutation} | {', '.join(sorted(found)) or 'nothing'} |")

    assert mutation.found_by in found


def test_C_19_nothing_is_found_without_a_violation(seeded, state, prober):
    assert list(map(str, run_probes(prober, OPERATIONS))) == []
    assert not find_by_schemathesis(state, seeded, "create_role")
    assert not find_by_client(seeded)


def test_C_19_at_least_twenty_violations_are_planted():
    assert len(MUTATIONS) >= 20
