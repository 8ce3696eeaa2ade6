"""Issues and verifies access tokens (RFC 9068).

PyJWT signs, Flask-JWT-Extended verifies. The claims of a verified token are cached under the exact
Authorization header, so that its signature is checked once. Its expiry and its key are checked on
every use.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Sequence
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
from api.keys.pairs import Signer
from api.tokens.claims import (
    FIRST_PARTY_CLIENT,
    LEEWAY_SECONDS,
    MEDIA_TYPE,
    Claims,
    ClientClaims,
    Purpose,
    TokenClaims,
    TokenHeader,
    TokenRules,
    check_claims,
)

BEARER = re.compile(r"(?i:bearer) +(([\w-]+)\.([\w-]+)\.([\w-]+))", re.ASCII)
EXTENSION = "rollbook.tokens"
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


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """An access token and its lifetime in seconds."""

    access_token: str
    expires_in: int


class AccessTokens:
    """Issues and verifies access tokens."""

    def __init__(self, keys: SigningKeys, rules: TokenRules) -> None:
        self.keys = keys
        self.rules = rules
        self.cache: dict[str, Claims | ClientClaims] = {}

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
        lifetime = min(self.rules.lifetime, int(session_ends_at.timestamp()) - int(time()))
        claims = self._make_claims(subject, roles, purpose, max(1, lifetime))
        claims["aud"] = self.rules.get_audience(purpose)
        claims["client_id"] = FIRST_PARTY_CLIENT
        claims["sid"] = str(session)
        return self._sign(claims)

    def issue_to_client(
        self,
        account: UUID,
        credential: UUID,
        roles: Sequence[str],
        *,
        scopes: Collection[str],
        audiences: Sequence[str],
    ) -> IssuedToken:
        """Sign a token of a service account, for one audience or several."""
        claims = self._make_claims(account, roles, Purpose.CLIENT, self.rules.lifetime)
        claims["aud"] = audiences[0] if len(audiences) == 1 else list(audiences)
        claims["client_id"] = str(account)
        if scopes:
            claims["scope"] = " ".join(sorted(scopes))
        claims["credential"] = str(credential)
        return self._sign(claims)

    def _make_claims(
        self, subject: UUID, roles: Sequence[str], purpose: Purpose, lifetime: int
    ) -> TokenClaims:
        now = int(time())
        return {
            "iss": self.rules.issuer,
            "aud": self.rules.audience,
            "sub": str(subject),
            "iat": now,
            "nbf": now,
            "exp": now + lifetime,
            "jti": str(secrets.new_id()),
            "typ": purpose,
            "roles": list(roles),
        }

    def _sign(self, claims: TokenClaims) -> IssuedToken:
        signer = self.keys.get_signer()
        headers = {"typ": MEDIA_TYPE} | ({"kid": signer.kid} if signer.kid else {})
        token = jwt.encode({**claims}, signer.key, signer.algorithm, headers)
        return IssuedToken(token, claims["exp"] - claims["iat"])

    def read_claims(self, header: str) -> Claims | ClientClaims:
        """Return the claims of the token of an Authorization header.

        The session may have ended, or the token of a service account been revoked.

        Raises:
            Unauthenticated: the token is not valid, or has expired.
        """
        claims = self.cache.get(header) or self._verify(header)
        if claims.expires + LEEWAY_SECONDS <= time() or not self.keys.is_trusted(claims.kid):
            self.cache.pop(header, None)
            raise Unauthenticated
        return claims

    def find_claims(self, token: str) -> tuple[Claims | ClientClaims, TokenClaims] | None:
        """Return the claims that requests need and all claims, or None if the token is not valid.

        The session may have ended, or the token of a service account been revoked.
        """
        if token.startswith(" "):  # a header may have more than one space before its token
            return None
        header = f"Bearer {token}"
        try:
            claims = self.read_claims(header)
        except Unauthenticated:
            return None
        every_claim: TokenClaims = _read_json(token.split(".")[1])  # read_claims has verified them
        return claims, every_claim

    def _verify(self, header: str) -> Claims | ClientClaims:
        claims = self._check(header)
        if "  " in header:  # RFC 6750, 2.1, allows more spaces; the cache has a token once
            return claims
        if len(self.cache) >= MAX_CACHED_TOKENS:
            self.cache.clear()  # simpler than removing the least recently used
        self.cache[header] = claims
        return claims

    def _check(self, header: str) -> Claims | ClientClaims:
        token_header, claims = _decode(header)
        try:
            return check_claims(token_header, claims, self.rules)
        except MALFORMED as error:
            raise Unauthenticated from error


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
        JWT_DECODE_AUDIENCE=rules.list_audiences(),
        JWT_DECODE_LEEWAY=LEEWAY_SECONDS,
    )
    manager = JWTManager(app)
    manager.decode_key_loader(lambda header, _: keys.get_verification_key(header.get("kid")))
    app.extensions[EXTENSION] = AccessTokens(keys, rules)
