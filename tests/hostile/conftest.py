"""Services with several settings, their users, and tools for hostile requests."""

import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, NamedTuple
from urllib.request import urlopen

import pytest

from api.keys import service as keys
from api.keys.pairs import PrivateKeyCipher
from tests.databases import SQLite, migrate
from tests.hostile.contract import Operation, operations
from tests.hostile.forge import Forge
from tests.hostile.targets import Targets
from tests.hostile.wire import Wire
from tests.proxy import nginx
from tests.service import Service, services
from tests.support import Person

LOW_LIMITS = {  # per day, so that no new window starts while a test counts
    "limit_per_user": "7 per day",
    "limit_login_per_address": "10 per day",
    "limit_register_per_address": "20 per day",
    "limit_public_per_address": "5 per day",
}


@pytest.fixture(scope="session")
def start_shared(place, databases, redis) -> Iterator[Callable[..., Service]]:
    """Start services that tests share, as ``services`` does."""
    with services(place, databases, redis) as start_one:
        yield start_one


@pytest.fixture(scope="session")
def tight(start_shared) -> Service:
    """A service with low limits. Each test uses its own client IP address."""
    return start_shared(**LOW_LIMITS)


@pytest.fixture(scope="session")
def on_sqlite(start_shared, place) -> Service:
    """The service on the database of `make run`, though with two workers."""
    return start_shared(database_url=SQLite(place, migrate).clone())


class Entrance(NamedTuple):
    """A service, and the port at which clients reach it."""

    service: Service
    port: int


@pytest.fixture(scope="session")
def behind_proxy(start_shared, place) -> Iterator[Entrance]:
    """A service with nginx in front of it, as docker-compose.yml starts them."""
    service = start_shared(trusted_proxies=1)
    with nginx(place, service.port) as port:
        yield Entrance(service, port)


@pytest.fixture(scope="session")
def port(service) -> int:
    return service.port


@pytest.fixture(scope="session")
def direct(service) -> Entrance:
    """The service that suites share, without a proxy."""
    return Entrance(service, service.port)


@pytest.fixture(scope="session", params=["direct", "behind_proxy"])
def entrance(request) -> Entrance:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def wire(service) -> Wire:
    """An anonymous client of the service."""
    return Wire(service.port)


@pytest.fixture(scope="session")
def make_person(service) -> Callable[..., Person]:
    """Save an account with a new name: ``make_person(role="admin")``."""
    numbers = count(1)
    return lambda **profile: service.person(f"Person{next(numbers)}", **profile)


@pytest.fixture(scope="session")
def root(service, wire) -> Wire:
    """A client of the service with the token of its administrator."""
    return wire.as_person(service.administrator)


@pytest.fixture(scope="session")
def ids_of(service, root) -> Callable[..., dict[str, str]]:
    """Return a function that returns existing ids for the path of an operation on a user."""
    return Targets(service.local_service, root).find_ids


@pytest.fixture(scope="session")
def forge(service) -> Forge:
    return make_forge(service)


def make_forge(service: Service) -> Forge:
    """Return a forge with the signing key of a service."""
    assert service.administrator.token  # the first session creates a signing key
    cipher = PrivateKeyCipher(service.settings["encryption_key"])
    with service.local_service.app.app_context():
        [active] = [key for key in keys.list_trusted() if key.state == "active"]
        signer = keys.decrypt_private_key(active, cipher)
        return Forge(signer.key, service.settings["public_base_url"], active.kid)


@pytest.fixture(scope="session")
def contract(wire) -> dict[str, Any]:
    return wire.get("/openapi.json").json


@pytest.fixture(scope="session")
def contract_operations(contract) -> list[Operation]:
    """All operations of the contract."""
    return operations(contract)


@pytest.fixture
def count_hashes(service) -> Callable[[], int]:
    """Return a function that counts the password hashes of all workers since its last call."""
    before = [_read_hashes(service)]

    def count_new() -> int:
        before.append(_read_hashes(service))
        return before[-1] - before[-2]

    return count_new


def _read_hashes(service: Service) -> int:
    with urlopen(service.metrics_url, timeout=5) as answer:
        figures = answer.read().decode()
    found = re.findall(r"^rollbook_password_hashes_total\{.*\} (\S+)$", figures, re.MULTILINE)
    return sum(int(float(figure)) for figure in found)


@pytest.fixture
def person(make_person) -> Person:
    return make_person()


@pytest.fixture
def status_of(wire) -> Callable[[str], int]:
    """Return a function from a token to the status of its request."""
    return lambda token: wire.with_token(token).get("/api/me").status


@pytest.fixture
def claims(forge, person) -> dict[str, Any]:
    return forge.claims(person.id, person.session_id)
