"""What the attacks need: services of several kinds, people to attack and to be, tools."""

import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, NamedTuple
from urllib.request import urlopen

import pytest

from api.keys import service as keys
from api.keys.pairs import Seal
from tests.databases import SQLite, migrate
from tests.hostile.contract import Operation, operations
from tests.hostile.forge import Forge
from tests.hostile.wire import Wire
from tests.proxy import nginx
from tests.service import Service, services
from tests.support import Person

FEW = {  # by the day, so that no new window begins while a test counts
    "limit_per_user": "7 per day",
    "limit_login_per_address": "10 per day",
    "limit_register_per_address": "20 per day",
    "limit_public_per_address": "5 per day",
}


@pytest.fixture(scope="session")
def another(place, databases, redis) -> Iterator[Callable[..., Service]]:
    """Start a service that tests share, as ``services`` does."""
    with services(place, databases, redis) as start_one:
        yield start_one


@pytest.fixture(scope="session")
def tight(another) -> Service:
    """A service with low limits. Each test asks from an address of its own."""
    return another(**FEW)


@pytest.fixture(scope="session")
def on_sqlite(another, place) -> Service:
    """The service on the database of `make run`, though with two workers."""
    return another(database_url=SQLite(place, migrate).clone())


class Entrance(NamedTuple):
    """A service, and the port at which clients reach it."""

    service: Service
    port: int


@pytest.fixture(scope="session")
def behind_proxy(another, place) -> Iterator[Entrance]:
    """A service with nginx in front of it, as docker-compose.yml starts them."""
    service = another(trusted_proxies=1)
    with nginx(place, service.port) as port:
        yield Entrance(service, port)


@pytest.fixture(scope="session")
def direct(service) -> Entrance:
    """The service that suites share, without a proxy."""
    return Entrance(service, service.port)


@pytest.fixture(scope="session", params=["direct", "behind_proxy"])
def entrance(request) -> Entrance:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def wire(service) -> Wire:
    """The way to the service, as nobody."""
    return Wire(service.port)


@pytest.fixture(scope="session")
def somebody(service) -> Callable[..., Person]:
    """Save an account of a new name: ``somebody(role="admin")``."""
    numbers = count(1)
    return lambda **profile: service.person(f"Somebody{next(numbers)}", **profile)


@pytest.fixture(scope="session")
def root(service, wire) -> Wire:
    """The way to the service, as its administrator."""
    return wire.of(service.administrator)


@pytest.fixture(scope="session")
def forge(service) -> Forge:
    return forger_of(service)


def forger_of(service: Service) -> Forge:
    """Return a forger who has got hold of the key that a service signs with."""
    assert service.administrator.token  # whose session has made a service begin a key
    seal = Seal(service.settings["encryption_key"])
    with service.local_service.app.app_context():
        [active] = [key for key in keys.list_trusted() if key.state == "active"]
        return Forge(
            keys.decrypt_private_key(active, seal), service.settings["public_base_url"], active.kid
        )


@pytest.fixture(scope="session")
def contract(wire) -> dict[str, Any]:
    return wire.get("/openapi.json").json


@pytest.fixture(scope="session")
def offered(contract) -> list[Operation]:
    """All operations of the contract."""
    return operations(contract)


@pytest.fixture
def hashed(service) -> Callable[[], int]:
    """Tell how many passwords the workers have put through argon2id since the last call."""
    before = [_hashes(service)]

    def since() -> int:
        before.append(_hashes(service))
        return before[-1] - before[-2]

    return since


def _hashes(service: Service) -> int:
    with urlopen(service.metrics_url, timeout=5) as answer:
        figures = answer.read().decode()
    found = re.findall(r"^rollbook_password_hashes_total\{.*\} (\S+)$", figures, re.MULTILINE)
    return sum(int(float(figure)) for figure in found)
