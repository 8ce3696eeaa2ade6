"""Gives a message to the mail server, within a time limit."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.headerregistry import Address
from email.message import EmailMessage
from smtplib import SMTP, SMTP_SSL, SMTPException, SMTPResponseException
from typing import Any

from api.config.mail_servers import MailServer
from api.core.deadlines import Deadline
from api.mail.message import POLICY
from api.mail.replies import describe_reply
from api.outbox.errors import PermanentDeliveryError, TransientDeliveryError

MIN_PERMANENT_STATUS = 500
AUTHENTICATION_REQUIRED = 530  # an error of the settings, which the operator can repair
MAX_ERROR_LENGTH = 300  # of an error of this machine, which repeats no reply
UTF8_OPTIONS = ("SMTPUTF8", "BODY=8BITMIME")  # RFC 6531, 3.4


class _Watched(SMTP):
    """Lets the deadline watch the connection from the greeting on."""

    def __init__(self, deadline: Deadline, *args: Any, **options: Any):
        self.deadline = deadline
        super().__init__(*args, **options)

    def getreply(self) -> tuple[int, bytes]:
        self.deadline.watch(self.sock)
        return super().getreply()


class _WatchedTls(_Watched, SMTP_SSL):
    pass


def send_message(
    message: EmailMessage,
    *,
    server: MailServer,
    sender: Address,
    recipient: Address,
    timeout_seconds: float,
) -> str:
    """Send a message, and return what the server answered when it took it.

    Raises:
        TransientDeliveryError: the server cannot be reached or used now, or it answered 4xx.
        PermanentDeliveryError: it rejects this message, its sender or its recipient (5xx).
    """
    with (
        Deadline(timeout_seconds) as deadline,
        _translate_errors(deadline),
        _open_connection(server, deadline, sender.domain, timeout_seconds / 2) as connection,
    ):
        return _send(connection, message, sender.addr_spec, recipient.addr_spec)


def check_server(server: MailServer, *, sender: Address, timeout_seconds: float) -> None:
    """Connect to the mail server and log in, and send nothing.

    Raises:
        TransientDeliveryError: that fails.
    """
    with (
        Deadline(timeout_seconds) as deadline,
        _translate_errors(deadline),
        _open_connection(server, deadline, sender.domain, timeout_seconds / 2),
    ):
        pass


@contextmanager
def _translate_errors(deadline: Deadline) -> Iterator[None]:
    try:
        yield
    except (OSError, SMTPException) as error:  # OSError includes those of TLS
        raise TransientDeliveryError(_describe_error(error, deadline)) from error


def _describe_error(error: Exception, deadline: Deadline) -> str:
    if deadline.is_over or TimeoutError in {type(error), type(error.__context__)}:
        return "the mail server took too long"
    if isinstance(error, SMTPResponseException):  # to the greeting, STARTTLS or AUTH
        return describe_reply(error.smtp_code, error.smtp_error)
    return " ".join(str(error).split())[:MAX_ERROR_LENGTH] or type(error).__name__


@contextmanager
def _open_connection(
    server: MailServer, deadline: Deadline, own_name: str, timeout_seconds: float
) -> Iterator[SMTP]:
    """Connect, encrypt and log in, as the URL of the server says.

    ``own_name`` is what the service calls itself; the name of the machine would need the DNS.
    """
    options: dict[str, Any] = {"local_hostname": own_name, "timeout": timeout_seconds}
    if server.scheme == "smtps":
        options["context"] = ssl.create_default_context()
    kind = _WatchedTls if server.scheme == "smtps" else _Watched
    connection = kind(deadline, server.host, server.port, **options)
    try:
        if server.scheme == "smtp+starttls":
            connection.starttls(context=ssl.create_default_context())
        connection.ehlo_or_helo_if_needed()
        if server.user is not None and server.password is not None:
            connection.login(server.user, server.password)
        yield connection
        with suppress(OSError, SMTPException):  # the message has been taken
            connection.quit()
    finally:
        connection.close()


def _send(connection: SMTP, message: EmailMessage, sender: str, recipient: str) -> str:
    needs_utf8 = not recipient.isascii()
    if needs_utf8 and not connection.has_extn("smtputf8"):
        raise PermanentDeliveryError(
            "the mail server takes no addresses beyond ASCII (it does not offer SMTPUTF8)"
        )
    content = message.as_bytes(policy=POLICY.clone(utf8=needs_utf8))
    _require_success(*connection.mail(sender, UTF8_OPTIONS if needs_utf8 else ()))
    _require_success(*connection.rcpt(recipient))
    status, reply = connection.data(content)
    _require_success(status, reply)
    return describe_reply(status, reply)


def _require_success(status: int, reply: bytes) -> None:
    if 200 <= status < 300:  # noqa: PLR2004  RFC 5321, 4.2.1
        return
    is_permanent = status >= MIN_PERMANENT_STATUS and status != AUTHENTICATION_REQUIRED
    error = PermanentDeliveryError if is_permanent else TransientDeliveryError
    raise error(describe_reply(status, reply))
