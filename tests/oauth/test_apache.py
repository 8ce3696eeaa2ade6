"""Apache as a resource server, its modules configured as the documentation says."""

import os
import re
import shutil
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryDirectory
from typing import NamedTuple

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from api.core.permissions import Permission
from tests.oauth_clients import make_service_client
from tests.processes import free_port, start, stop, wait_until
from tests.proxy import make_certificate, nginx
from tests.service import ROOT

PAGE = ROOT / "docs" / "verifying-tokens.md"
SAMPLE = re.compile(r"^```apache\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MODULES = [
    *("mpm_event", "authn_core", "authz_core", "authz_user"),
    *("proxy", "proxy_http", "rewrite"),
]
FRAME = """
ServerRoot "{place}"
ServerName 127.0.0.1
PidFile "{place}/pid"
ErrorLog "{place}/log"
Mutex file:{place}
Listen 127.0.0.1:{port}
"""


class Sample(NamedTuple):
    """A sample of the page: its number, and its module."""

    number: int
    module: str


OAUTH2, INTROSPECTING, VERIFYING = (
    Sample(0, "oauth2"),
    Sample(1, "auth_openidc"),
    Sample(2, "auth_openidc"),
)
EACH_MODULE = pytest.mark.parametrize("sample", [OAUTH2, INTROSPECTING], ids=["oauth2", "openidc"])
# How a module accepts the certificate of this test.
TRUST = {
    "oauth2": ("expiry=10", "expiry=10&introspect.ssl_verify=false"),
    "auth_openidc": ("OIDCOAuth", 'OIDCCABundlePath "{certificate}"\nOIDCOAuth'),
}
JWT = ".eyJ"  # the claims of each one begin with this


def find_apache(module):
    """Return the program and the directory of its modules; without them the test is skipped."""
    program = shutil.which("apache2") or shutil.which("apache2", path="/usr/sbin")
    modules = Path(program).parents[1] / "lib" / "apache2" / "modules" if program else Path()
    if program is None or not (modules / f"mod_{module}.so").exists():
        message = f"Apache with mod_{module} is not installed"
        if os.environ.get("REQUIRE_APACHE"):
            pytest.fail(message)
        pytest.skip(message)
    return program, modules


def fill_in(sample, service, gateway, rollbook, certificate):
    """Return a sample of the documentation, with the URLs and secrets of this test."""
    text = SAMPLE.findall(PAGE.read_text("utf-8"))[sample.number]
    old, new = TRUST[sample.module]
    assert old in text, old
    text = text.replace(old, new.format(certificate=certificate), 1)
    edits = {
        "iss:https://roll.example.com": f"iss:{service.settings['public_base_url']}",
        "https://roll.example.com": rollbook,
        "http://127.0.0.1:9000": service.url,
        "CLIENT_ID": gateway.id,
        "CLIENT_SECRET": gateway.secret,
        "PASSPHRASE": token_urlsafe(),
    }
    for old, new in edits.items():
        text = text.replace(old, new)
    assert gateway.secret in text or sample is VERIFYING
    assert service.url in text
    return text


@pytest.fixture
def directory():
    """A directory whose files Apache's processes can read, although they run as another user."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def gateway(service):
    local = service.local_service
    return make_service_client(local.app, local.client, Permission.TOKENS_INTROSPECT)


@pytest.fixture
def ada(service, gateway):
    return service.person(f"ada-{gateway.id}", role="admin")


@pytest.fixture
def certificate(directory):
    return make_certificate(directory)


@pytest.fixture
def rollbook(service, certificate, tmp_path):
    """The URL of the service with TLS, without which no module sends its secret."""
    file, key = certificate
    tls = f"ssl_certificate {file};\nssl_certificate_key {key};"
    with nginx(tmp_path, service.port, " ssl", tls) as port:
        yield f"https://127.0.0.1:{port}"


@pytest.fixture
def apache(service, gateway, certificate, rollbook, directory, sample):
    """The URL of Apache, which forwards requests to the service and logs no token."""
    program, modules = find_apache(sample.module)
    port = free_port()
    file = directory / "apache.conf"
    loaded = [f"LoadModule {name}_module {modules}/mod_{name}.so" for name in MODULES]
    loaded.append(f"LoadModule {sample.module}_module {modules}/mod_{sample.module}.so")
    frame = FRAME.format(place=directory, port=port)
    text = fill_in(sample, service, gateway, rollbook, certificate[0])
    file.write_text("\n".join([*loaded, frame, text]))
    url = f"http://127.0.0.1:{port}"
    log = directory / "output"
    process = start([program, "-f", str(file), "-DFOREGROUND"], log)
    try:
        wait_until(lambda: answers(url), process, log)
        yield url
    finally:
        stop(process)
    assert JWT not in (directory / "log").read_text()


def answers(url):
    try:
        return httpx.get(url, trust_env=False).status_code == 401
    except httpx.HTTPError:
        return False


def find_status(url, token):
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{url}/health/live", headers=headers, trust_env=False).status_code


def sign_with_another_key(token):
    """Return the same token, signed with a key that is not published."""
    header = jwt.get_unverified_header(token)
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(claims, ec.generate_private_key(ec.SECP256R1()), headers=header)


@EACH_MODULE
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


@EACH_MODULE
def test_apache_rejects_what_is_no_access_token_for_this_service(service, apache, ada):
    local = service.local_service
    shop = make_service_client(local.app, local.client, Permission.USERS_READ)
    elsewhere = shop.issue(resource=service.settings["public_base_url"])

    assert find_status(apache, ada.token) == 200
    assert find_status(apache, ada.refresh_token) == 403
    assert find_status(apache, elsewhere) == 403


@pytest.mark.parametrize("sample", [VERIFYING], ids=["openidc"])
def test_apache_verifies_tokens_itself(service, apache, ada):
    local = service.local_service
    shop = make_service_client(
        local.app, local.client, Permission.USERS_READ, Permission.AUDIT_READ
    )
    elsewhere = shop.issue(resource=service.settings["public_base_url"])
    token = shop.issue()
    forged = sign_with_another_key(token)
    shop.ask("/oauth/revoke", token=token)

    assert find_status(apache, token) == 200  # a signature does not show a revocation
    assert find_status(apache, shop.issue(scope="audit:read")) == 403
    assert find_status(apache, elsewhere) == 403
    assert find_status(apache, ada.token) == 403
    assert find_status(apache, forged) == 401
    assert find_status(apache, ada.refresh_token) == 401
