"""Where the documentation is found: `/docs`, `/docs/errors`, `/openapi.json` and their assets.

These are pages for people and a file for programs, not operations: plain Flask routes that need
no token and stand outside the contract.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    redirect,
    render_template,
    request,
)
from werkzeug.wrappers import Response as BaseResponse

from api.core.errors import ApiError, NotFound
from api.docs import assets, codes
from api.docs.prepared import Prepared
from api.web import limits

POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"
FOREVER = "public, max-age=31536000, immutable"

pages = Blueprint("docs", __name__, template_folder="templates")
pages.add_app_template_global(assets.address, "asset")
pages.add_app_template_filter(codes.marked, "marked")
pages.add_app_template_filter(codes.phrase, "phrase")


@dataclass(frozen=True)
class Library:
    """What this application has to tell."""

    contract: Prepared
    kinds: dict[str, type[ApiError]]
    base_url: str


def init_app(
    app: Flask,
    *,
    contract: bytes,
    catalogue: Iterable[type[ApiError]],
    base_url: str,
    enabled: bool = True,
) -> None:
    """Open the documentation, or leave no trace of it.

    Where it is switched off nothing is registered, the contract included: its addresses answer
    like any other that does not exist. `rollbook openapi` still prints the contract, and the
    `type` of a problem remains its name, which nobody needs to open (RFC 9457, 3.1.1).
    """
    if not enabled:
        return
    kinds = {kind.code: kind for kind in catalogue}
    app.extensions["rollbook.docs"] = Library(
        Prepared(contract, "application/json"), kinds, base_url.rstrip("/")
    )
    app.register_blueprint(pages)


@pages.before_request
def count() -> None:
    limits.count(limits.PER_CLIENT, limits.client_key())


@pages.get("/")
def home() -> BaseResponse:
    return redirect("/docs")


@pages.get("/docs", strict_slashes=False)
def explorer() -> Response:
    return _page("explorer")


@pages.get("/docs/errors", strict_slashes=False)
def errors() -> Response:
    return _page("errors", groups=codes.by_status(_library().kinds.values()))


@pages.get("/docs/errors/<code>")
def error(code: str) -> Response:
    library = _library()
    if code not in library.kinds:
        raise NotFound
    kind = library.kinds[code]
    return _page("error", kind=kind, example=codes.example(kind, library.base_url))


@pages.get("/docs/assets/<name>")
def asset(name: str) -> Response:
    if name not in assets.ASSETS:
        raise NotFound
    prepared = assets.asset(name)
    response = prepared.answer()
    current = request.args.get("v") == prepared.digest
    response.headers["Cache-Control"] = FOREVER if current else "no-cache"
    return response


@pages.get("/openapi.json")
def contract() -> Response:
    response = _library().contract.answer()
    response.headers["Cache-Control"] = "no-cache"
    return response


def _library() -> Library:
    library: Library = current_app.extensions["rollbook.docs"]
    return library


def _page(template: str, **values: object) -> Response:
    response = Response(render_template(f"docs/{template}.html", **values), mimetype="text/html")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag(weak=True)
    response.make_conditional(request)
    return response
