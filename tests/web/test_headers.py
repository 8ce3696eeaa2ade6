"""Headers that are computed from a result."""

from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from api.web.headers import location, next_page

BASE_URL = "https://example.org/auth"

PAGE = SimpleNamespace(next="a-cursor_=")
LAST = SimpleNamespace(next=None)


def serve(path):
    app = Flask("pages")
    app.config["PUBLIC_BASE_URL"] = BASE_URL
    return app.test_request_context(path, base_url="http://10.0.0.7:8000")


@pytest.fixture
def link():
    """Return a function from a page and a query to the Link header."""

    def build(page, query=""):
        with serve(f"/api/users?{query}"):
            return next_page("/api/users")(page)

    return build


def parse_target(link):
    path, relation = link["Link"].split("; ")
    assert relation == 'rel="next"'
    assert path[0] + path[-1] == "<>"
    return urlsplit(path[1:-1])


def test_C_12_a_new_resource_has_an_absolute_location():
    with serve("/api/users"):
        headers = location("/api/users")(SimpleNamespace(id=7))

    assert headers == {"Location": f"{BASE_URL}/api/users/7"}


def test_the_last_page_has_no_link(link):
    assert link(LAST, "limit=2") == {}


def test_C_12_a_page_links_to_the_next_with_an_absolute_url(link):
    following = parse_target(link(PAGE))

    assert following._replace(query="").geturl() == f"{BASE_URL}/api/users"
    assert parse_qs(following.query) == {"cursor": [PAGE.next]}


def test_the_link_keeps_the_filters_and_replaces_the_cursor(link):
    following = parse_target(link(PAGE, "q=a%26b%3E&cursor=old&limit=2"))

    query = parse_qs(following.query)
    assert query == {"q": ["a&b>"], "cursor": [PAGE.next], "limit": ["2"]}


def test_a_query_cannot_break_out_of_the_link(link):
    text = link(PAGE, "q=%3E%3B%20rel%3D%22prev%22%0d%0a%22%C3%A4")["Link"]

    assert text.isascii()
    assert text.isprintable()
    assert (text.count(">"), text.count('"'), text.count(";")) == (1, 2, 1)


@pytest.mark.parametrize(
    ("headers", "name"), [(location("/x"), "Location"), (next_page("/x"), "Link")]
)
def test_the_functions_name_their_headers_for_the_contract(headers, name):
    assert headers.names == (name,)
