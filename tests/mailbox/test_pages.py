"""The mailbox of the developer, which production never has."""

import re
from itertools import product

import pytest

from api.core.database import transaction
from api.mail import service
from api.mail.catalogue import Template
from api.outbox.models import State
from api.outbox.service import add_message
from tests.support import anonymous

PATH = "/dev/mailbox"
LINK = "http://127.0.0.1:8000/account/reset-password?token=4f2a"
MAIL_SERVER = {"mail_url": "smtp://localhost", "mail_from": "no-reply@example.org"}
PRODUCTION = {
    "testing": False,
    "environment": "production",
    "encryption_key": "Zw4v0pZqk1R8m2T7b5N9x3C6y8L0a2D4",
    "public_base_url": "http://127.0.0.1:8000",
}


def send(app, to="ada@example.org", locale="de"):
    with app.app_context(), transaction():
        values = {"link": LINK, "minutes": 30}
        service.send(Template.RESET_PASSWORD, to=to, locale=locale, values=values)


def test_it_shows_what_would_be_sent_the_newest_first(app, anyone):
    send(app)
    send(app, "<b>@example.org", "fr")

    page = anyone.get(PATH)

    assert page.headers["Cache-Control"] == "no-store"
    subjects = re.findall(r"<strong[^>]*>([^<]+)</strong>", page.text)
    assert subjects == ["Choisissez un nouveau mot de passe", "Wählen Sie ein neues Passwort"]
    assert f'<a href="{LINK}"' in page.text
    assert "to &lt;b&gt;@example.org" in page.text


def test_the_html_of_a_mail_is_shown_in_a_sandbox(app, anyone):
    send(app)
    frame = re.search(r"<iframe[^>]* sandbox=\"([^\"]+)\" src=\"([^\"]+)\"", anyone.get(PATH).text)

    mail = anyone.get(frame[2])

    assert "allow-scripts" not in frame[1]
    assert "allow-same-origin" not in frame[1]
    policy = mail.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "sandbox allow-popups" in policy
    assert "Neues Passwort wählen" in mail.text


def test_what_is_stored_only_to_take_the_same_time_is_not_shown(app, anyone):
    with app.app_context(), transaction():
        content = {"to": "", "locale": "en", "values": {"minutes": 5}}
        add_message(service.KIND, Template.LOGINS_PAUSED, content, state=State.DELIVERED)

    assert "There is no mail yet." in anyone.get(PATH).text


def test_an_empty_mailbox_says_so(anyone):
    assert "There is no mail yet." in anyone.get(PATH).text


def test_an_unknown_mail_is_not_found(anyone):
    anyone.get(f"{PATH}/01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10", expecting=404)


@pytest.mark.parametrize(
    ("mail", "debug", "documented"),
    list(product(({}, MAIL_SERVER), (True, False), (True, False))),
)
def test_it_is_never_in_production_and_not_with_a_mail_server(build, mail, debug, documented):
    settings = {**mail, "docs_enabled": documented}
    production = build(**PRODUCTION, **settings)
    development = build(**{**PRODUCTION, "environment": "development"}, **settings, debug=debug)

    for app, is_there in ((production, False), (development, not mail)):
        paths = {rule.rule for rule in app.url_map.iter_rules()}
        assert (PATH in paths) is is_there
        status = anonymous(app.test_client()).get(PATH, expecting=None).status_code
        assert status == (200 if is_there else 404)
