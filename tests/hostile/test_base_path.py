"""The service under a path, behind proxies that remove it and behind one that does not: B-28."""

import pytest

from tests.hostile.wire import Wire
from tests.proxy import BASE_PATH, PROXIES, REMOVE_BASE_PATH, nginx

ORIGIN = "http://127.0.0.1"  # of PUBLIC_BASE_URL; the proxies have other ports


@pytest.fixture(scope="module")
def under_a_path(start_shared):
    return start_shared(public_base_url=f"{ORIGIN}{BASE_PATH}", docs_enabled="true")


@pytest.fixture(scope="module", params=[*REMOVE_BASE_PATH, "unchanged"])
def prefixed(request, under_a_path, place):
    """The service, and the port of a proxy that removes the prefix, or of one that does not."""
    removes = request.param != "unchanged"
    start = PROXIES[request.param] if removes else nginx
    edits = REMOVE_BASE_PATH[request.param] if removes else {}
    with start(place, under_a_path.port, edits=edits) as port:
        yield under_a_path, port


def test_B_28_the_root_leads_to_the_documentation(prefixed):
    _, port = prefixed

    answer = Wire(port).get(f"{BASE_PATH}/")

    assert (answer.status, answer.headers["Location"]) == (302, f"{BASE_PATH}/docs")


def test_B_28_C_12_links_and_problem_types_carry_the_path(prefixed):
    service, port = prefixed
    root = Wire(port).as_person(service.administrator)
    name = f"u{port}"
    account = {"username": name, "email": f"{name}@example.org", "password": "a foot of wire"}

    made = root.post(f"{BASE_PATH}/api/users", account)
    page = root.get(f"{BASE_PATH}/api/users?limit=1")
    missing = Wire(port).get(f"{BASE_PATH}/api/me")

    path = f"{BASE_PATH}/api/users/{made.json['id']}"
    assert made.headers["Location"] == f"{ORIGIN}{path}"
    assert root.get(path).json["username"] == name
    assert page.headers["Link"].startswith(f"<{ORIGIN}{BASE_PATH}/api/users?")
    assert missing.json["type"] == f"{ORIGIN}{BASE_PATH}/docs/errors/unauthenticated"


def test_B_28_the_contract_and_the_issuer_carry_the_path(prefixed):
    service, port = prefixed
    contract = Wire(port).send("GET", f"{BASE_PATH}/openapi.json").json
    token = service.administrator.token

    assert contract["servers"][0]["url"] == BASE_PATH
    assert service.local_service.app.config["PUBLIC_BASE_URL"].endswith(BASE_PATH)
    assert Wire(port).with_token(token).get(f"{BASE_PATH}/api/me").status == 200


def test_B_28_the_metadata_are_found_under_the_path(prefixed):
    _, port = prefixed
    metadata = Wire(port).get(f"{BASE_PATH}/.well-known/openid-configuration").json

    assert metadata["issuer"] == f"{ORIGIN}{BASE_PATH}"
    assert metadata["jwks_uri"] == f"{ORIGIN}{BASE_PATH}/.well-known/jwks.json"
    assert Wire(port).get(f"{BASE_PATH}/.well-known/jwks.json").json["keys"]


def test_B_28_pages_load_their_assets_under_the_path(prefixed):
    _, port = prefixed
    for page in ("/docs", "/docs/errors", "/docs/errors/not_found"):
        text = Wire(port).get(f"{BASE_PATH}{page}").body.decode()
        assert f'href="{BASE_PATH}/docs/assets/docs.css' in text
        assert 'href="/docs' not in text
        assert 'src="/docs' not in text


def test_B_28_health_checks_need_no_prefix(under_a_path):
    for path in ("/health/ready", "/healthz", f"{BASE_PATH}/health/ready", f"{BASE_PATH}/readyz"):
        assert Wire(under_a_path.port).get(path).status == 200


@pytest.mark.parametrize(
    "path", ["/authx/api/me", "/auth/auth/api/me", "/auth//api/me", "/AUTH/api/me"]
)
def test_B_28_only_the_path_itself_is_removed(under_a_path, path):
    assert Wire(under_a_path.port).get(path).status == 404
