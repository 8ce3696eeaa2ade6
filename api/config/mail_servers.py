"""Checks MAIL_URL and MAIL_FROM in all parts.

No message repeats a part of a URL: a password that is not escaped can end up in any part of it.
"""

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

if TYPE_CHECKING:
    from email.headerregistry import Address

SCHEMES = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}  # with their default ports
FORMS = "give smtp://host:25, smtp+starttls://user:password@host:587 or smtps://host:465"
ESCAPES = "escape `/`, `?`, `#`, `@`, `:` and `%` in user and password, such as `%40` for `@`"
NAME = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*")
MAX_NAME_LENGTH = 253
FROM = "give no-reply@example.org or Example <no-reply@example.org>"


@dataclass(frozen=True)
class MailServer:
    """The mail server that takes the mails of the service."""

    scheme: str
    host: str
    port: int
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @property
    def is_local(self) -> bool:
        """Return whether it runs on this machine, so that no network carries the mails to it."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_mail_url(url: str) -> MailServer:
    """Return the mail server of a URL.

    Raises:
        ValueError: the URL cannot work.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # a port that is not a number, or a bracket without the other
        raise ValueError(f"{FORMS}; {ESCAPES}") from None
    if parts.scheme not in SCHEMES or not parts.netloc:
        raise ValueError(FORMS)
    if parts.path.strip("/") or parts.query or parts.fragment or port == 0:
        raise ValueError(f"{FORMS}, with nothing after the port; {ESCAPES}")
    user, password = _read_credentials(parts)
    return MailServer(
        parts.scheme, _read_host(parts), port or SCHEMES[parts.scheme], user, password
    )


def _read_host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    is_name = NAME.fullmatch(host) and len(host) <= MAX_NAME_LENGTH
    if not is_name or host.rpartition(".")[2].isdigit():
        raise ValueError("has no host name or IP address (an international name as xn--…)")
    return host


def _read_credentials(parts: SplitResult) -> tuple[str | None, str | None]:
    location, at, _ = parts.netloc.rpartition("@")
    if not at:
        return None, None
    user, _, password = location.partition(":")
    if not user or not password or "@" in location or ":" in password:
        raise ValueError(f"needs both user and password, or none of them; {ESCAPES}")
    try:
        return unquote(user, errors="strict"), unquote(password, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("has an escape in user or password that is not UTF-8") from None


def check_mail_url(url: str) -> str:
    """Check all parts of the URL of a mail server, as ``parse_mail_url``."""
    parse_mail_url(url)
    return url


def parse_mail_from(text: str) -> "Address":
    """Return the sender, with or without a name before the address.

    Raises:
        ValueError: it is not one address.
    """
    from email.errors import HeaderParseError  # noqa: PLC0415  most commands send no mail
    from email.headerregistry import Address  # noqa: PLC0415

    from api.core.identifiers import is_email  # noqa: PLC0415

    name, bracket, rest = text.rpartition("<")
    address = rest.removesuffix(">") if bracket else text
    if bool(bracket) != text.endswith(">") or not is_email(address) or not address.isascii():
        raise ValueError(FROM)
    try:
        return Address(name.strip().strip('"'), addr_spec=address)
    except (ValueError, HeaderParseError):
        raise ValueError(FROM) from None


def check_mail_from(text: str) -> str:
    """Check the sender of mails, as ``parse_mail_from``."""
    parse_mail_from(text)
    return text
