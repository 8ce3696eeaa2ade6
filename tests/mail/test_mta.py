"""Mails to a mail server as operators run it: TLS, authentication, and its own errors."""

from datetime import UTC, datetime
from email.headerregistry import Address
from uuid import uuid4

import pytest

from api.config.mail_servers import MailServer
from api.mail.brand import Brand
from api.mail.catalogue import Template
from api.mail.look import Look
from api.mail.message import make_message, parse_recipient
from api.mail.rendering import RenderedMail, render_mail
from api.mail.samples import SAMPLES
from api.mail.transport import send_message
from api.outbox.errors import PermanentDeliveryError, TransientDeliveryError
from tests.mail.mta import mta

SENDER = Address("Rollbook", addr_spec="no-reply@rollbook.example")
LOGIN = {"user": "rollbook", "password": "s3cret@:/"}
LOOK = Look(Brand("Rollbook", None, "#0f766e"))
MAIL = render_mail(LOOK, Template.RESET_PASSWORD, "zh", SAMPLES[Template.RESET_PASSWORD])


@pytest.fixture(scope="module")
def server(place, certificates):
    with mta(place, certificates, **LOGIN) as started:
        yield started


def send(server, *, to="ada@example.org", mail=MAIL, scheme="smtp+starttls", **login):
    recipient = parse_recipient(to)
    message = make_message(
        mail,
        sender=SENDER,
        recipient=recipient,
        message_id=uuid4(),
        created_at=datetime.now(UTC),
    )
    return send_message(
        message,
        server=MailServer(scheme, "localhost", server.port, **{**LOGIN, **login}),
        sender=SENDER,
        recipient=recipient,
        timeout_seconds=10,
    )


@pytest.mark.usefixtures("trusted")
class TestDelivery:
    @pytest.mark.parametrize("to", ["ada@example.org", "ädä@bücher.example"])
    def test_a_mail_arrives_unchanged(self, server, to):
        before = len(server.read_mails())

        assert send(server, to=to).startswith("the mail server answered 250")

        message = server.wait_for_mails(before + 1)[-1]
        assert message["Subject"] == MAIL.subject
        assert message["Return-Path"] == f"<{SENDER.addr_spec}>"
        for kind, text in (("plain", MAIL.text), ("html", MAIL.html)):
            assert message.get_body((kind,)).get_content().splitlines() == text.splitlines()

    def test_F15_a_4xx_is_transient(self, server):
        with pytest.raises(TransientDeliveryError, match=r"451.* greylisted"):
            send(server, to="later@example.org")

    def test_F15_a_5xx_at_the_recipient_is_permanent(self, server):
        with pytest.raises(PermanentDeliveryError, match=r"550.* no such user"):
            send(server, to="unknown@example.org")

    def test_F15_a_5xx_after_the_content_is_permanent(self, server):
        mail = RenderedMail("spam", MAIL.text, MAIL.html, "en")

        with pytest.raises(PermanentDeliveryError, match=r"550.* looks like spam"):
            send(server, mail=mail)

    def test_a_wrong_password_is_transient(self, server):
        with pytest.raises(TransientDeliveryError, match="535"):
            send(server, password="other")

    def test_without_tls_the_server_takes_no_password(self, server):
        with pytest.raises(TransientDeliveryError, match="AUTH"):
            send(server, scheme="smtp")


def test_a_certificate_of_an_unknown_authority_is_rejected(server):
    with pytest.raises(TransientDeliveryError, match=r"(?i)certificate"):
        send(server)
