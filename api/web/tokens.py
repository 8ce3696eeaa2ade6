"""Access tokens: signed, verified with one signature check, and then remembered.

PyJWT signs, Flask-JWT-Extended verifies. Its ``jwt_required`` decodes each token twice (131 µs), so
verified claims are remembered here under the exact header that carried them; the expiry and the
key are looked at on every use.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import time
from typing import Any, Protocol
from uuid import UUID

import jwt
from flask import Flask, current_app
from flask_jwt_extended import JWTManager, decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import PyJWTError

from api.core import secrets
from api.core.errors import Unauthenticated

BEARER = re.compile(r"(?i:bearer) (([\w-]+)\.([\w-]+)\.([\w-]+))", re.ASCII)
TYPE = "access"
MEDIA_TYPE = "at+jwt"  # RFC 9068, 2.1
LEEWAY = 10  # seconds that clocks may differ
REMEMBERED = 10_000  # tokens; some 10 MB
MISTAKES = (LookupError, ValueError, TypeError, OverflowError)


class Keys(Protocol):
    """What tokens are signed and verified with; each key but a shared secret has an id."""

    algorithm: str

    def signing(self) -> tuple[str | None, Any]:
        """Return the id of the key to sign with, and the key."""

    def verifying(self, kid: str | None) -> Any:
        """Return the key of that id, or raise Unauthenticated."""

    def trusts(self, kid: str | None) -> bool:
        """Tell whether what a key has signed still counts."""


@dataclass(frozen=True)
class TokenRules:
    """What tokens say of their origin; ``lifetime`` is in seconds."""

    issuer: str
    audience: str
    lifetime: int


@dataclass(frozen=True, slots=True)
class Issued:
    """A token, and for how many seconds it lasts."""

    access_token: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says: the account, its session, until when, and by which key."""

    subject: UUID
    session: UUID
    expires: int
    kid: str | None


class Tokens:
    """Issues and verifies access tokens."""

    def __init__(self, keys: Keys, rules: TokenRules) -> None:
        self.keys = keys
        self.rules = rules
        self.verified: dict[str, Claims] = {}

    def have_a_key(self) -> None:
        """Refuse where nothing can be signed, before something is spent for it.

        Raises:
            Unavailable: the key is locked, or cannot be read.
        """
        self.keys.signing()

    def issue(self, subject: UUID, session: UUID, roles: Sequence[str], until: datetime) -> Issued:
        """Sign a token for an account in a session, which ends ``until`` then at the latest."""
        now = int(time())
        lifetime = max(1, min(self.rules.lifetime, int(until.timestamp()) - now))
        claims = {
            "iss": self.rules.issuer,
            "aud": self.rules.audience,
            "sub": str(subject),
            "sid": str(session),
            "iat": now,
            "nbf": now,
            "exp": now + lifetime,
            "jti": str(secrets.new_id()),
            "typ": TYPE,
            "roles": list(roles),
        }
        kid, key = self.keys.signing()
        headers = {"typ": MEDIA_TYPE, **({"kid": kid} if kid else {})}
        return Issued(jwt.encode(claims, key, self.keys.algorithm, headers), lifetime)

    def claims(self, header: str) -> Claims:
        """Return what the token of an Authorization header says, whatever became of its session.

        Raises:
            Unauthenticated: it is not one of ours, or is spent.
        """
        claims = self.verified.get(header) or self._remember(header)
        if claims.expires + LEEWAY <= time() or not self.keys.trusts(claims.kid):
            self.verified.pop(header, None)
            raise Unauthenticated
        return claims

    def everything(self, token: str) -> dict[str, Any] | None:
        """Return all claims of a token that still counts as far as it goes, or None."""
        header = f"Bearer {token}"
        try:
            self.claims(header)
            return _verified(header)[1]
        except Unauthenticated:
            return None

    def _remember(self, header: str) -> Claims:
        parts = _verified(header)
        claims = _claims(*parts)
        if len(self.verified) >= REMEMBERED:
            self.verified.clear()  # bounded, and simpler than an order of use
        self.verified[header] = claims
        return claims


def is_access_token(header: str) -> bool:
    """Return whether an Authorization header has the form of an access token."""
    return BEARER.fullmatch(header) is not None


def _verified(header: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of a token whose signature, origin and time are right.

    Raises:
        Unauthenticated: it is not one of ours, or is spent.
    """
    match = BEARER.fullmatch(header)
    if match is None or not _is_canonical(match[4]):
        raise Unauthenticated
    try:
        decode_token(match[1])  # what it returns has more claims than were signed
        return _part(match[2]), _part(match[3])
    except (JWTExtendedException, PyJWTError, *MISTAKES) as error:
        raise Unauthenticated from error


def _part(text: str) -> dict[str, Any]:
    part: dict[str, Any] = json.loads(urlsafe_b64decode(f"{text}=="))
    return part


def _is_canonical(signature: str) -> bool:
    """Tell whether the last letter carries no idle bits: a token is one exact string."""
    padding = "=" * (-len(signature) % 4)
    try:
        signed = urlsafe_b64decode(signature + padding)
    except ValueError:
        return False
    return urlsafe_b64encode(signed).rstrip(b"=").decode() == signature


def _claims(header: dict[str, Any], claims: dict[str, Any]) -> Claims:
    """Hold the claims to their types (RFC 8725, 2.8 and 3.11), which PyJWT converts instead.

    Raises:
        Unauthenticated: one is missing or is not as we issue it.
    """
    try:
        return _typed(header, claims)
    except MISTAKES as error:
        raise Unauthenticated from error


def _typed(header: dict[str, Any], claims: dict[str, Any]) -> Claims:
    whole = (claims["exp"], claims["iat"], claims["nbf"])
    if any(type(number) is not int for number in whole):
        raise ValueError("a number is no number")
    if header["typ"] != MEDIA_TYPE or claims["typ"] != TYPE:
        raise ValueError("a token for another use")
    if claims["aud"] != current_app.config["JWT_DECODE_AUDIENCE"]:
        raise ValueError("a token for somebody else")
    if any(type(claims[name]) is not str for name in ("sub", "sid", "jti")):
        raise ValueError("a name is no text")
    if claims["iat"] > time() + LEEWAY:
        raise ValueError("not issued yet")
    subject, session = UUID(claims["sub"]), UUID(claims["sid"])
    return Claims(subject, session, claims["exp"], header.get("kid"))


def tokens() -> Tokens:
    held: Tokens = current_app.extensions["rollbook.tokens"]
    return held


def init_app(app: Flask, rules: TokenRules, keys: Keys) -> None:
    """Issue and verify tokens by these rules, with these keys."""
    app.config.update(
        JWT_ALGORITHM=keys.algorithm,
        JWT_DECODE_ALGORITHMS=[keys.algorithm],
        JWT_DECODE_ISSUER=rules.issuer,
        JWT_DECODE_AUDIENCE=rules.audience,
        JWT_DECODE_LEEWAY=LEEWAY,
    )
    manager = JWTManager(app)
    manager.decode_key_loader(lambda header, _: keys.verifying(header.get("kid")))
    app.extensions["rollbook.tokens"] = Tokens(keys, rules)
