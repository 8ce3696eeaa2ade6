"""Issues and verifies access tokens (RFC 9068).

PyJWT signs, Flask-JWT-Extended verifies. The claims of a verified token are cached under the exact
Authorization header, so that its signature is checked once. Its expiry and its key are checked on
every use.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from time import time
from typing import Any, NotRequired, Protocol, TypedDict
from uuid import UUID

import jwt
from flask import Flask, current_app
from flask_jwt_extended import JWTManager, decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import PyJWTError

from api.core import secrets
from api.core.errors import Unauthenticated
from api.keys.pairs import Signer

BEARER = re.compile(r"(?i:bearer) (([\w-]+)\.([\w-]+)\.([\w-]+))", re.ASCII)
EXTENSION = "rollbook.tokens"
MEDIA_TYPE = "at+jwt"  # RFC 9068, 2.1
FIRST_PARTY_CLIENT = "rollbook"  # the client that a user logs in with: this API itself
LEEWAY_SECONDS = 10  # by which the clocks of two machines may differ
MAX_CACHED_TOKENS = 10_000  # some 10 MB
MALFORMED = (LookupError, ValueError, TypeError, OverflowError)


class SigningKeys(Protocol):
    """The keys that sign and verify tokens. A shared secret has no id."""

    algorithms: Sequence[str]  # of the keys that it can have

    def get_signer(self) -> Signer:
        """Return the key to sign with, its id and its algorithm.

        Raises:
            Unavailable: the key cannot be decrypted or read.
        """

    def get_verification_key(self, kid: str | None) -> Any:
        """Return the key with this id, which verifies tokens of its own algorithm only.

        Raises:
            Unauthenticated: no trusted key has this id.
        """

    def is_trusted(self, kid: str | None) -> bool:
        """Return whether tokens signed by this key are valid."""


class Purpose(StrEnum):
    """What a token is for: its claim ``typ``.

    With a temporary password a session gets tokens that only choose a new password, and before the
    e-mail address is confirmed those that only do what belongs to that. They have another audience,
    so that other services reject them.
    """

    ACCESS = "access"
    EMAIL_VERIFICATION = "email_verification"
    PASSWORD_CHANGE = "password_change"  # noqa: S105  not a password


LIMITED_PATHS = {
    Purpose.EMAIL_VERIFICATION: "/api/email/verify",
    Purpose.PASSWORD_CHANGE: "/api/me/password",
}


class TokenHeader(TypedDict):
    """The header of an access token."""

    alg: str
    typ: str
    kid: NotRequired[str]


class TokenClaims(TypedDict):
    """The claims of an access token.

    RFC 9068, 2.2, requires ``client_id``. Tokens that the version before it issued lack it.
    """

    iss: str
    aud: str
    sub: str
    client_id: NotRequired[str]
    sid: str
    iat: int
    nbf: int
    exp: int
    jti: str
    typ: str
    roles: list[str]


@dataclass(frozen=True)
class TokenRules:
    """The issuer, audience and lifetime (in seconds) of access tokens."""

    issuer: str
    audience: str
    lifetime: int

    def get_audience(self, purpose: Purpose) -> str:
        """Return the audience, or for a limited purpose the operation that fulfils it."""
        if purpose is not Purpose.ACCESS:
            return f"{self.issuer}{LIMITED_PATHS[purpose]}"
        return self.audience


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """An access token and its lifetime in seconds."""

    access_token: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class Claims:
    """The verified claims that every request needs, and the id of the key."""

    subject: UUID
    session: UUID
    expires: int
    kid: str | None


class AccessTokens:
    """Issues and verifies access tokens."""

    def __init__(self, keys: SigningKeys, rules: TokenRules) -> None:
        self.keys = keys
        self.rules = rules
        self.cache: dict[str, Claims] = {}

    def require_signing_key(self) -> None:
        """Check that a token can be signed.

        Raises:
            Unavailable: the key cannot be decrypted or read.
        """
        self.keys.get_signer()

    def issue(
        self,
        subject: UUID,
        session: UUID,
        roles: Sequence[str],
        *,
        session_ends_at: datetime,
        purpose: Purpose = Purpose.ACCESS,
    ) -> IssuedToken:
        """Sign a token, which expires with the session at the latest."""
        now = int(time())
        lifetime = max(1, min(self.rules.lifetime, int(session_ends_at.timestamp()) - now))
        claims: TokenClaims = {
            "iss": self.rules.issuer,
            "aud": self.rules.get_audience(purpose),
            "sub": str(subject),
            "client_id": FIRST_PARTY_CLIENT,
            "sid": str(session),
            "iat": now,
            "nbf": now,
            "exp": now + lifetime,
            "jti": str(secrets.new_id()),
            "typ": purpose,
            "roles": list(roles),
        }
        signer = self.keys.get_signer()
        headers = {"typ": MEDIA_TYPE} | ({"kid": signer.kid} if signer.kid else {})
        return IssuedToken(jwt.encode({**claims}, signer.key, signer.algorithm, headers), lifetime)

    def read_claims(self, header: str) -> Claims:
        """Return the claims of the token of an Authorization header.

        The session may have ended.

        Raises:
            Unauthenticated: the token is not valid, or has expired.
        """
        claims = self.cache.get(header) or self._verify(header)
        if claims.expires + LEEWAY_SECONDS <= time() or not self.keys.is_trusted(claims.kid):
            self.cache.pop(header, None)
            raise Unauthenticated
        return claims

    def find_claims(self, token: str) -> TokenClaims | None:
        """Return all claims of a token, or None if it is not valid or has expired.

        The session may have ended.
        """
        header = f"Bearer {token}"
        try:
            self.read_claims(header)
        except Unauthenticated:
            return None
        claims: TokenClaims = _read_json(token.split(".")[1])  # read_claims has verified them
        return claims

    def _verify(self, header: str) -> Claims:
        claims = _check_claims(*_decode(header))
        if len(self.cache) >= MAX_CACHED_TOKENS:
            self.cache.clear()  # simpler than removing the least recently used
        self.cache[header] = claims
        return claims


def is_access_token(header: str) -> bool:
    """Return whether an Authorization header has the form of an access token."""
    return BEARER.fullmatch(header) is not None


def _decode(header: str) -> tuple[TokenHeader, TokenClaims]:
    """Verify signature, issuer, audience and times of a token, and return its header and claims.

    Raises:
        Unauthenticated: the token is not valid, or has expired.
    """
    match = BEARER.fullmatch(header)
    if match is None or not _is_canonical(match[4]):
        raise Unauthenticated
    try:
        decode_token(match[1])  # its result has more claims than were signed
        return _read_json(match[2]), _read_json(match[3])
    except (JWTExtendedException, PyJWTError, *MALFORMED) as error:
        raise Unauthenticated from error


def _read_json(text: str) -> Any:
    return json.loads(urlsafe_b64decode(f"{text}=="))


def _is_canonical(signature: str) -> bool:
    """Return whether the unused bits of the last letter are zero, so that a token has one form."""
    padding = "=" * (-len(signature) % 4)
    try:
        signed = urlsafe_b64decode(signature + padding)
    except ValueError:
        return False
    return urlsafe_b64encode(signed).rstrip(b"=").decode() == signature


def _check_claims(header: TokenHeader, claims: TokenClaims) -> Claims:
    """Check the types of the claims (RFC 8725, 2.8 and 3.11). PyJWT would convert them.

    Raises:
        Unauthenticated: a claim is missing, or has a type or value that this service never issues.
    """
    try:
        return _convert_claims(header, claims)
    except MALFORMED as error:
        raise Unauthenticated from error


def _convert_claims(header: TokenHeader, claims: TokenClaims) -> Claims:
    numbers = (claims["exp"], claims["iat"], claims["nbf"])
    if any(type(number) is not int for number in numbers):
        raise ValueError("exp, iat and nbf are integers")
    if header["typ"] != MEDIA_TYPE:
        raise ValueError("typ")
    if claims["aud"] != current_tokens().rules.get_audience(Purpose(claims["typ"])):
        raise ValueError("aud")
    if any(type(text) is not str for text in (claims["sub"], claims["sid"], claims["jti"])):
        raise ValueError("sub, sid and jti are strings")
    if claims["iat"] > time() + LEEWAY_SECONDS:
        raise ValueError("iat")
    subject, session = UUID(claims["sub"]), UUID(claims["sid"])
    return Claims(subject, session, claims["exp"], header.get("kid"))


def current_tokens() -> AccessTokens:
    """Return the access tokens of the current application."""
    tokens: AccessTokens = current_app.extensions[EXTENSION]
    return tokens


def init_app(app: Flask, rules: TokenRules, keys: SigningKeys) -> None:
    """Let an application issue and verify tokens with these rules and keys."""
    app.config.update(
        JWT_ALGORITHM=keys.algorithms[0],  # one of the following, or it would be added to them
        JWT_DECODE_ALGORITHMS=list(keys.algorithms),
        JWT_DECODE_ISSUER=rules.issuer,
        JWT_DECODE_AUDIENCE=list(map(rules.get_audience, Purpose)),
        JWT_DECODE_LEEWAY=LEEWAY_SECONDS,
    )
    manager = JWTManager(app)
    manager.decode_key_loader(lambda header, _: keys.get_verification_key(header.get("kid")))
    app.extensions[EXTENSION] = AccessTokens(keys, rules)
