"""PgBouncer in transaction mode in front of a PostgreSQL server."""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.processes import free_port, start, stop, wait_until

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
SERVER_CONNECTIONS = 3  # so few that each is used by many transactions of several workers
CONFIGURATION = """\
[databases]
* = host={host} port={server_port} user={user} password={password}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {server_connections}
max_client_conn = 200
"""


@contextmanager
def pgbouncer(place: Path, database_url: str) -> Iterator[str]:
    """Start PgBouncer in front of the server of a database, and yield the URL through it."""
    if PGBOUNCER is None:
        if os.environ.get("REQUIRE_PGBOUNCER"):
            pytest.fail("PgBouncer is not installed")
        pytest.skip("PgBouncer is not installed, so transaction pooling is not tested")
    server, port = make_url(database_url), free_port()
    if not server.host:
        pytest.skip("SQLite has no pooler")
    directory = place / f"pgbouncer-{port}"
    directory.mkdir()
    file, log = directory / "pgbouncer.ini", directory / "log"
    file.write_text(
        CONFIGURATION.format(
            host=server.host,
            server_port=server.port or 5432,
            user=server.username,
            password=server.password,
            port=port,
            server_connections=SERVER_CONNECTIONS,
        )
    )
    owner = ["-u", "nobody"] if os.geteuid() == 0 else []  # it does not run as root
    process = start([PGBOUNCER, *owner, str(file)], log, cwd=directory)
    try:
        wait_until(lambda: _is_listening(port), process, log)
        yield server.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
    finally:
        stop(process)


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
