"""The documentation: `/docs`, `/docs/errors`, `/openapi.json` and their assets.

They are public and not part of the contract.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, Flask, Response, current_app, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from api.core.errors import ApiError, NotFound
from api.docs import assets, codes
from api.docs.prepared import Prepared
from api.web.pages import Page, render_page

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
EXTENSION = "rollbook.docs"

blueprint = Blueprint("docs", __name__, template_folder="templates")
blueprint.add_app_template_global(assets.asset_url, "asset")
blueprint.add_app_template_filter(codes.mark_code, "marked")
blueprint.add_app_template_filter(codes.status_phrase, "phrase")


@dataclass(frozen=True)
class Documentation:
    """What one application documents."""

    contract: Prepared
    errors: dict[str, type[ApiError]]
    base_url: str


class Home(Page):
    def get(self) -> BaseResponse:
        return redirect("/docs")


class Explorer(Page):
    def get(self) -> Response:
        return render_page("docs/explorer.html")


class ErrorList(Page):
    def get(self) -> Response:
        groups = codes.group_by_status(_documentation().errors.values())
        return render_page("docs/errors.html", groups=groups)


class ErrorPage(Page):
    def get(self, code: str) -> Response:
        documentation = _documentation()
        kind = documentation.errors.get(code)
        if kind is None:
            raise NotFound
        example = codes.render_example(kind, documentation.base_url)
        return render_page("docs/error.html", kind=kind, example=example)


class Asset(Page):
    def get(self, name: str) -> Response:
        if name not in assets.ASSETS:
            raise NotFound
        prepared = assets.load_asset(name)
        response = prepared.respond()
        is_current = request.args.get("v") == prepared.digest
        response.headers["Cache-Control"] = IMMUTABLE if is_current else REVALIDATE
        return response


class Contract(Page):
    def get(self) -> Response:
        response = _documentation().contract.respond()
        response.headers["Cache-Control"] = REVALIDATE
        return response


PAGES: tuple[tuple[str, str, type[Page]], ...] = (
    ("/", "home", Home),
    ("/docs", "explorer", Explorer),
    ("/docs/errors", "errors", ErrorList),
    ("/docs/errors/<code>", "error", ErrorPage),
    ("/docs/assets/<name>", "asset", Asset),
    ("/openapi.json", "contract", Contract),
)
for path, name, page in PAGES:
    blueprint.add_url_rule(
        path, view_func=page.as_view(name), strict_slashes=path not in {"/docs", "/docs/errors"}
    )


def register(app: Flask) -> None:
    """Add the routes; ``publish`` gives them their content.

    Where the documentation is disabled nothing is registered, so its paths are not found. The
    `type` of a problem then is a name that cannot be opened (RFC 9457, 3.1.1 allows that).
    """
    app.register_blueprint(blueprint)


def publish(
    app: Flask, *, contract: bytes, catalogue: Iterable[type[ApiError]], base_url: str
) -> None:
    """Serve this contract and these errors."""
    errors = {kind.code: kind for kind in catalogue}
    prepared = Prepared(contract, "application/json")
    app.extensions[EXTENSION] = Documentation(prepared, errors, base_url.rstrip("/"))


def _documentation() -> Documentation:
    documentation: Documentation = current_app.extensions[EXTENSION]
    return documentation
