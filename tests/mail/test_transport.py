"""Giving a message to a mail server, whatever the server does (F-15)."""

import socket
import time
from datetime import UTC, datetime
from email.headerregistry import Address
from uuid import UUID

import pytest

from api.config.mail_servers import MailServer
from api.mail.message import make_message, parse_recipient
from api.mail.rendering import RenderedMail
from api.mail.transport import send_message
from api.outbox.errors import DeliveryError, PermanentDeliveryError, TransientDeliveryError
from tests.mail.server import PASSWORD, USER, authenticate, bad_server, mail_server

SENDER = Address("Rollbook", addr_spec="no-reply@rollbook.example")
MAIL = RenderedMail("Grüße", "Hallo Ada 你好\n", "<p>Hallo Ada 你好</p>\n", "de")
MESSAGE_ID = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10")


def send(port, *, to="ada@example.org", scheme="smtp", seconds=10, host="localhost", **credentials):
    recipient = parse_recipient(to)
    message = make_message(
        MAIL,
        sender=SENDER,
        recipient=recipient,
        message_id=MESSAGE_ID,
        created_at=datetime(2026, 11, 30, 9, 30, tzinfo=UTC),
    )
    server = MailServer(scheme, host, port, **credentials)
    return send_message(
        message, server=server, sender=SENDER, recipient=recipient, timeout_seconds=seconds
    )


def test_the_message_arrives_with_its_headers_and_both_texts(inbox):
    received, port = inbox

    reply = send(port)

    (message,) = received.messages
    assert reply == "the mail server answered 250 2.0.0 Queued as"
    assert (received.senders, received.recipients) == ([SENDER.addr_spec], ["ada@example.org"])
    assert {name: message[name] for name in message if name not in {"Content-Type", "X-Peer"}} == {
        "From": "Rollbook <no-reply@rollbook.example>",
        "To": "ada@example.org",
        "Subject": "Grüße",
        "Date": "Mon, 30 Nov 2026 09:30:00 +0000",
        "Message-ID": f"<{MESSAGE_ID}@rollbook.example>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "de",
        "MIME-Version": "1.0",
    } | {name: message[name] for name in ("X-MailFrom", "X-RcptTo") if name in message}
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == MAIL.text
    assert message.get_body(("html",)).get_content().replace("\r\n", "\n") == MAIL.html


def test_all_bytes_are_ascii_for_servers_without_8bitmime(inbox):
    recipient = parse_recipient("ada@bücher.example")
    message = make_message(
        MAIL,
        sender=SENDER,
        recipient=recipient,
        message_id=MESSAGE_ID,
        created_at=datetime.now(UTC),
    )

    assert message.as_bytes().isascii()


def test_an_international_domain_is_sent_in_ascii(inbox):
    received, port = inbox

    send(port, to="ada@bücher.example")

    assert received.recipients == ["ada@xn--bcher-kva.example"]
    assert received.messages[0]["To"] == "ada@xn--bcher-kva.example"


class TestAddressesBeyondAscii:
    def test_they_are_sent_if_the_server_takes_them(self, inbox):
        received, port = inbox

        send(port, to="ädä@example.org")

        assert received.recipients == ["ädä@example.org"]
        assert received.messages[0]["To"] == "ädä@example.org"
        assert "SMTPUTF8" in received.options

    def test_else_the_error_is_permanent_and_gives_the_reason(self):
        with (
            mail_server(enable_SMTPUTF8=False) as (received, port),
            pytest.raises(PermanentDeliveryError, match="SMTPUTF8"),
        ):
            send(port, to="ädä@example.org")

        assert received.messages == []


@pytest.mark.parametrize(
    "email", ["a@b.org\r\nBcc: eve@evil.test", "a@b.org, eve@evil.test", "<a@b.org>", "a", ""]
)
def test_R05_a_recipient_cannot_add_headers_or_recipients(email):
    with pytest.raises(ValueError, match="not an e-mail address"):
        parse_recipient(email)


@pytest.mark.parametrize("line_break", ["\r\n", "\n", "\r"])
def test_R05_a_subject_cannot_add_headers(line_break):
    mail = RenderedMail(f"Hi{line_break}Bcc: eve@evil.test", "", "", "en")

    with pytest.raises(ValueError, match="linefeed or carriage return"):
        make_message(
            mail,
            sender=SENDER,
            recipient=parse_recipient("ada@example.org"),
            message_id=MESSAGE_ID,
            created_at=datetime.now(UTC),
        )


