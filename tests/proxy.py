"""Reverse proxies in front of a service, with the configurations in docker/proxy."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psutil
import pytest

from tests.processes import free_port, start, stop, wait_until

CONFIGURATIONS = Path(__file__).parents[1] / "docker" / "proxy"
CADDY_2_6 = "buffer_requests\nmax_buffer_size 9437184"  # it does not know request_buffers

Edits = Mapping[str, str]  # what a test changes in a configuration
Proxy = Callable[..., AbstractContextManager[int]]


@contextmanager
def nginx(
    place: Path, upstream: int, listen: str = "", tls: str = "", edits: Edits | None = None
) -> Iterator[int]:
    """Start nginx in front of a port of this machine, and yield its own port."""
    program, port = _find("nginx"), free_port()
    directory = place / f"nginx-{port}"
    directory.mkdir()
    directory.chmod(0o777)  # nginx's own processes run as another user
    names = {
        "${LISTEN}": f"127.0.0.1:{port}{listen}",
        "${UPSTREAM}": f"127.0.0.1:{upstream}",
        "${TLS}": tls,
        "${PREFIX}": str(directory),
    }
    file = _write(directory / "nginx.conf", {**names, **(edits or {})})
    with _run([program, "-c", str(file), "-g", "daemon off;"], directory, port):
        yield port


@contextmanager
def haproxy(place: Path, upstream: int, edits: Edits | None = None) -> Iterator[int]:
    """Start HAProxy in front of a port of this machine, and yield its own port."""
    program, port = _find("haproxy"), free_port()
    directory = place / f"haproxy-{port}"
    directory.mkdir()
    file = _write(directory / "haproxy.cfg", edits or {})
    names = {"LISTEN": f"127.0.0.1:{port}", "UPSTREAM": f"127.0.0.1:{upstream}"}
    with _run([program, "-f", str(file)], directory, port, names):
        yield port


@contextmanager
def caddy(place: Path, upstream: int, edits: Edits | None = None) -> Iterator[int]:
    """Start Caddy in front of a port of this machine, and yield its own port."""
    program, port = _find("caddy"), free_port()
    directory = place / f"caddy-{port}"
    directory.mkdir()
    file = _write(directory / "Caddyfile", edits or {})
    names = {
        "PROXY_SITE": f"http://127.0.0.1:{port}",
        "PROXY_UPSTREAM": f"127.0.0.1:{upstream}",
        "XDG_DATA_HOME": str(directory),
        "XDG_CONFIG_HOME": str(directory),
    }
    version = subprocess.run([program, "version"], check=True, capture_output=True, text=True)
    if version.stdout.startswith(("2.6", "v2.6")):
        names["PROXY_BUFFERING"] = CADDY_2_6
    command = [program, "run", "--config", str(file), "--adapter", "caddyfile"]
    with _run(command, directory, port, names):
        yield port


PROXIES: dict[str, Proxy] = {"nginx": nginx, "haproxy": haproxy, "caddy": caddy}
BASE_PATH = "/auth"
# The edits with which a proxy serves under this path and removes it (docs/operations.md).
REMOVE_BASE_PATH: dict[str, Edits] = {
    "nginx": {
        "location / {": "location /auth/ {",
        "location /account/ {": "location /auth/account/ {",
        "proxy_pass http://rollbook;": "proxy_pass http://rollbook/;",
    },
    "haproxy": {
        "    default_backend": "    http-request replace-path /auth/?(.*) /\\1\n    default_backend"
    },
    "caddy": {"\treverse_proxy {$": "\turi strip_prefix /auth\n\treverse_proxy {$"},
}


def _find(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        if os.environ.get("REQUIRE_PROXY"):
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed, so this proxy is not tested")
    return found


def _write(file: Path, edits: Edits) -> Path:
    """Write a configuration with these edits, each of which has to have a place."""
    text = (CONFIGURATIONS / file.name).read_text()
    for old, new in edits.items():
        assert old in text, old
        text = text.replace(old, new)
    file.write_text(text)
    return file


@contextmanager
def _run(
    command: list[str], directory: Path, port: int, names: Mapping[str, str] | None = None
) -> Iterator[None]:
    log = directory / "log"
    environment = {**os.environ, **(names or {})}
    process = start(command, log, cwd=directory, env=environment)
    try:
        wait_until(lambda: _listens(process.pid, port), process, log)
        yield
    finally:
        stop(process)


def _listens(pid: int, port: int) -> bool:
    """Return whether the process, or one that it has started, listens on the port."""
    parent = psutil.Process(pid)
    opened = [each for process in [parent, *parent.children()] for each in _listeners(process)]
    return port in opened


def _listeners(process: psutil.Process) -> list[int]:
    connections = process.net_connections("tcp")
    return [each.laddr.port for each in connections if each.status == psutil.CONN_LISTEN]


def make_certificate(directory: Path) -> tuple[Path, Path]:
    """Make a certificate for 127.0.0.1 with openssl, and return it and its key."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "1", *subject]
    subprocess.run(
        [*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True
    )
    return certificate, key
