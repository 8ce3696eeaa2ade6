"""Reading how a client authenticates: the header Authorization, or members of the form."""

import re
from base64 import b64decode
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

from flask import Request

from api.oauth.assertions import ASSERTION_TYPE
from api.oauth.client_authentication import ClientAssertion, ClientSecret, PresentedClient
from api.oauth.errors import InvalidClient
from api.web.http_errors import BadRequest

BASIC = re.compile(r"(?i:basic) +([A-Za-z0-9+/]+={0,2}) *", re.ASCII)


def read_client(request: Request, form: Mapping[str, Any]) -> PresentedClient | None:
    """Return what the client presents, or None if it presents nothing, or a token.

    Members without a value count as missing (RFC 6749, 3.2).

    Raises:
        BadRequest: it uses more than one method (RFC 6749, 2.3), or names two clients.
        InvalidClient: what it presents cannot be read.
    """
    header = request.headers.get("Authorization", "")
    secret, assertion = form.get("client_secret"), form.get("client_assertion")
    if [bool(header), bool(secret), bool(assertion)].count(True) > 1:
        raise BadRequest("Use one method of client authentication, not several.")
    client_id = form.get("client_id") or None
    if assertion:
        return _read_assertion(form, assertion, client_id)
    if secret:
        return ClientSecret(client_id or "", secret)
    if header.lower().startswith("basic"):
        return _read_basic(header, client_id)
    return None


def _read_assertion(
    form: Mapping[str, Any], assertion: str, client_id: str | None
) -> ClientAssertion:
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise BadRequest(f"The client_assertion_type must be {ASSERTION_TYPE}.")
    return ClientAssertion(client_id, assertion)


def _read_basic(header: str, client_id: str | None) -> ClientSecret:
    """Return the client of HTTP Basic; both of its parts are form-encoded (RFC 6749, 2.3.1)."""
    match = BASIC.fullmatch(header)
    try:
        text = b64decode(match[1], validate=True).decode() if match else ""
        name, separator, secret = text.partition(":")
        presented = ClientSecret(
            unquote_plus(name, errors="strict"), unquote_plus(secret, errors="strict")
        )
    except ValueError:
        raise InvalidClient from None
    if not separator:
        raise InvalidClient
    if client_id not in {None, presented.client_id}:
        raise BadRequest("The client_id is not that of the header Authorization.")
    return presented
