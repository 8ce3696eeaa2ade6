"""The documentation: its pages, their headers, and the setting that disables it."""

import pytest

from api.web.pages import CONTENT_SECURITY_POLICY as POLICY

ADDRESSES = ["/", "/docs", "/docs/errors", "/docs/errors/not_found", "/docs/assets/docs.css"]
PAGES = ["/docs", "/docs/", "/docs/errors", "/docs/errors/not_found"]


@pytest.fixture
def reader(app):
    return app.test_client()


@pytest.fixture
def library(app):
    return app.extensions["rollbook.docs"]


@pytest.mark.parametrize("address", PAGES)
def test_a_page_loads_nothing_from_other_hosts(reader, address):
    page = reader.get(address)
    assert page.status_code == 200
    assert page.mimetype == "text/html"
    assert page.headers["Content-Security-Policy"] == POLICY
    assert "unsafe" not in POLICY
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "//" not in page.text.replace("http://127.0.0.1:8000", "")


@pytest.mark.parametrize("address", [*PAGES, "/openapi.json"])
def test_an_unchanged_page_is_304(reader, address):
    first = reader.get(address)
    again = reader.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == "no-cache"
    assert reader.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_root_redirects_to_the_documentation(reader):
    answer = reader.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/docs")


def test_the_contract_is_served(reader, library):
    answer = reader.get("/openapi.json")
    assert answer.mimetype == "application/json"
    assert answer.data == library.contract.body
    assert answer.json["openapi"].startswith("3.1")


def test_every_code_has_a_page(reader, library):
    for code, kind in library.errors.items():
        page = reader.get(f"/docs/errors/{code}")
        assert page.status_code == 200, code
        for text in (f"<h1>{kind.title}</h1>", str(kind.status), "What to do", "request_id"):
            assert text in page.text, code


def test_the_list_links_to_every_code(reader, library):
    listed = reader.get("/docs/errors").text
    for code in library.errors:
        assert f'href="/docs/errors/{code}"' in listed


def test_the_type_of_a_problem_is_the_url_of_its_page(reader):
    problem = reader.get("/api/me")
    address = problem.json["type"].removeprefix("http://127.0.0.1:8000")
    assert "Not authenticated" in reader.get(address).text


@pytest.mark.parametrize("code", ["nope", "NOT_FOUND", "<script>"])
def test_an_unknown_code_gets_an_error_page(reader, code):
    answer = reader.get(f"/docs/errors/{code}")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "Not found" in answer.text
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Request-Id"] in answer.text


@pytest.mark.parametrize("address", [*ADDRESSES[1:], "/openapi.json"])
def test_O_05_a_disabled_documentation_is_404(build, address):
    answer = build(docs_enabled=False).test_client().get(address)
    assert (answer.status_code, answer.json["error"]) == (404, "not_found")


def test_B_44_the_root_without_documentation_is_a_health_check(build):
    answer = build(docs_enabled=False).test_client().get("/")
    assert (answer.status_code, answer.json["status"]) == (200, "ok")


def test_N_01_pages_count_per_client_address(build):
    reader = build(limits_enabled=True, limit_public_per_address="2 per day").test_client()
    assert [reader.get("/docs/errors").status_code for _ in range(3)] == [200, 200, 429]
