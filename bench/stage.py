"""What is measured, and what it stands on: a database, Redis, and servers to compare with."""

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

from bench.crowd import Account, fill
from tests import postgresql
from tests.databases import PostgreSQL, migrate
from tests.postgresql import connect
from tests.processes import free_port, start, stop, wait_until, workplace
from tests.service import ROOT, Service, environment_of, launch, production, redis_server

WORKERS = 2
THREADS = 8  # of a worker whose server runs the application in threads


@dataclass(frozen=True)
class Server:
    """A server to compare with, and the path and headers that are asked of it."""

    name: str
    url: str
    headers: dict[str, str]


class Stage:
    """Starts things, and knows how to stop them."""

    def __init__(self, place: Path, opened: ExitStack) -> None:
        self.place = place
        self.opened = opened
        source = postgresql.choose_source()
        self.database = source.name
        self.databases = PostgreSQL(source.start(place), migrate)
        opened.callback(self.databases.close)
        self.new_redis: Callable[[], str] = opened.enter_context(redis_server(place))

    def settings(self, **changed: object) -> dict[str, object]:
        """Return production settings on an empty database, with limits that are never reached."""
        return {**production(self.databases.clone(), self.new_redis()), **changed}

    def launch(self, settings: dict[str, object]) -> Service:
        service = launch(self.place, settings)
        self.opened.callback(service.close)
        return service

    @cached_property
    def service(self) -> Service:
        """The service as it is deployed, with a few accounts."""
        return self.launch(self.settings(workers=WORKERS))

    @cached_property
    def accounts(self) -> list[Account]:
        return fill(self.service, 1000)

    def bare(self) -> Server:
        """Start the bare application with the service's own server."""
        settings = self.settings(workers=WORKERS)
        command = [sys.executable, "-m", "bench.bare"]
        address = f"http://127.0.0.1:{settings['port']}"
        self._start(command, address, environment_of(settings))
        return Server("bare WSGI in our server", f"{address}/", {})

    def plain(self) -> Server:
        """Start the all-defaults build, with one account whose token is sent."""
        given = {
            **os.environ,
            "DATABASE_URL": self.databases.clone(),
            "REDIS_URL": self.new_redis(),
            "JWT_SECRET_KEY": token_urlsafe(48),
        }
        make = [sys.executable, "-m", "bench.plain"]
        made = run(make, check=True, capture_output=True, text=True, cwd=ROOT, env=given)
        address = f"127.0.0.1:{free_port()}"
        self._start(_gunicorn(address, "bench.plain.app:app"), f"http://{address}", given)
        token = {"Authorization": f"Bearer {made.stdout.strip()}"}
        return Server("all defaults", f"http://{address}/api/me", token)

    def _start(self, command: list[str], url: str, environment: dict[str, str]) -> None:
        log = self.place / f"{url.rpartition(':')[2]}.log"
        process = start(command, log, cwd=ROOT, env=environment)
        self.opened.callback(stop, process)
        wait_until(lambda: _answers(url), process, log)

    def conditions(self) -> dict[str, str]:
        """Return what the figures depend on and is decided here."""
        with connect(self.databases.server.url) as connection:
            release = connection.execute("SHOW server_version").fetchone()[0]
        hashing = "argon2id, 19 MiB, 2 passes, 1 lane: the default, in the plain build too"
        return {
            "Database": f"{self.database} ({release}), over TCP on the same machine",
            "Service": f"{WORKERS} workers; limits, counted in Redis, set out of reach; {hashing}",
            "Compared with": f"{WORKERS} workers of {THREADS} threads",
        }


def _gunicorn(address: str, target: str) -> list[str]:
    size = ["--workers", str(WORKERS), "--threads", str(THREADS)]
    return [sys.executable, "-m", "gunicorn", "--bind", address, *size, target]


def _answers(url: str) -> bool:
    try:
        urlopen(url, timeout=5).close()
    except HTTPError:  # a refusal is an answer
        return True
    except OSError:
        return False
    return True


@contextmanager
def stage() -> Iterator[Stage]:
    with workplace() as place, ExitStack() as opened:
        yield Stage(place, opened)
