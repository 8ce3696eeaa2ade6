"""nginx as a gateway for people, configured as the documentation says."""

import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from api.core.permissions import Permission
from tests.oauth_clients import make_service_client
from tests.processes import free_port, start, stop, wait_until
from tests.service import ROOT

PAGE = ROOT / "docs" / "verifying-tokens.md"
SAMPLE = re.compile(r"^```nginx\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATHS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def configure(service, place, port):
    """Return the configuration of the documentation, with the ports and paths of this test."""
    [sample] = SAMPLE.findall(PAGE.read_text("utf-8"))
    edits = {
        "/dev/shm/rollbook": str(place / "cache"),
        "127.0.0.1:8000": f"127.0.0.1:{service.port}",
        "http://127.0.0.1:9000": f"{service.url}/health/live",
        "listen 8080": f"listen 127.0.0.1:{port}",
        "Host roll.example.com": f"Host 127.0.0.1:{service.port}",
    }
    for old, new in edits.items():
        assert sample.count(old) == 1, old
        sample = sample.replace(old, new)
    paths = "".join(f"{name}_temp_path {place / name};\n" for name in PATHS)
    return f"pid {place / 'pid'};\nevents {{}}\nhttp {{\naccess_log off;\n{paths}{sample}}}\n"


@pytest.fixture
def service(serve):
    """A service that requires confirmed e-mail addresses."""
    return serve(email_verification="required", workers=1)


@pytest.fixture
def cache_place():
    """A directory for the cache: nginx's processes run as a user who cannot reach ``tmp_path``."""
    with TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def gateway(service, cache_place, tmp_path):
    """The URL of nginx, which forwards requests to the service."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    port = free_port()
    cache_place.chmod(0o777)
    file = cache_place / "nginx.conf"
    file.write_text(configure(service, cache_place, port))
    log = tmp_path / "output"
    command = [program, "-c", str(file), "-e", "stderr", "-g", "daemon off;"]
    process = start(command, log)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answers(url), process, log)
        yield url
    finally:
        stop(process)


def answers(url):
    try:
        return find_status(url, "x") == 401
    except httpx.HTTPError:
        return False


def find_status(url, token):
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(url, headers=headers, trust_env=False).status_code


def test_C_07_nginx_lets_people_through_and_no_programs(service, gateway):
    local = service.local_service
    ada = service.person("Guest")
    shop = make_service_client(local.app, local.client, Permission.USERS_READ)
    created = ada.post("/api/me/api-keys", {"name": "No scopes", "scopes": []})

    assert find_status(gateway, ada.token) == 200
    assert find_status(gateway, shop.issue()) == 403
    assert find_status(service.url + "/api/me", created.json["key"]) == 200
    assert find_status(gateway, created.json["key"]) == 403


@pytest.mark.parametrize("flag", ["must_change_password", "must_verify_email"])
def test_nginx_rejects_a_user_who_has_to_complete_the_account(service, gateway, flag):
    guest = service.person("Guest", **{flag: True})

    assert find_status(service.url + "/api/me", guest.token) == 200
    assert find_status(gateway, guest.token) == 403
