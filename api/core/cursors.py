"""Keyset cursors: a signed, opaque position in an ordered list."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from hashlib import blake2b
from hmac import compare_digest
from typing import Any
from uuid import UUID

import orjson

from api.core.crypto import derive_key
from api.core.errors import InvalidRequest, ValidationError
from api.core.validation_rules import ValidationRule

SIGNATURE_BYTES = 16  # 128 bits


class Cursors:
    """Writes and reads the cursors of one application."""

    def __init__(self, secret: str) -> None:
        self.key = derive_key(secret, "cursors")

    def write(self, sort: str, value: Any, row_id: UUID) -> str:
        """Return the cursor of a row in a list in this order."""
        position = orjson.dumps([sort, value, row_id])
        return urlsafe_b64encode(self._sign(position) + position).rstrip(b"=").decode()

    def read(self, cursor: str, sort: str) -> tuple[Any, UUID]:
        """Return the value and id after which the page begins.

        Raises:
            InvalidRequest: another application wrote the cursor, or it is for another order.
        """
        try:
            signed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except ValueError as error:
            raise _invalid_cursor() from error
        signature, position = signed[:SIGNATURE_BYTES], signed[SIGNATURE_BYTES:]
        is_canonical = urlsafe_b64encode(signed).rstrip(b"=").decode() == cursor
        if not is_canonical or not compare_digest(signature, self._sign(position)):
            raise _invalid_cursor()
        order, value, row_id = orjson.loads(position)
        if order != sort:
            raise _invalid_cursor()
        is_time = sort.removeprefix("-").rpartition("_")[2] == "at"
        return datetime.fromisoformat(value) if is_time else value, UUID(row_id)

    def _sign(self, position: bytes) -> bytes:
        return blake2b(position, digest_size=SIGNATURE_BYTES, key=self.key).digest()


def _invalid_cursor() -> InvalidRequest:
    message = "is not a cursor of this list and order"
    return InvalidRequest([ValidationError("cursor", ValidationRule.CURSOR, message)])
