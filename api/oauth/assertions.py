"""Client assertions: JWTs with which a client authenticates (RFC 7523, 3; RFC 8725)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from time import time
from typing import Any

import jwt
from jwt import PyJWTError
from sqlalchemy import bindparam, text

from api.core.database import UTC_DATETIME, db
from api.service_accounts import public_keys

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MAX_LIFETIME_SECONDS = 300
MAX_JTI_LENGTH = 256
LEEWAY_SECONDS = 10  # by which the clocks of two machines may differ
REQUIRED_CLAIMS = ["iss", "sub", "aud", "exp", "jti"]
MALFORMED = (LookupError, ValueError, TypeError, OverflowError)

# One statement, so that only one of several simultaneous requests succeeds.
use_statement = text("""
    INSERT INTO used_assertions (digest, expires_at) VALUES (:digest, :expires_at)
    ON CONFLICT (digest) DO NOTHING RETURNING digest
""").bindparams(bindparam("expires_at", type_=UTC_DATETIME))


class InvalidAssertionError(Exception):
    """The assertion is not signed by the key, or a claim is wrong."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """A verified assertion: what identifies it, and how long it has to be remembered."""

    digest: bytes
    expires_at: datetime

    def use(self) -> bool:
        """Return whether it was not used before, and record that it is used now."""
        used = {"digest": self.digest, "expires_at": self.expires_at}
        return db.session.scalar(use_statement, used) is not None


def read_client_id(assertion: str) -> str | None:
    """Return the client that an assertion names, before anything of it is verified."""
    try:
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except (PyJWTError, *MALFORMED):
        return None
    client_id = claims.get("sub")
    return client_id if isinstance(client_id, str) else None


def verify(
    assertion: str, key: Mapping[str, str], *, client_id: str, audiences: Collection[str]
) -> Assertion:
    """Verify that the client signed the assertion with this key (a JWK), for this server, now.

    Raises:
        InvalidAssertionError
    """
    try:
        claims = _decode(assertion, key, client_id)
        return _check_claims(claims, client_id, audiences)
    except (PyJWTError, *MALFORMED) as error:
        raise InvalidAssertionError from error


def _decode(assertion: str, key: Mapping[str, str], client_id: str) -> dict[str, Any]:
    """Return the claims after the checks of PyJWT.

    The algorithm is one of the registered key, whatever the assertion says (RFC 8725, 3.1).
    """
    algorithm = jwt.get_unverified_header(assertion)["alg"]
    if algorithm not in public_keys.find_algorithms(key):
        raise ValueError("alg")
    claims: dict[str, Any] = jwt.decode(
        assertion,
        public_keys.load(key),
        algorithms=[algorithm],
        issuer=client_id,
        subject=client_id,
        leeway=LEEWAY_SECONDS,
        options={"require": REQUIRED_CLAIMS, "verify_aud": False, "verify_jti": False},
    )
    return claims


def _check_claims(
    claims: Mapping[str, Any], client_id: str, audiences: Collection[str]
) -> Assertion:
    """Check what PyJWT does not.

    An assertion that also names another server could be sent on by that one.
    """
    named = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if not named or not {*audiences}.issuperset(named):
        raise ValueError("aud")
    jti = claims["jti"]
    if not isinstance(jti, str) or not 0 < len(jti) <= MAX_JTI_LENGTH:
        raise ValueError("jti")
    digest = sha256(f"{client_id} {jti}".encode()).digest()
    return Assertion(digest, datetime.fromtimestamp(_find_end(claims) + LEEWAY_SECONDS, UTC))


def _find_end(claims: Mapping[str, Any]) -> float:
    """Return when the assertion ends: at ``exp``, or at the latest 5 minutes after it was signed.

    Authlib signs for an hour. Such an assertion has to have ``iat``. It is remembered until this
    end, so it must not be valid again later.
    """
    end, latest = _read_time(claims["exp"]), time() + MAX_LIFETIME_SECONDS + LEEWAY_SECONDS
    if "iat" in claims:
        end = min(end, _read_time(claims["iat"]) + MAX_LIFETIME_SECONDS)
    if not time() - LEEWAY_SECONDS < end <= latest:
        raise ValueError("exp")
    return end


def _read_time(value: object) -> float:
    """Return a time of a JWT; PyJWT would convert other types as well."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a number")
    return value
