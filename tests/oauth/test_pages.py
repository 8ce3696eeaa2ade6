"""The samples about OAuth 2.0 in the documentation, as the pages show them."""

import json
import re
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from api.core.permissions import Permission
from tests import node
from tests.docs.shell import run_commands
from tests.oauth_clients import make_service_client
from tests.service import ROOT

CALLING, VERIFYING = "calling-from-a-service.md", "verifying-tokens.md"
SECTIONS = {
    CALLING: "## Access tokens by client credentials",
    VERIFYING: "## What a signature does not show",
}
EXAMPLE_URL = "https://roll.example.com"
RUN = "console.log(await requestToken());"


def find_samples(page, language):
    """Return the samples of the section about OAuth 2.0 of a page."""
    text = (ROOT / "docs" / page).read_text("utf-8").split(SECTIONS[page])[1].split("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def shop(service):
    local = service.local_service
    permissions = (Permission.USERS_READ, Permission.TOKENS_INTROSPECT)
    client = make_service_client(local.app, local.client, *permissions)
    client.issuer = service.settings["public_base_url"]
    return client


@pytest.fixture
def run_shell(service, shop, tmp_path):
    """Return a function that runs commands one after the other, and returns their output."""

    def run(*commands, **variables):
        names = {"URL": service.url, "CLIENT_ID": shop.id, "CLIENT_SECRET": shop.secret}
        done = run_commands(commands, tmp_path, **names, **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def run_python(service, shop, page):
    """Run the Python sample of a page with the URL and the secret of this test."""
    [sample] = find_samples(page, "python")
    edits = {EXAMPLE_URL: service.url, "CLIENT_ID": shop.id, "CLIENT_SECRET": shop.secret}
    for old, new in edits.items():
        assert old in sample, old
        sample = sample.replace(old, new)
    names = {}
    exec(compile(sample, page, "exec"), names)
    return names


def test_the_commands_get_use_and_revoke_a_token(run_shell, shop):
    request, list_all, revoke = find_samples(CALLING, "sh")

    output = run_shell(request, "echo", list_all, revoke, 'echo "$ACCESS_TOKEN"')

    users, *ids, token = output.strip().split("\n")
    assert {user["id"] for user in json.loads(users)["items"]} <= set(ids)
    shop.get("/api/users", token, expecting=401)


def test_the_session_of_authlib_lists_users(service, shop):
    ada = service.person("Listed")

    assert ada.id in {user["id"] for user in run_python(service, shop, CALLING)["users"]}


def test_the_command_introspects_a_token(run_shell, service):
    _, command = find_samples(VERIFYING, "sh")
    ada = service.person("Introspected")

    described = json.loads(run_shell(command, ACCESS_TOKEN=ada.token))

    assert (described["active"], described["sub"]) == (True, ada.id)


def test_the_sample_introspects_tokens(service, shop):
    names = run_python(service, shop, VERIFYING)
    introspected = names["introspected"]
    ada = service.person("Described")

    assert introspected(ada.token)["sub"] == ada.id
    assert introspected(ada.refresh_token) is None
    assert introspected("x") is None
    names["AUDIENCE"] = "roll"
    assert introspected(ada.token) is None


def test_the_module_gets_a_token_with_the_private_key_of_the_page(service, tmp_path):
    node.require_file("oauth4webapi/package.json")
    (tmp_path / "node_modules").symlink_to(node.MODULES)
    local = service.local_service
    private_key = Ed25519PrivateKey.generate()  # as the page makes it with openssl
    pem = private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "private-key.pem").write_bytes(pem)
    client = make_service_client(
        local.app, local.client, Permission.USERS_READ, private_key=private_key
    )
    [sample] = find_samples(CALLING, "js")
    insecure = "{ [oauth.allowInsecureRequests]: true }"  # the service of this test has no TLS
    edits = {
        EXAMPLE_URL: service.url,
        "CLIENT_ID": client.id,
        '{ algorithm: "oauth2" }': f'{{ algorithm: "oauth2", ...{insecure} }}',
        "(privateKey), {})": f"(privateKey), {{}}, {insecure})",
    }
    for old, new in edits.items():
        assert old in sample, old
        sample = sample.replace(old, new)
    (tmp_path / "sample.mjs").write_text(sample + RUN)
    done = subprocess.run(
        ["node", "sample.mjs"],
        cwd=tmp_path,
        env=node.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert client.get("/api/users", done.stdout.strip())
