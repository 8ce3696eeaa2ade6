"""Only the listed style sheets, scripts and pictures are served."""

import gzip

import pytest

from api.docs import assets

OTHER_NAMES = [
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
def test_a_listed_file_is_served(reader, name):
    answer = reader.get(f"/docs/assets/{name}")
    assert answer.status_code == 200
    assert answer.data == (assets.ASSETS[name] / name).read_bytes()
    assert answer.mimetype in {"text/css", "text/javascript", "image/svg+xml"}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_other_names_are_404(reader, name):
    answer = reader.get(f"/docs/assets/{name}")
    assert answer.status_code == 404


def test_the_url_of_a_page_is_immutable(reader):
    answer = reader.get(assets.asset_url("docs.css"))
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("query", ["", "?v=", "?v=0123456789abcdef"])
def test_other_urls_must_be_revalidated(reader, query):
    answer = reader.get(f"/docs/assets/docs.css{query}")
    assert answer.headers["Cache-Control"] == "no-cache"
    again = reader.get(
        f"/docs/assets/docs.css{query}", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")


def test_a_client_that_accepts_gzip_gets_it(reader):
    plain = reader.get("/docs/assets/swagger-ui-bundle.js")
    packed = reader.get(
        "/docs/assets/swagger-ui-bundle.js", headers={"Accept-Encoding": "br, gzip"}
    )
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 3


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "br"])
def test_other_clients_get_the_file_uncompressed(reader, accepted):
    answer = reader.get("/docs/assets/docs.css", headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in answer.headers
