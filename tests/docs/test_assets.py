"""Style sheets, scripts and pictures are served by name, and nothing else of their folders."""

import gzip

import pytest

from api.docs import assets

STRANGERS = [
    "VERSION",
    "LICENSE",
    "swagger-ui.js",
    "index.css",
    "docs.css/",
    "DOCS.CSS",
    "nope.js",
    ".",
    "..",
    "../pages.py",
    "..%2fpages.py",
    "%2e%2e/%2e%2e/pages.py",
    "..%5cpages.py",
    "%2fetc%2fpasswd",
    "docs.css%00",
]


@pytest.fixture
def reader(app):
    return app.test_client()


@pytest.mark.parametrize("name", assets.ASSETS)
def test_a_named_file_is_served(reader, name):
    answer = reader.get(f"/docs/assets/{name}")
    assert answer.status_code == 200
    assert answer.data == (assets.ASSETS[name] / name).read_bytes()
    assert answer.mimetype in {"text/css", "text/javascript", "image/svg+xml"}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", STRANGERS)
def test_no_other_file_is(reader, name):
    answer = reader.get(f"/docs/assets/{name}")
    assert answer.status_code == 404


def test_the_address_that_pages_use_may_be_kept_forever(reader):
    answer = reader.get(assets.asset_url("docs.css"))
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("query", ["", "?v=", "?v=0123456789abcdef"])
def test_any_other_address_is_asked_again(reader, query):
    answer = reader.get(f"/docs/assets/docs.css{query}")
    assert answer.headers["Cache-Control"] == "no-cache"
    again = reader.get(
        f"/docs/assets/docs.css{query}", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")


def test_who_understands_gzip_gets_it(reader):
    plain = reader.get("/docs/assets/swagger-ui-bundle.js")
    packed = reader.get(
        "/docs/assets/swagger-ui-bundle.js", headers={"Accept-Encoding": "br, gzip"}
    )
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 3


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "br"])
def test_who_does_not_gets_the_file_itself(reader, accepted):
    answer = reader.get("/docs/assets/docs.css", headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in answer.headers
