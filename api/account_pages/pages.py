"""What every page of a mailed link does.

GET reads the token and shows what the link is about; it changes nothing, because mail scanners open
links (RFC 9110, 9.2.1). Its form sends the token in the body of a POST, which calls the same
service function as the operation of the API. No page needs a script, and none redirects.
"""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from flask import Response, render_template, request

from api.account_pages import texts
from api.core.database import in_transaction
from api.core.errors import ApiError, InvalidRequest
from api.core.runtime import current_settings
from api.mail.brand import make_brand
from api.mail.links import LinkedPage
from api.one_time_tokens import service as one_time_tokens
from api.one_time_tokens.models import OneTimeToken, TokenPurpose
from api.web.fields import String
from api.web.pages import Page
from api.web.schemas import Model, QueryString

TOKEN = "token"  # noqa: S105  the name of the parameter
LINK = QueryString(Model("AccountLink", {TOKEN: String(max_length=256, required=True)}))
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data: {logo}; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)

Values = Mapping[str, Any]


def render(template: str, status: int = 200, **values: object) -> Response:
    """Render a page that no browser or proxy stores, and that sends its URL to no other site."""
    branding = make_brand(current_settings())
    common = {
        "branding": branding,
        "_": texts.gettext,
        "explain_input": texts.explain_input,
        "language": texts.get_language(),
    }
    content = render_template(template, **common, **values)
    response = Response(content, status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.format(
        logo=_find_origin(branding.logo_url or "")
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _find_origin(url: str) -> str:
    """Return what a Content-Security-Policy needs to permit a URL: its scheme and host."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def render_problem(error: ApiError, request_id: str) -> Response:
    """Render an error with a title, and with what the reader can do now."""
    title, advice = texts.explain(error)
    response = render(
        "account/problem.html", error.status, title=title, advice=advice, request_id=request_id
    )
    response.headers.update(error.headers)
    return response


class LinkPage(Page):
    """The page of one kind of link. A subclass declares it, and says what its POST does.

    Its forms count as the requests of the operation do: ``limit`` is the policy of the operation.

    Its template, ``account/<linked>.html``, extends ``account/link.html`` and has the block ``ask``
    with the form and the block ``done`` for what follows.
    """

    linked: ClassVar[LinkedPage]
    purpose: ClassVar[TokenPurpose]
    render_error = staticmethod(render_problem)

    def describe(self, token: OneTimeToken) -> Values:  # noqa: ARG002  for subclasses
        """Return the values that the block ``ask`` shows. It changes nothing."""
        return {}

    def prepare(self, form: Mapping[str, str]) -> Any:
        """Check the other fields of the form before the transaction, and hash a new password.

        Raises:
            InvalidRequest: the form is shown again, with the errors.
        """
        return form

    def execute(self, token: str, prepared: Any) -> Values:
        """Do in a transaction what the operation does; return the values of the block ``done``."""
        raise NotImplementedError

    def get(self) -> Response:
        link = LINK.read(request.args.lists())  # an error for any other parameter, such as ``next``
        return self._ask(link[TOKEN])

    def post(self) -> Response:
        token = request.form.get(TOKEN, "")
        try:
            prepared = self.prepare(request.form)
            values = in_transaction(lambda: self.execute(token, prepared))
        except InvalidRequest as error:
            return self._ask(token, status=error.status, errors=error.members["errors"])
        return self._render(is_done=True, **values)

    def _ask(self, token: str, *, status: int = 200, errors: Any = ()) -> Response:
        values = in_transaction(
            lambda: self.describe(one_time_tokens.read(token, self.purpose)),
        )
        return self._render(status, token=token, errors=errors, **values)

    def _render(self, status: int = 200, *, is_done: bool = False, **values: object) -> Response:
        template = f"account/{self.linked}.html"
        return render(template, status, is_done=is_done, linked=self.linked, **values)
