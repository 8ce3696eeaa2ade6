"""The secrets that sign deliveries, as Standard Webhooks writes them, encrypted in the database."""

from base64 import b64encode
from uuid import UUID

from api.core import secrets
from api.core.runtime import current_runtime

PREFIX = "whsec_"
SECRET_BYTES = 32


def make_secret() -> str:
    """Return a new secret: ``whsec_`` and 256 random bits in base64."""
    return PREFIX + b64encode(secrets.key(SECRET_BYTES)).decode()


def encrypt_secret(secret: str, webhook_id: UUID) -> bytes:
    cipher = current_runtime().webhook_cipher
    return cipher.encrypt(secret.encode(), context=webhook_id.bytes)


def decrypt_secret(encrypted: bytes, webhook_id: UUID) -> str:
    """Return the secret of a webhook.

    Raises:
        cryptography.exceptions.InvalidTag: it is encrypted with another ENCRYPTION_KEY.
    """
    cipher = current_runtime().webhook_cipher
    return cipher.decrypt(encrypted, context=webhook_id.bytes).decode()
