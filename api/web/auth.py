"""From an access token to the actor behind it, with one signature check and one query.

Flask-JWT-Extended issues and verifies. Its ``jwt_required`` decodes each token twice (131 µs), so
verified claims are remembered here under the exact header that carried them; the expiry is
compared on every use, and the account is read on every request.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from time import time
from typing import Any
from uuid import UUID

from flask import Flask, current_app, request
from flask_jwt_extended import JWTManager, create_access_token, decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import PyJWTError

from api.core.actor import Actor
from api.core.errors import Unauthenticated
from api.web import logging
from api.web.edge import EXCHANGE

BEARER = re.compile(r"(?i:bearer) ([\w-]+\.([\w-]+)\.([\w-]+))", re.ASCII)
ALGORITHM = "HS256"
LEEWAY = 10  # seconds that clocks may differ
REMEMBERED = 10_000  # tokens; some 5 MB

Recognise = Callable[[UUID, int], Actor | None]


@dataclass(frozen=True)
class TokenRules:
    """What tokens are signed with and say of their origin; ``lifetime`` is in seconds."""

    secret: str = field(repr=False)
    issuer: str
    audience: str
    lifetime: int


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says: the account, its token generation, and until when."""

    subject: UUID
    generation: int
    expires: int


class Tokens:
    """Issues and recognises access tokens.

    ``recognise`` returns the actor of an account while it is active and its tokens of that
    generation are good; it is handed over, since it belongs to a part above this one.
    """

    def __init__(self, recognise: Recognise, lifetime: int) -> None:
        self.recognise = recognise
        self.lifetime = lifetime
        self.verified: dict[str, Claims] = {}

    def issue(self, subject: UUID, generation: int) -> str:
        return str(create_access_token(str(subject), additional_claims={"gen": generation}))

    def actor(self, header: str) -> Actor:
        """Return who sends this Authorization header.

        Raises:
            Unauthenticated: the token is not one of ours, is spent, or its account is gone.
        """
        claims = self.verified.get(header) or self._remember(header)
        if claims.expires + LEEWAY <= time():
            self.verified.pop(header, None)
            raise Unauthenticated
        actor = self.recognise(claims.subject, claims.generation)
        if actor is None:
            raise Unauthenticated
        return actor

    def _remember(self, header: str) -> Claims:
        claims = _verified(header)
        if len(self.verified) >= REMEMBERED:
            self.verified.clear()  # bounded, and simpler than an order of use
        self.verified[header] = claims
        return claims


def _verified(header: str) -> Claims:
    match = BEARER.fullmatch(header)
    if match is None or not _is_canonical(match[3]):
        raise Unauthenticated
    try:
        decode_token(match[1])  # what it returns has a type, also where the token has none
        return _claims(json.loads(urlsafe_b64decode(f"{match[2]}==")))
    except (
        JWTExtendedException,
        PyJWTError,
        LookupError,
        ValueError,
        TypeError,
        OverflowError,
    ) as error:
        raise Unauthenticated from error


def _is_canonical(signature: str) -> bool:
    """Tell whether the last letter carries no idle bits: a token is one exact string."""
    padding = "=" * (-len(signature) % 4)
    try:
        signed = urlsafe_b64decode(signature + padding)
    except ValueError:
        return False
    return urlsafe_b64encode(signed).rstrip(b"=").decode() == signature


def _claims(claims: dict[str, Any]) -> Claims:
    """Hold the claims to their types (RFC 8725, 2.8 and 3.11), which PyJWT converts instead.

    Raises:
        LookupError, TypeError, ValueError: one is missing or is not as we issue it.
    """
    whole = (claims["exp"], claims["iat"], claims["nbf"], claims["gen"])
    if any(type(number) is not int for number in whole):
        raise ValueError("a number is no number")
    if claims["type"] != "access" or claims["aud"] != current_app.config["JWT_DECODE_AUDIENCE"]:
        raise ValueError("a token for another use")
    if not isinstance(claims["jti"], str) or claims["iat"] > time() + LEEWAY:
        raise ValueError("not a token as we issue them")
    return Claims(UUID(claims["sub"]), claims["gen"], claims["exp"])


def tokens() -> Tokens:
    held: Tokens = current_app.extensions["rollbook.tokens"]
    return held


def current_actor() -> Actor:
    """Return who is asking.

    Raises:
        Unauthenticated: nobody who is known.
    """
    actor = tokens().actor(request.headers.get("Authorization", ""))
    request.environ[EXCHANGE].actor_id = actor.id
    logging.bind_actor(str(actor.id))
    return actor


def _long_enough(secret: str) -> str:
    """Stretch what only the testing profile lets be shorter than the hash (RFC 7518, 3.2)."""
    short = len(secret.encode()) < sha256().digest_size
    return sha256(secret.encode()).hexdigest() if short else secret


def init_app(app: Flask, rules: TokenRules, recognise: Recognise) -> None:
    """Issue and recognise tokens by these rules."""
    app.config.update(
        JWT_SECRET_KEY=_long_enough(rules.secret),
        JWT_ALGORITHM=ALGORITHM,
        JWT_DECODE_ALGORITHMS=[ALGORITHM],
        JWT_ENCODE_ISSUER=rules.issuer,
        JWT_DECODE_ISSUER=rules.issuer,
        JWT_ENCODE_AUDIENCE=rules.audience,
        JWT_DECODE_AUDIENCE=rules.audience,
        JWT_DECODE_LEEWAY=LEEWAY,
        JWT_COOKIE_CSRF_PROTECT=False,  # no cookies, so no claim about them either
        JWT_ACCESS_TOKEN_EXPIRES=timedelta(seconds=rules.lifetime),
    )
    JWTManager(app)
    app.extensions["rollbook.tokens"] = Tokens(recognise, rules.lifetime)
