"""A forgotten password from the request to the login, with a real mail server."""

import re
from urllib.parse import urlsplit

from api.outbox.delivery import deliver_next
from tests.mail.server import mail_server
from tests.support import LocalService, anonymous

NEW_PASSWORD = "a new engine, analytical"
LINK = re.compile(r"http://\S+token=\S+")
HIDDEN = re.compile(r'name="([a-z_]+)" value="([^"]*)"')


def deliver_all(app):
    with app.app_context():
        while deliver_next():
            pass


def test_V_05_the_link_in_the_delivered_mail_replaces_the_password(build):
    with mail_server() as (received, port):
        app = build(
            mail_url=f"smtp://127.0.0.1:{port}",
            mail_from="no-reply@example.org",
            email_verification="off",
        )
        ada = LocalService(app).person("Ada")
        anyone = anonymous(app.test_client())
        anyone.post("/api/password/forgot", {"email": ada.email}, expecting=202)
        assert received.messages == []

        deliver_all(app)
        [mail] = received.messages
        link = urlsplit(LINK.search(mail.get_body(("plain",)).get_content())[0])
        browser = app.test_client()
        form = dict(HIDDEN.findall(browser.get(f"{link.path}?{link.query}").text))
        done = browser.post(link.path, data={**form, "new_password": NEW_PASSWORD})

        assert done.status_code == 200
        body = {"username": "Ada", "password": NEW_PASSWORD}
        anyone.post("/api/login", body, expecting=200)
        deliver_all(app)
        assert received.recipients == [ada.email, ada.email]  # the second mail is the notice
        assert form["token"] not in received.messages[1].as_string()
