"""Encryption of what the database stores and no reader of it may learn."""

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.core import secrets

NONCE_BYTES = 12  # of AES-GCM


class Cipher:
    """Encrypts with AES-256-GCM and a 256-bit key (``core.crypto.derive_key``)."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def encrypt(self, content: bytes, *, context: bytes) -> bytes:
        """Return the encrypted content, which can only be decrypted with the same context."""
        nonce = secrets.key(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, context)

    def decrypt(self, encrypted: bytes, *, context: bytes) -> bytes:
        """Return the content.

        Raises:
            cryptography.exceptions.InvalidTag: the secret or the context is another one, or the
                encrypted content was changed.
        """
        nonce, content = encrypted[:NONCE_BYTES], encrypted[NONCE_BYTES:]
        return self._cipher.decrypt(nonce, content, context)