class TestF15Answers:
    @pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            ("451 4.7.1 Greylisted, <ada@example.org> try later", TransientDeliveryError),
            ("550 5.1.1 <ada@example.org>: no such user", PermanentDeliveryError),
            ("530 5.7.0 Authentication required", TransientDeliveryError),
        ],
    )
    def test_4xx_is_transient_and_5xx_permanent(self, inbox, command, answer, error):
        received, port = inbox
        received.answers[command] = answer

        with pytest.raises(error) as failed:
            send(port)

        assert answer[:3] in failed.value.text
        assert "ada@" not in failed.value.text
        assert received.messages == []

    @pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
    @pytest.mark.parametrize("code", ["451 4.7.1", "550 5.7.1"])
    def test_V_08_what_a_reply_repeats_is_not_shown(self, inbox, command, code):
        received, port = inbox
        link = "https://rollbook.example/account/reset-password?token=Zm9vYmFyLWJhei1xdXV4"
        received.answers[command] = f"{code} Blocked {link} for ada AT example.org"

        with pytest.raises(DeliveryError) as failed:
            send(port)

        assert failed.value.text == f"the mail server answered {code} Blocked for"

    def test_a_server_that_rejects_the_connection_is_not_the_fault_of_the_message(self):
        def reject(connection, _done):
            connection.sendall(b"554 5.7.1 go away\r\n")

        with bad_server(reject) as port, pytest.raises(TransientDeliveryError, match="554"):
            send(port)

    def test_no_server(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]

        with pytest.raises(TransientDeliveryError, match="refused"):
            send(port)

    def test_a_server_that_closes_the_connection(self):
        def close(connection, _done):
            connection.sendall(b"220 hello\r\n")

        with bad_server(close) as port, pytest.raises(TransientDeliveryError):
            send(port)


class TestF15Slowness:
    """A tarpit costs no more than the time limit, here of half a second."""

    def test_a_server_that_never_greets(self):
        self.expect_timeout(lambda _connection, done: done.wait())

    def test_a_server_that_sends_its_greeting_byte_by_byte(self):
        def trickle(connection, done):
            while not done.wait(0.05):
                try:
                    connection.sendall(b"2")
                except OSError:
                    return

        self.expect_timeout(trickle)

    def test_a_server_that_greets_and_then_trickles(self):
        def trickle(connection, done):
            connection.sendall(b"220 hello\r\n")
            while not done.wait(0.05):
                try:
                    connection.sendall(b"250-a\r\n")
                except OSError:
                    return

        self.expect_timeout(trickle)

    @staticmethod
    def expect_timeout(behave):
        started = time.monotonic()
        with bad_server(behave) as port, pytest.raises(TransientDeliveryError, match="too long"):
            send(port, seconds=0.5)
        assert time.monotonic() - started < 5


class TestEncryption:
    @pytest.mark.usefixtures("trusted")
    def test_starttls_and_authentication(self, server_context):
        with self.secured(server_context) as (received, port):
            send(port, scheme="smtp+starttls", user=USER, password=PASSWORD)

        assert received.encrypted == [True]

    @pytest.mark.usefixtures("trusted")
    def test_a_wrong_password_loses_no_mail(self, server_context):
        with (
            self.secured(server_context) as (received, port),
            pytest.raises(TransientDeliveryError, match="535") as failed,
        ):
            send(port, scheme="smtp+starttls", user=USER, password="other")

        assert "other" not in failed.value.text
        assert received.messages == []

    @pytest.mark.usefixtures("trusted")
    def test_tls_from_the_start(self, server_context):
        with implicit_tls(server_context) as (received, port):
            send(port, scheme="smtps")

        assert received.encrypted

    @pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
    def test_a_certificate_that_the_system_does_not_trust(self, server_context, scheme):
        serve = self.secured if scheme == "smtp+starttls" else implicit_tls
        with (
            serve(server_context) as (received, port),
            pytest.raises(TransientDeliveryError, match=r"(?i)certificate"),
        ):
            send(port, scheme=scheme)

        assert received.messages == []

    @pytest.mark.usefixtures("trusted")
    def test_a_certificate_of_another_name(self, server_context):
        with (
            self.secured(server_context) as (received, port),
            pytest.raises(TransientDeliveryError, match=r"(?i)certificate"),
        ):
            send(port, scheme="smtp+starttls", host="127.0.0.1")

        assert received.messages == []

    def test_a_server_without_starttls_gets_nothing(self, inbox):
        received, port = inbox

        with pytest.raises(TransientDeliveryError, match="STARTTLS"):
            send(port, scheme="smtp+starttls")

        assert received.messages == []

    @staticmethod
    def secured(context):
        return mail_server(
            tls_context=context,
            require_starttls=True,
            authenticator=authenticate,
            auth_required=False,
        )


def implicit_tls(context):
    return mail_server(ssl_context=context)
