"""Tokens that nobody issued: any header, any claims, any key, with no JWT library between."""

import hmac
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from time import time
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

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

    key: EllipticCurvePrivateKey | bytes  # of ES256, or the secret of HS256
    issuer: str
    kid: str | None = None
    audience: str = "rollbook"

    @property
    def header(self) -> dict[str, Any]:
        algorithm = "HS256" if isinstance(self.key, bytes) else "ES256"
        return {"alg": algorithm, "typ": "at+jwt", **({"kid": self.kid} if self.kid else {})}

    def claims(self, subject: str, session: str, **changed: Any) -> dict[str, Any]:
        """Return good claims, but for those that are given."""
        now = int(time())
        good = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": subject,
            "sid": session,
            "iat": now,
            "nbf": now,
            "exp": now + 600,
            "jti": str(uuid4()),
            "typ": "access",
            "roles": ["user"],
        }
        return {name: it for name, it in {**good, **changed}.items() if it is not LEFT_OUT}

    def sign(
        self,
        claims: Any,
        *,
        header: Any = None,
        key: EllipticCurvePrivateKey | bytes | None = None,
        digest: str = "sha256",
    ) -> str:
        """Return the token; without header or key they are the service's own."""
        header = self.header if header is None else header
        signed = f"{encoded(header)}.{encoded(claims)}"
        signature = signature_of(signed.encode(), self.key if key is None else key, digest)
        return f"{signed}.{bare(signature)}"

    def token(self, person: Any, **changed: Any) -> str:
        """Return a token of a person, in the session they are in."""
        return self.sign(self.claims(person.id, person.session_id, **changed))


def signature_of(
    content: bytes, key: EllipticCurvePrivateKey | bytes, digest: str = "sha256"
) -> bytes:
    if isinstance(key, bytes):
        return hmac.digest(key, content, digest)
    pair = decode_dss_signature(key.sign(content, ECDSA(SHA256())))
    return b"".join(number.to_bytes(sha256().digest_size) for number in pair)
