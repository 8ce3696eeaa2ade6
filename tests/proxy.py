"""nginx in front of a service, with the configuration that docker-compose.yml uses."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes import free_port, start, stop, wait_until

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CONFIGURATION = Path(__file__).parents[1] / "docker" / "proxy" / "nginx.conf"


@contextmanager
def nginx(place: Path, upstream: int, listen: str = "", tls: str = "") -> Iterator[int]:
    """Start nginx in front of a port of this machine, and yield its own port."""
    if NGINX is None:
        if os.environ.get("REQUIRE_PROXY"):
            pytest.fail("nginx is not installed")
        pytest.skip("nginx is not installed, so the proxy is not tested")
    port = free_port()
    directory = place / f"nginx-{port}"
    directory.mkdir()
    directory.chmod(0o777)  # nginx's own processes run as another user
    names = {
        "LISTEN": f"127.0.0.1:{port}{listen}",
        "UPSTREAM": f"127.0.0.1:{upstream}",
        "TLS": tls,
        "PREFIX": str(directory),
    }
    text = CONFIGURATION.read_text()
    for name, value in names.items():
        text = text.replace(f"${{{name}}}", value)
    file, log = directory / "nginx.conf", directory / "log"
    file.write_text(text)
    process = start([NGINX, "-c", str(file), "-g", "daemon off;"], log, cwd=directory)
    try:
        wait_until((directory / "nginx.pid").exists, process, log)
        yield port
    finally:
        stop(process)


def make_certificate(directory: Path) -> tuple[Path, Path]:
    """Make a certificate for 127.0.0.1 with openssl, and return it and its key."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "1", *subject]
    subprocess.run(
        [*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True
    )
    return certificate, key
