"""Mail servers on this machine: a real one (aiosmtpd), and sockets that behave badly."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Event, Thread

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.processes import free_port

USER, PASSWORD = "rollbook", "p@ss:/?#%"


@dataclass
class Received:
    """What the server has received, and what it answers instead of 250 at a command."""

    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        self.options += options
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.answers.get("RCPT", "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        answer = self.answers.get("DATA", "250 2.0.0 Queued as 4F2A")
        if answer.startswith("250"):
            self.messages.append(message_from_bytes(envelope.content, policy=policy.SMTPUTF8))
            self.recipients += envelope.rcpt_tos
            self.senders.append(envelope.mail_from)
            self.encrypted.append(session.ssl is not None)
        return answer


def authenticate(_server, _session, _envelope, _mechanism, data):
    """Accept the user and the password."""
    is_right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_right, handled=is_right or False)


@contextmanager
def mail_server(
    received: Received | None = None, port: int | None = None, **options: object
) -> Iterator[tuple[Received, int]]:
    """Start a mail server, and yield what it receives and its port."""
    received, port = received or Received(), port or free_port()
    controller = Controller(received, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield received, port
    finally:
        controller.stop()


def make_context(certificate, key) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@contextmanager
def bad_server(behave: Callable[[socket.socket, Event], None]) -> Iterator[int]:
    """Accept connections that ``behave`` treats until the event is set, and yield the port."""
    done = Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            while not done.is_set():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    behave(connection, done)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            done.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
