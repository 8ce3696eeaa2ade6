"""Access tokens as an attacker or a clock changes them.

The service signs with the shared secret of the test settings here, so a test can sign, too.
"""

from typing import Any

import jwt

HEADER = {"typ": "at+jwt"}
LIFETIME_SECONDS = 15 * 60
CLOCK_TOLERANCE_SECONDS = 10


def sign_token(token: str, secret: str, **changes: Any) -> str:
    """Return a token with the claims of ``token``, except for ``changes``."""
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode({**claims, **changes}, secret, headers=HEADER)


def expire_token(token: str, secret: str) -> str:
    """Return a token as it is when its 15 minutes, and the tolerance for clocks, have passed."""
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == LIFETIME_SECONDS
    age = LIFETIME_SECONDS + CLOCK_TOLERANCE_SECONDS + 1
    times = {name: claims[name] - age for name in ("iat", "nbf", "exp")}
    return sign_token(token, secret, **times)


def damage_signature(token: str) -> str:
    """Return a token whose signature differs in its first character."""
    content, _, signature = token.rpartition(".")
    return f"{content}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
