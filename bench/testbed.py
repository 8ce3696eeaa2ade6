"""The testbed: the service, its database and Redis, and the servers to compare it with."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from secrets import token_urlsafe
from subprocess import run
from urllib.error import HTTPError
from urllib.request import urlopen

from bench.accounts import Account, insert_accounts
from tests import postgresql
from tests.databases import PostgreSQL, migrate
from tests.postgresql import connect
from tests.processes import free_port, start, stop, wait_until, workplace
from tests.service import ROOT, Service, environment_of, launch, production, redis_server

WORKERS = 2
THREADS = 8  # of a worker of gunicorn
FEW_USERS = 1000


@dataclass(frozen=True)
class Server:
    """A server to compare with, and the URL and headers of the request to it."""

    name: str
    url: str
    headers: dict[str, str]


class Testbed:
    """Starts the service and other servers, and stops them at the end."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.directory = directory
        self.stack = stack
        source = postgresql.choose_source()
        self.database = source.name
        self.databases = PostgreSQL(source.start(directory), migrate)
        stack.callback(self.databases.close)
        self.new_redis: Callable[[], str] = stack.enter_context(redis_server(directory))

    def make_settings(self, **changes: object) -> dict[str, object]:
        """Return production settings with an empty database and limits that are never reached."""
        return {**production(self.databases.clone(), self.new_redis()), **changes}

    @cached_property
    def service(self) -> Service:
        """The service with production settings."""
        service = launch(self.directory, self.make_settings(workers=WORKERS))
        self.stack.callback(service.close)
        return service

    @contextmanager
    def start_service(self, **changes: object) -> Iterator[Service]:
        """Start another service with an empty database and these settings."""
        service = launch(self.directory, self.make_settings(workers=WORKERS, **changes))
        try:
            yield service
        finally:
            service.close()

    @cached_property
    def accounts(self) -> list[Account]:
        return insert_accounts(self.service, FEW_USERS)

    def start_bare(self) -> Server:
        """Start the bare WSGI application with the server of the service."""
        settings = self.make_settings(workers=WORKERS)
        url = f"http://127.0.0.1:{settings['port']}"
        self._start([sys.executable, "-m", "bench.bare"], url, environment_of(settings))
        return Server("bare WSGI in the same server", f"{url}/", {})

    def start_quickstart(self) -> Server:
        """Start the quick-start build, with one account and its access token."""
        environment = {
            **os.environ,
            "DATABASE_URL": self.databases.clone(),
            "REDIS_URL": self.new_redis(),
            "JWT_SECRET_KEY": token_urlsafe(48),
        }
        command = [sys.executable, "-m", "bench.quickstart"]
        result = run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=environment)
        address = f"127.0.0.1:{free_port()}"
        gunicorn = _make_gunicorn_command(address, "bench.quickstart.app:app")
        self._start(gunicorn, f"http://{address}", environment)
        headers = {"Authorization": f"Bearer {result.stdout.strip()}"}
        return Server("quick-start build", f"http://{address}/api/me", headers)

    def _start(self, command: list[str], url: str, environment: dict[str, str]) -> None:
        log = self.directory / f"{url.rpartition(':')[2]}.log"
        process = start(command, log, cwd=ROOT, env=environment)
        self.stack.callback(stop, process)
        wait_until(lambda: _responds(url), process, log)

    def describe(self) -> dict[str, str]:
        """Return the conditions of the testbed, for the report."""
        with connect(self.databases.server.url) as connection:
            release = connection.execute("SHOW server_version").fetchone()[0]
        hashing = "argon2id, 19 MiB, 2 passes, 1 lane: the default, in the quick-start build too"
        return {
            "Database": f"{self.database} ({release}), over TCP on the same machine",
            "Service": f"{WORKERS} workers; limits in Redis that are never reached; {hashing}",
            "Compared with": f"{WORKERS} workers of {THREADS} threads",
        }


def _make_gunicorn_command(address: str, application: str) -> list[str]:
    size = ["--workers", str(WORKERS), "--threads", str(THREADS)]
    return [sys.executable, "-m", "gunicorn", "--bind", address, *size, application]


def _responds(url: str) -> bool:
    try:
        urlopen(url, timeout=5).close()
    except HTTPError:  # an error status is a response
        return True
    except OSError:
        return False
    return True


@contextmanager
def open_testbed() -> Iterator[Testbed]:
    with workplace() as directory, ExitStack() as stack:
        yield Testbed(directory, stack)
