"""`/specification`: the features and the results of their last run, as one page.

`make spec` writes the page into this package before an image or a wheel is built. It is public and
not part of the contract.
"""

import html
import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files

from flask import Blueprint, Flask, Response

from api.docs.prepared import Prepared
from api.web.pages import Page, render_page

BUILT = files("api.specification") / "build" / "specification.html"
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">')
VERSION = re.compile(r'<meta name="version" content="([^"]+)">')
HEAD_BYTES = 4096  # both elements are at the beginning

blueprint = Blueprint("specification", __name__, template_folder="templates")


@dataclass(frozen=True)
class BuiltPage:
    """The page, and its Content-Security-Policy: it allows the scripts in the page by hash."""

    content: Prepared
    policy: str


class Specification(Page):
    def get(self) -> Response:
        built = load_built_page()
        if built is None:
            return render_page("specification/missing.html", 404, version=version("rollbook"))
        response = built.content.respond()
        response.headers["Content-Security-Policy"] = built.policy
        response.headers["Cache-Control"] = "no-cache"
        return response


@cache
def load_built_page() -> BuiltPage | None:
    """Return the page of this version, or None if none was built."""
    if not BUILT.is_file():
        return None
    body = BUILT.read_bytes()
    head = body[:HEAD_BYTES].decode(errors="replace")
    policy, built_version = POLICY.search(head), VERSION.search(head)
    if policy is None or built_version is None or built_version[1] != version("rollbook"):
        return None
    return BuiltPage(
        Prepared(body, "text/html"), f"{html.unescape(policy[1])}; frame-ancestors 'none'"
    )


@blueprint.app_template_global("has_specification")
def has_built_page() -> bool:
    """Return whether pages should link to it."""
    return load_built_page() is not None


blueprint.add_url_rule("/specification", view_func=Specification.as_view("page"))


def register(app: Flask) -> None:
    """Add the route. It belongs to the documentation, and is not found where that is disabled."""
    app.register_blueprint(blueprint)
