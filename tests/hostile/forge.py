"""Forged tokens: any header, any claims, any key, without a JWT library."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from time import time
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

LEFT_OUT = ...  # as the value of a claim: omit it


def encode_part(part: Any) -> str:
    """Encode a part of a token; a string is JSON already."""
    text = part if isinstance(part, str) else json.dumps(part, separators=(",", ":"))
    return encode_base64url(text.encode())


def decode_part(part: str) -> str:
    return urlsafe_b64decode(f"{part}==").decode()


def encode_base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


@dataclass(frozen=True)
class Forge:
    """Signs with the key of the service, so that a forged token has only the intended defect."""

    key: EllipticCurvePrivateKey | bytes  # of ES256, or the secret of HS256
    issuer: str
    kid: str | None = None
    audience: str = "rollbook"

    @property
    def header(self) -> dict[str, Any]:
        algorithm = "HS256" if isinstance(self.key, bytes) else "ES256"
        return {"alg": algorithm, "typ": "at+jwt", **({"kid": self.kid} if self.kid else {})}

    def claims(self, subject: str, session: str, **changed: Any) -> dict[str, Any]:
        """Return valid claims, with these changes."""
        now = int(time())
        good = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": subject,
            "client_id": "rollbook",
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
        """Return a token; header and key are the service's own by default."""
        header = self.header if header is None else header
        signed = f"{encode_part(header)}.{encode_part(claims)}"
        signature = signature_of(signed.encode(), self.key if key is None else key, digest)
        return f"{signed}.{encode_base64url(signature)}"

    def token(self, person: Any, **changed: Any) -> str:
        """Return a token of a person in their session."""
        return self.sign(self.claims(person.id, person.session_id, **changed))


def signature_of(
    content: bytes, key: EllipticCurvePrivateKey | bytes, digest: str = "sha256"
) -> bytes:
    if isinstance(key, bytes):
        return hmac.digest(key, content, digest)
    pair = decode_dss_signature(key.sign(content, ECDSA(SHA256())))
    return b"".join(number.to_bytes(sha256().digest_size) for number in pair)
