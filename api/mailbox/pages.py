"""`/dev/mailbox`: the mails that would be sent, with links that work.

A reader of them can use the links of all accounts, so production never has this page.
"""

from uuid import UUID

from flask import Blueprint, Flask, Response, render_template

from api.config import Settings
from api.core.errors import NotFound
from api.mailbox import service
from api.web.pages import Page

PATH = "/dev/mailbox"
STYLE_ALONE = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
LIST_POLICY = f"{STYLE_ALONE}; frame-src 'self'; frame-ancestors 'none'"
# A mail is shown as in a mail program: it runs nothing, and its links open other windows.
MAIL_POLICY = (
    f"{STYLE_ALONE}; img-src https: http: data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)

blueprint = Blueprint("mailbox", __name__, template_folder="templates")


class Mailbox(Page):
    def get(self) -> Response:
        return _respond(
            render_template("mailbox/list.html", mails=service.list_mails()), LIST_POLICY
        )


class Mail(Page):
    def get(self, mail_id: UUID) -> Response:
        mail = service.find_mail(mail_id)
        if mail is None:
            raise NotFound
        return _respond(mail.rendered.html, MAIL_POLICY)


def _respond(html: str, policy: str) -> Response:
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = policy
    response.headers["Cache-Control"] = "no-store"
    return response


blueprint.add_url_rule(PATH, view_func=Mailbox.as_view("list"))
blueprint.add_url_rule(f"{PATH}/<uuid:mail_id>", view_func=Mail.as_view("mail"))


def register(app: Flask, settings: Settings) -> None:
    """Add the routes where there is a mailbox; elsewhere they are not found."""
    if settings.has_mailbox:
        app.register_blueprint(blueprint)
