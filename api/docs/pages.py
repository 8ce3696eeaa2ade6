"""The documentation: `/docs`, the reference, `/docs/errors`, `/openapi.json` and their assets.

They are public and not part of the contract.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from flask import Blueprint, Flask, Response, current_app, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from api.core.errors import ApiError, NotFound
from api.docs import assets, codes
from api.docs.prepared import Prepared
from api.docs.reference.site import Site
from api.web.pages import CONTENT_SECURITY_POLICY, Page, render_page

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
MARKDOWN = "text/markdown"
EXTENSION = "rollbook.docs"

blueprint = Blueprint("docs", __name__, template_folder="templates")
blueprint.add_app_template_global(assets.asset_url, "asset")
blueprint.add_app_template_filter(codes.mark_code, "marked")
blueprint.add_app_template_filter(codes.status_phrase, "phrase")


@dataclass(frozen=True)
class Documentation:
    """What one application documents."""

    render_contract: Callable[[], bytes]
    errors: dict[str, type[ApiError]]
    base_url: str

    @cached_property
    def contract(self) -> Prepared:
        """Render the contract on the first request: most processes never serve it."""
        return Prepared(self.render_contract(), "application/json")

    @cached_property
    def site(self) -> Site:
        return Site(self.contract.body, self.errors, self.base_url)


def render_docs_error(error: ApiError, request_id: str) -> Response:
    """Render an error as a page that leads back to the documentation."""
    response = render_page(
        "docs/failure.html", error.status, error=error, request_id=request_id, codes=_similar()
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers.update(error.headers)
    return response


def _similar() -> list[str]:
    """Return the error codes that look like the one in the path."""
    wanted = (request.view_args or {}).get("code", "")
    return get_close_matches(wanted.lower(), _documentation().errors) if wanted else []


class DocsPage(Page):
    render_error = staticmethod(render_docs_error)


class Home(Page):
    def get(self) -> BaseResponse:
        return redirect("/docs")


class Explorer(DocsPage):
    def get(self) -> Response:
        return render_page("docs/explorer.html")


class ErrorList(DocsPage):
    def get(self) -> Response:
        groups = codes.group_by_status(_documentation().errors.values())
        return render_page("docs/errors.html", groups=groups, rules=codes.list_rules())


class ErrorPage(DocsPage):
    def get(self, code: str) -> Response:
        documentation = _documentation()
        kind = documentation.errors.get(code)
        if kind is None:
            raise NotFound
        example = codes.render_example(kind, documentation.base_url)
        return render_page("docs/error.html", kind=kind, example=example)


class ErrorMarkdown(DocsPage):
    def get(self) -> Response:
        return _respond(
            Prepared(codes.render_markdown(_documentation().errors.values()).encode(), MARKDOWN)
        )


class ReferenceHome(DocsPage):
    def get(self) -> Response:
        return _respond(_documentation().site.page("", request.root_path))


class ReferencePage(DocsPage):
    def get(self, tag: str) -> Response:
        return _respond(_site_with(tag).page(tag, request.root_path))


class ReferenceMarkdown(DocsPage):
    def get(self, tag: str = "") -> Response:
        site = _site_with(tag) if tag else _documentation().site
        return _respond(site.markdown(tag))


class SearchIndex(DocsPage):
    def get(self) -> Response:
        return _respond(_documentation().site.search_index)


class LlmsText(DocsPage):
    def get(self) -> Response:
        return _respond(_documentation().site.llms_text())


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
        return _respond(_documentation().contract)


PAGES: tuple[tuple[str, str, type[Page]], ...] = (
    ("/", "home", Home),
    ("/docs", "explorer", Explorer),
    ("/docs/errors", "errors", ErrorList),
    ("/docs/errors.md", "error_markdown", ErrorMarkdown),
    ("/docs/errors/<code>", "error", ErrorPage),
    ("/docs/reference", "reference", ReferenceHome),
    ("/docs/reference.md", "reference_markdown", ReferenceMarkdown),
    ("/docs/reference/search.json", "search_index", SearchIndex),
    ("/docs/reference/<tag>", "reference_page", ReferencePage),
    ("/docs/reference/<tag>.md", "reference_page_markdown", ReferenceMarkdown),
    ("/llms.txt", "llms_text", LlmsText),
    ("/docs/assets/<name>", "asset", Asset),
    ("/openapi.json", "contract", Contract),
)
FOLDERS = {"/docs", "/docs/errors", "/docs/reference"}
for path, name, page in PAGES:
    blueprint.add_url_rule(path, view_func=page.as_view(name), strict_slashes=path not in FOLDERS)


def register(app: Flask) -> None:
    """Add the routes; ``publish`` gives them their content.

    Where the documentation is disabled nothing is registered, so its paths are not found. The
    `type` of a problem then is a name that cannot be opened (RFC 9457, 3.1.1 allows that).
    """
    app.register_blueprint(blueprint)


def publish(
    app: Flask,
    *,
    render_contract: Callable[[], bytes],
    catalogue: Iterable[type[ApiError]],
    base_url: str,
) -> None:
    """Serve this contract and these errors."""
    errors = {kind.code: kind for kind in catalogue}
    app.extensions[EXTENSION] = Documentation(render_contract, errors, base_url.rstrip("/"))


def prepare(app: Flask) -> None:
    """Render the contract and its pages now.

    A server does so before it forks its workers: they share the result, and no request waits.
    """
    with app.app_context():
        _documentation().site  # noqa: B018  it is rendered when it is first read


def _documentation() -> Documentation:
    documentation: Documentation = current_app.extensions[EXTENSION]
    return documentation


def _site_with(tag: str) -> Site:
    site = _documentation().site
    if not site.has_tag(tag):
        raise NotFound
    return site


def _respond(prepared: Prepared) -> Response:
    """Answer a page that a browser revalidates each time."""
    response = prepared.respond()
    response.headers["Cache-Control"] = REVALIDATE
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return response
