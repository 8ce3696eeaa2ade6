"""Endpoints that answer HTML pages and redirects, with cookies and forms.

They pass the same request guard, rate limits, log and metrics as the operations of the API. Their
errors are pages, and a form is accepted only with the CSRF token of its page.
"""

from hmac import compare_digest
from typing import Any, ClassVar

from flask import (
    Blueprint,
    Flask,
    Response,
    after_this_request,
    current_app,
    g,
    make_response,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue
from flask.views import MethodView

from api.core import secrets
from api.core.errors import ApiError
from api.web import limits
from api.web.problems import ErrorRenderer

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
CSRF_FIELD = "csrf_token"
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)


class CsrfTokenMismatch(ApiError):
    """A form that was not sent from the page that belongs to it."""

    status = 403
    code = "csrf_token_mismatch"
    title = "Form expired"
    detail = "The form was not sent from a page of this service, or the page is too old."
    remedy = "Reload the page and send the form again."


def render_page(template: str, status: int = 200, **values: object) -> Response:
    """Render a template as a page that a browser revalidates each time."""
    response = Response(render_template(template, **values), status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["Cache-Control"] = "no-cache"
    return response


def render_error_page(error: ApiError, request_id: str) -> Response:
    """Render an error for people who use a browser."""
    response = render_page("web/error.html", error.status, error=error, request_id=request_id)
    response.headers["Cache-Control"] = "no-store"
    response.headers.update(error.headers)
    return response


class Page(MethodView):
    """The page at one path: ``get`` shows it, ``post`` receives its form."""

    init_every_request = False  # a page has no state, so one instance serves every request
    limit: ClassVar[str] = limits.PER_CLIENT  # the policy that counts its forms
    render_error: ErrorRenderer = staticmethod(render_error_page)

    def dispatch_request(self, **path: Any) -> ResponseReturnValue:
        is_form = request.method not in SAFE_METHODS
        limits.count(self.limit if is_form else limits.PER_CLIENT, limits.client_key())
        if is_form:
            _require_csrf_token()
        response = make_response(super().dispatch_request(**path))
        is_kept = response.status_code == 200 and not response.cache_control.no_store  # noqa: PLR2004
        if is_kept and not is_form:
            response.add_etag(weak=True)
            response.make_conditional(request)
        return response


def get_csrf_token() -> str:
    """Return the CSRF token for a form on the current page; templates call it.

    The browser keeps it in a cookie, and a form repeats it (OWASP: double submit cookie).
    """
    if "csrf_token" not in g:
        g.csrf_token = request.cookies.get(_cookie_name()) or secrets.token()
        after_this_request(_set_csrf_cookie)
    token: str = g.csrf_token
    return token


def _set_csrf_cookie(response: Response) -> Response:
    response.set_cookie(
        _cookie_name(), g.csrf_token, secure=_is_https(), httponly=True, samesite="Strict"
    )
    return response


def _require_csrf_token() -> None:
    expected = request.cookies.get(_cookie_name(), "")
    given = request.form.get(CSRF_FIELD, "")
    if not expected or not compare_digest(expected.encode(), given.encode()):
        raise CsrfTokenMismatch


def _cookie_name() -> str:
    """Return a name that, over HTTPS, binds the cookie to this host (RFC 6265bis, 4.1.3.2)."""
    return "__Host-csrf" if _is_https() else "csrf"


def _is_https() -> bool:
    base_url: str = current_app.config["PUBLIC_BASE_URL"]
    return base_url.startswith("https:")


def init_app(app: Flask) -> None:
    """Add the template of error pages, and ``{{ csrf_token() }}`` for forms."""
    app.register_blueprint(Blueprint("web", __name__, template_folder="templates"))
    app.jinja_env.globals[CSRF_FIELD] = get_csrf_token
