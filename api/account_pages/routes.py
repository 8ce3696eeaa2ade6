"""The paths of the pages, and their style sheet."""

from functools import cache
from importlib.resources import files

from flask import Blueprint, Flask, Response

from api.account_pages.accept_invitation import AcceptInvitation
from api.account_pages.cancel_deletion import CancelDeletion
from api.account_pages.cancel_email_change import CancelEmailChange
from api.account_pages.confirm_email_change import ConfirmEmailChange
from api.account_pages.end_session import EndSession
from api.account_pages.pages import LinkPage
from api.account_pages.reset_password import ResetPassword
from api.account_pages.verify_email import VerifyEmail
from api.core.runtime import current_settings
from api.mail.brand import make_brand
from api.mail.links import PAGES_PATH
from api.web.pages import Page

PAGES: tuple[type[LinkPage], ...] = (  # alphabetical
    AcceptInvitation,
    CancelDeletion,
    CancelEmailChange,
    ConfirmEmailChange,
    EndSession,
    ResetPassword,
    VerifyEmail,
)

blueprint = Blueprint("account", __name__, template_folder="templates")


class StyleSheet(Page):
    """The style sheet of all pages, with the colour of the service. Browsers revalidate it."""

    def get(self) -> Response:
        brand = make_brand(current_settings())
        colours = f":root {{ --accent: {brand.color}; --on-accent: {brand.text_color}; }}\n"
        content = _read_style() + colours.encode()
        return Response(content, mimetype="text/css", headers={"Cache-Control": "no-cache"})


@cache
def _read_style() -> bytes:
    return (files("api.account_pages") / "static" / "style.css").read_bytes()


for page in PAGES:
    blueprint.add_url_rule(f"{PAGES_PATH}/{page.linked}", view_func=page.as_view(page.linked))
blueprint.add_url_rule(f"{PAGES_PATH}/style.css", view_func=StyleSheet.as_view("style"))


def register(app: Flask) -> None:
    """Add the pages. With FRONTEND_URL mails do not link to them, but older mails still do."""
    app.register_blueprint(blueprint)
