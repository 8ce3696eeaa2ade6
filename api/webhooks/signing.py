"""The headers of a delivery, with its signatures (Standard Webhooks 1.0)."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable

from api.webhooks.signing_secrets import PREFIX

SIGNATURE = "webhook-signature"


def make_headers(
    body: bytes, *, delivery_id: str, timestamp: int, secrets: Iterable[str]
) -> dict[str, str]:
    """Return the headers of one attempt, with a signature by each of these secrets.

    ``timestamp`` is that of the attempt, in seconds, so that a receiver can reject a request that
    an attacker has recorded and sends again.
    """
    signed = f"{delivery_id}.{timestamp}.".encode() + body
    return {
        "content-type": "application/json",
        "user-agent": "Rollbook-Webhooks/1",
        "webhook-id": delivery_id,
        "webhook-timestamp": str(timestamp),
        SIGNATURE: " ".join(_sign(signed, secret) for secret in secrets),
    }


def _sign(signed: bytes, secret: str) -> str:
    key = b64decode(secret.removeprefix(PREFIX))
    return f"v1,{b64encode(hmac.digest(key, signed, 'sha256')).decode()}"
