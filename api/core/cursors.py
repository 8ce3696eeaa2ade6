"""Keyset cursors: a place in an order, opaque and signed, so that it cannot be made up."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from hashlib import blake2b
from hmac import compare_digest
from typing import Any
from uuid import UUID

import orjson

from api.core.errors import InvalidRequest, ValidationError

SEAL = 16  # bytes: 128 bits
_keys: list[bytes] = [b""]


def configure(secret: str) -> None:
    """Derive the sealing key; cursors of another secret are refused."""
    _keys[0] = blake2b(secret.encode(), digest_size=32, person=b"rollbook cursor").digest()


def write(sort: str, value: Any, row_id: UUID) -> str:
    place = orjson.dumps([sort, value, row_id])
    return urlsafe_b64encode(_seal(place) + place).rstrip(b"=").decode()


def read(cursor: str, sort: str) -> tuple[Any, UUID]:
    """Return the value and id after which the page begins.

    Raises:
        Invalid: it is not a cursor of ours, or belongs to another order.
    """
    try:
        sealed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError as error:
        raise _unknown() from error
    seal, place = sealed[:SEAL], sealed[SEAL:]
    canonical = urlsafe_b64encode(sealed).rstrip(b"=").decode() == cursor
    if not canonical or not compare_digest(seal, _seal(place)):
        raise _unknown()
    order, value, row_id = orjson.loads(place)
    if order != sort:
        raise _unknown()
    moment = sort.removeprefix("-").rpartition("_")[2] == "at"
    return datetime.fromisoformat(value) if moment else value, UUID(row_id)


def _seal(place: bytes) -> bytes:
    return blake2b(place, digest_size=SEAL, key=_keys[0]).digest()


def _unknown() -> InvalidRequest:
    return InvalidRequest(
        [ValidationError("cursor", "cursor", "is not a cursor of this list and order")]
    )
