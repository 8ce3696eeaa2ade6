"""Tokens that nobody issued: any header, any claims, any key. Raw HMAC, with no library between."""

import hmac
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from time import time
from typing import Any
from uuid import uuid4

HEADER = {"alg": "HS256", "typ": "JWT"}
LEFT_OUT = ...  # in place of the value of a claim


def encoded(part: Any) -> str:
    """Encode a part of a token; text is taken for the JSON it is."""
    text = part if isinstance(part, str) else json.dumps(part, separators=(",", ":"))
    return bare(text.encode())


def bare(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


@dataclass(frozen=True)
class Forge:
    """Knows what the service signs with, so that only what is meant to be wrong is wrong."""

    secret: str
    issuer: str
    audience: str = "rollbook"

    def claims(self, subject: str, **changed: Any) -> dict[str, Any]:
        """Return good claims, but for those that are given."""
        now = int(time())
        good = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": subject,
            "iat": now,
            "nbf": now,
            "exp": now + 600,
            "jti": str(uuid4()),
            "type": "access",
            "fresh": False,
            "gen": 1,
        }
        return {name: it for name, it in {**good, **changed}.items() if it is not LEFT_OUT}

    def sign(
        self,
        claims: Any,
        *,
        header: Any = HEADER,
        key: bytes | None = None,
        digest: str = "sha256",
    ) -> str:
        """Return the token; without a key it is the service's own."""
        signed = f"{encoded(header)}.{encoded(claims)}"
        secret = self.secret.encode() if key is None else key
        return f"{signed}.{bare(hmac.digest(secret, signed.encode(), digest))}"

    def token(self, subject: str, **changed: Any) -> str:
        return self.sign(self.claims(subject, **changed))
