"""The documentation is found, is its own host, and is shut with one switch."""

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
def test_a_page_takes_nothing_from_elsewhere(reader, address):
    page = reader.get(address)
    assert page.status_code == 200
    assert page.mimetype == "text/html"
    assert page.headers["Content-Security-Policy"] == POLICY
    assert "unsafe" not in POLICY
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "//" not in page.text.replace("http://127.0.0.1:8000", "")


@pytest.mark.parametrize("address", [*PAGES, "/openapi.json"])
def test_what_has_not_changed_is_not_sent_again(reader, address):
    first = reader.get(address)
    again = reader.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == "no-cache"
    assert reader.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_root_leads_to_the_docs(reader):
    answer = reader.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/docs")


def test_the_contract_is_served_as_it_was_prepared(reader, library):
    answer = reader.get("/openapi.json")
    assert answer.mimetype == "application/json"
    assert answer.data == library.contract.body
    assert answer.json["openapi"].startswith("3.1")


def test_every_code_has_a_page(reader, library):
    for code, kind in library.errors.items():
        page = reader.get(f"/docs/errors/{code}")
        assert page.status_code == 200, code
        for told in (f"<h1>{kind.title}</h1>", str(kind.status), "What to do", "request_id"):
            assert told in page.text, code


def test_the_list_leads_to_every_code(reader, library):
    listed = reader.get("/docs/errors").text
    for code in library.errors:
        assert f'href="/docs/errors/{code}"' in listed


def test_the_type_of_a_problem_is_its_page(reader):
    problem = reader.get("/api/me")
    address = problem.json["type"].removeprefix("http://127.0.0.1:8000")
    assert "Not authenticated" in reader.get(address).text


@pytest.mark.parametrize("code", ["nope", "NOT_FOUND", "<script>"])
def test_an_unknown_code_is_answered_by_an_error_page(reader, code):
    answer = reader.get(f"/docs/errors/{code}")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "Not found" in answer.text
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Request-Id"] in answer.text


@pytest.mark.parametrize("address", [*ADDRESSES, "/openapi.json"])
def test_where_it_is_switched_off_nothing_is_there(build, address):
    """O-05."""
    answer = build(docs_enabled=False).test_client().get(address)
    assert (answer.status_code, answer.json["error"]) == (404, "not_found")


def test_readers_are_counted_too(build):
    reader = build(limits_enabled=True, limit_public_per_address="2 per minute").test_client()
    assert [reader.get("/docs/errors").status_code for _ in range(3)] == [200, 200, 429]
