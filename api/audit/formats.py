"""The canonical forms of an audit event, from which the chain computes digests.

A form never changes, because older entries are verified with it. When the log gains a column, add a
form with the next number that contains the column and the number, and make it the ``CURRENT`` one.
"""

import json
from collections.abc import Callable
from datetime import UTC
from hashlib import sha256

from api.audit.models import AuditEventRow


def encode_format_1(row: AuditEventRow) -> bytes:
    """Encode as ASCII JSON: sorted names, no whitespace, UTC timestamps with microseconds."""
    return _encode(_list_members(row))


def encode_format_2(row: AuditEventRow) -> bytes:
    """Encode as format 1, with its number, what the actor is, and the id of its credential."""
    added = {"format": 2, "actor_kind": row.actor_kind, "credential_id": row.credential_id}
    return _encode({**_list_members(row), **added})


def _list_members(row: AuditEventRow) -> dict[str, object]:
    at = row.at.astimezone(UTC).replace(tzinfo=None)
    return {
        "id": row.id,
        "at": at.isoformat(timespec="microseconds") + "Z",
        "action": row.action,
        "actor_id": row.actor_id,
        "subject_id": row.subject_id,
        "request_id": row.request_id,
        "address": row.address,
        "details": row.details,
    }


def _encode(members: dict[str, object]) -> bytes:
    return json.dumps(members, default=str, sort_keys=True, separators=(",", ":")).encode()


FORMATS: dict[int, Callable[[AuditEventRow], bytes]] = {1: encode_format_1, 2: encode_format_2}
CURRENT = 2


def compute_digest(previous: str, row: AuditEventRow, number: int) -> str:
    """Return the SHA-256 of the previous digest, in hexadecimal, and of the canonical form.

    Raises:
        KeyError: this version does not have the format.
    """
    return sha256(previous.encode() + FORMATS[number](row)).hexdigest()
