"""Passwords from breaches that the operator adds: a list of its own, and a look-up by a URL.

The look-up is that of a range (k-anonymity): the first 5 of 40 hexadecimal digits of the SHA-1
digest are sent, and the response has the rest of all digests that begin so. It takes long, so no
caller holds a database connection meanwhile.
"""

from http.client import HTTPException, HTTPResponse
from time import monotonic
from typing import Any
from unicodedata import normalize
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from flask import Flask, current_app

from api.config import ConfigError, Settings
from api.core.identifiers import fold_text
from api.core.outages import log_outage
from api.passwords.digest_lists import DigestList, compute_digest
from api.passwords.errors import PasswordCheckUnavailable

EXTENSION = "rollbook.breaches"
RANGE_DIGITS = 5
TIMEOUT_SECONDS = 2.0
MAX_RESPONSE_BYTES = 1_048_576
BLOCK_BYTES = 65_536


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None  # so that the status is an error


class Breaches:
    """What the operator has configured of an application.

    Raises:
        ConfigError: PASSWORD_LIST_FILE cannot be read, or is no list.
    """

    def __init__(self, settings: Settings) -> None:
        self.url = settings.password_breach_url
        self.fails_closed = settings.password_breach_failure == "closed"  # noqa: S105  no password
        # No proxy of the environment: only the configured URL learns the digits.
        self.opener = build_opener(ProxyHandler({}), _NoRedirects)
        self.list: DigestList | None = None
        if settings.password_list_file:
            try:
                self.list = DigestList(settings.password_list_file)
            except (OSError, ValueError) as error:
                raise ConfigError(f"PASSWORD_LIST_FILE: {error}") from None

    def find(self, password: str) -> bool | None:
        """Return whether a password is known, or None if the URL does not answer."""
        forms = {password, normalize("NFKC", password), fold_text(password)}
        if self.list is not None and any(form in self.list for form in forms):
            return True
        return False if self.url is None else self._find_at_url(password)

    def _find_at_url(self, password: str) -> bool | None:
        digest = compute_digest(password).hex().upper()
        try:
            lines = self._fetch_range(digest[:RANGE_DIGITS])
        except (OSError, HTTPException, ValueError) as error:
            log_outage("passwords.breach_look_up_failed", reason=type(error).__name__)
            return None
        found = dict(line.strip().partition(":")[::2] for line in lines)
        return found.get(digest[RANGE_DIGITS:], "0") != "0"  # lines for padding have the count 0

    def _fetch_range(self, digits: str) -> list[str]:
        request = Request(f"{self.url}/{digits}", headers={"Add-Padding": "true"})  # noqa: S310  http or https: the setting
        deadline = monotonic() + TIMEOUT_SECONDS
        with self.opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            return _read_until(response, deadline).decode("ascii").upper().splitlines()


def _read_until(response: HTTPResponse, deadline: float) -> bytes:
    content = b""
    while block := response.read1(BLOCK_BYTES):
        content += block
        if monotonic() > deadline or len(content) > MAX_RESPONSE_BYTES:
            raise ValueError("the response is too slow or too large")
    return content


def is_breached(password: str) -> bool:
    """Return whether a password is known from a breach.

    Raises:
        PasswordCheckUnavailable: the URL does not answer, and PASSWORD_BREACH_FAILURE is closed.
    """
    breaches: Breaches = current_app.extensions[EXTENSION]
    found = breaches.find(password)
    if found is None and breaches.fails_closed:
        raise PasswordCheckUnavailable
    return bool(found)


def init_app(app: Flask, settings: Settings) -> None:
    app.extensions[EXTENSION] = Breaches(settings)
