"""Apache with mod_oauth2 as a resource server, configured as the documentation says."""

import os
import re
import shutil
from pathlib import Path

import httpx
import pytest

from api.core.permissions import Permission
from tests.oauth_clients import make_service_client
from tests.processes import free_port, start, stop, wait_until
from tests.proxy import make_certificate, nginx
from tests.service import ROOT

PAGE = ROOT / "docs" / "verifying-tokens.md"
SAMPLE = re.compile(r"^```apache\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MODULES = [
    *("mpm_event", "authn_core", "authz_core", "authz_user"),
    *("proxy", "proxy_http", "rewrite", "oauth2"),
]
FRAME = """
ServerRoot "{place}"
ServerName 127.0.0.1
PidFile "{place}/pid"
ErrorLog "{place}/log"
Mutex file:{place}
Listen 127.0.0.1:{port}
"""


def find_apache():
    """Return the program and the directory of its modules; without them the test is skipped."""
    program = shutil.which("apache2") or shutil.which("apache2", path="/usr/sbin")
    modules = Path(program).parents[1] / "lib" / "apache2" / "modules" if program else Path()
    if program is None or not (modules / "mod_oauth2.so").exists():
        message = "Apache with mod_oauth2 is not installed"
        if os.environ.get("REQUIRE_APACHE"):
            pytest.fail(message)
        pytest.skip(message)
    return program, modules


def configure(service, gateway, place, port, modules, rollbook):
    """Return the configuration of the documentation, with the URLs and secrets of this test."""
    [sample] = SAMPLE.findall(PAGE.read_text("utf-8"))
    edits = {
        "CLIENT_ID": gateway.id,
        "CLIENT_SECRET": gateway.secret,
        "expiry=10": "expiry=10&introspect.ssl_verify=false",  # the certificate of this test
        "https://roll.example.com": rollbook,
        "http://127.0.0.1:9000": service.url,
    }
    for old, new in edits.items():
        assert old in sample, old
        sample = sample.replace(old, new)
    loaded = "".join(f"LoadModule {name}_module {modules}/mod_{name}.so\n" for name in MODULES)
    return loaded + FRAME.format(place=place, port=port) + sample


@pytest.fixture
def gateway(service):
    local = service.local_service
    return make_service_client(local.app, local.client, Permission.TOKENS_INTROSPECT)


@pytest.fixture
def rollbook(service, tmp_path):
    """The URL of the service with TLS, without which the module does not send its secret."""
    certificate, key = make_certificate(tmp_path)
    tls = f"ssl_certificate {certificate};\nssl_certificate_key {key};"
    with nginx(tmp_path, service.port, " ssl", tls) as port:
        yield f"https://127.0.0.1:{port}"


@pytest.fixture
def apache(service, gateway, rollbook, tmp_path):
    """The URL of Apache, which forwards requests to the service."""
    program, modules = find_apache()
    port = free_port()
    tmp_path.chmod(0o755)
    file = tmp_path / "apache.conf"
    file.write_text(configure(service, gateway, tmp_path, port, modules, rollbook))
    url = f"http://127.0.0.1:{port}"
    log = tmp_path / "output"
    process = start([program, "-f", str(file), "-DFOREGROUND"], log)
    try:
        wait_until(lambda: answers(url), process, log)
        yield url
    finally:
        stop(process)


def answers(url):
    try:
        return httpx.get(url, trust_env=False).status_code == 401
    except httpx.HTTPError:
        return False


def find_status(url, token):
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{url}/health/live", headers=headers, trust_env=False).status_code


def test_C_07_apache_lets_active_tokens_with_the_scope_through(service, apache):
    local = service.local_service
    shop = make_service_client(
        local.app, local.client, Permission.USERS_READ, Permission.AUDIT_READ
    )
    stranger = make_service_client(local.app, local.client, Permission.AUDIT_READ)
    revoked = shop.issue()
    shop.ask("/oauth/revoke", token=revoked)

    assert find_status(apache, shop.issue()) == 200
    assert find_status(apache, shop.issue(scope="users:read")) == 200
    assert find_status(apache, stranger.issue()) == 403
    assert find_status(apache, revoked) == 401
    assert find_status(apache, "x") == 401


def test_apache_rejects_what_is_no_access_token_for_this_service(service, apache):
    local = service.local_service
    ada = service.person("Refreshed", role="admin")
    shop = make_service_client(local.app, local.client, Permission.USERS_READ)
    elsewhere = shop.issue(resource=service.settings["public_base_url"])

    assert find_status(apache, ada.token) == 200
    assert find_status(apache, ada.refresh_token) == 403
    assert find_status(apache, elsewhere) == 403
