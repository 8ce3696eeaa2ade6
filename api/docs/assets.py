"""The style sheets, scripts and pictures of the documentation, by name.

Only what is named here is served. Swagger UI comes from the package that carries its files, so
that upgrading it is upgrading a dependency, and no browser has to ask anyone else for it.
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
    "theme.js": OURS,
    "rollbook.svg": OURS,
    "swagger-ui.css": SWAGGER_UI,
    "swagger-ui-bundle.js": SWAGGER_UI,
}


@cache
def asset(name: str) -> Prepared:
    """Read a file when it is first asked for; an unknown name is a KeyError."""
    body = (ASSETS[name] / name).read_bytes()
    return Prepared(body, guess_type(name)[0] or "application/octet-stream")


def address(name: str) -> str:
    """Return where the asset lies; another content has another address."""
    return f"/docs/assets/{name}?v={asset(name).digest}"
