"""`/specification`: the page of this version, or how to make one."""

import pytest

from api.specification import pages

HEAD = (
    '<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;">'
    '<meta name="version" content="{version}">'
)


@pytest.fixture
def build_page(tmp_path, monkeypatch):
    """Return a function that builds the page of a version."""
    path = tmp_path / "specification.html"
    monkeypatch.setattr(pages, "BUILT", path)
    pages.load_built_page.cache_clear()
    yield lambda version: path.write_text(HEAD.format(version=version))
    pages.load_built_page.cache_clear()


def test_the_page_of_this_version_is_served(client, build_page):
    build_page(pages.version("rollbook"))
    response = client.get("/specification")
    assert (response.status_code, response.mimetype) == (200, "text/html")
    policy = response.headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; frame-ancestors 'none'"
    again = client.get("/specification", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("version", [None, "0.0.1"])
def test_without_a_page_of_this_version_it_says_how_to_make_one(client, build_page, version):
    if version:
        build_page(version)
    response = client.get("/specification")
    assert (response.status_code, response.mimetype) == (404, "text/html")
    assert "make spec" in response.text


@pytest.mark.parametrize("is_built", [True, False])
def test_other_pages_link_to_it_only_where_there_is_one(client, build_page, is_built):
    if is_built:
        build_page(pages.version("rollbook"))
    assert ('href="/specification"' in client.get("/docs/errors").text) is is_built


def test_where_the_documentation_is_disabled_the_page_is_not_found(build):
    response = build(docs_enabled=False).test_client().get("/specification")
    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"
