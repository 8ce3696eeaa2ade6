"""The style sheets, scripts and pictures of the documentation, by name.

Only these are served. Swagger UI comes from the files of a Python package, so an upgrade is an
upgrade of a dependency, and browsers load nothing from other hosts.
"""

from functools import cache
from importlib.resources import files
from mimetypes import guess_type

from api.docs.prepared import Prepared

OURS = files("api.docs") / "static"
SWAGGER_UI = files("flask_swagger_ui") / "dist"

ASSETS = {
    "docs.css": OURS,
    "explorer.css": OURS,
    "explorer.js": OURS,
    "reference.css": OURS,
    "reference.js": OURS,
    "theme.js": OURS,
    "rollbook.svg": OURS,
    "swagger-ui.css": SWAGGER_UI,
    "swagger-ui-bundle.js": SWAGGER_UI,
}


@cache
def load_asset(name: str) -> Prepared:
    """Read a file when it is first asked for; an unknown name is a KeyError."""
    body = (ASSETS[name] / name).read_bytes()
    return Prepared(body, guess_type(name)[0] or "application/octet-stream")


def asset_url(name: str) -> str:
    """Return the URL of an asset; when its content changes, so does the URL."""
    return f"/docs/assets/{name}?v={load_asset(name).digest}"
