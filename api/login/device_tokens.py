"""Device tokens: they prove that a device has logged in to an account before.

A login with a valid one has its own limit of wrong passwords, so a stranger cannot keep the owner
out. It is not a credential: the password is needed as always. Nothing is stored. The token is bound
to the account and to its password hash, so a new password makes all device tokens void.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from hmac import compare_digest, digest
from uuid import UUID

from api.core import clock, secrets
from api.core.crypto import derive_key
from api.users.models import Credentials

LIFETIME = timedelta(days=90)
ID_BYTES, EXPIRY_BYTES, SIGNATURE_BYTES = 16, 8, 32
NO_ACCOUNT = UUID(int=0)


class DeviceTokens:
    """Makes and verifies the device tokens of one application."""

    def __init__(self, secret: str) -> None:
        self.key = derive_key(secret, "device tokens")

    def make(
        self, account_id: UUID, password_hash: str | None, *, device_id: UUID | None = None
    ) -> str:
        """Return a token for a device that has just logged in; a known device keeps its id."""
        expires_at = int((clock.now() + LIFETIME).timestamp())
        content = (device_id or secrets.new_id()).bytes + expires_at.to_bytes(EXPIRY_BYTES)
        signature = self._sign(content, account_id, password_hash)
        return urlsafe_b64encode(content + signature).rstrip(b"=").decode()

    def verify(self, token: str, account: Credentials | None) -> UUID | None:
        """Return the id of the device, or None for a token that is not valid for this account.

        An unknown account takes the same work.
        """
        account_id, password_hash = (
            (account.id, account.password_hash) if account else (NO_ACCOUNT, None)
        )
        try:
            decoded = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            return None
        content, signature = decoded[:-SIGNATURE_BYTES], decoded[-SIGNATURE_BYTES:]
        expected = self._sign(content, account_id, password_hash)
        if account is None or not compare_digest(signature, expected):
            return None
        expires_at = int.from_bytes(content[ID_BYTES:])
        return UUID(bytes=content[:ID_BYTES]) if expires_at > clock.now().timestamp() else None

    def _sign(self, content: bytes, account_id: UUID, password_hash: str | None) -> bytes:
        signed = content + account_id.bytes + (password_hash or "").encode()
        return digest(self.key, signed, "sha256")
