"""Executing a repeated request only once (draft-ietf-httpapi-idempotency-key-header).

The response is stored in the transaction of the request, so that a crash leaves both or neither.
Only successful responses are stored: a failed request changed nothing and can be repeated.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from uuid import UUID

from sqlalchemy import Text, cast, delete, false, func, or_, select

from api.core import clock
from api.core.crypto import derive_key
from api.core.database import autocommit, db, delete_rows
from api.core.runtime import current_runtime
from api.idempotency.errors import KeyInUse, KeyReused
from api.idempotency.models import StoredResponse

PURGE_BATCH_ROWS = 1000


class IdempotencyStore:
    """The secret key of the digests, and the time for which responses are stored."""

    def __init__(self, secret: str, *, retention_hours: int) -> None:
        self.key = derive_key(secret, "idempotency")
        self.retention = timedelta(hours=retention_hours)


@dataclass(frozen=True)
class IdempotentRequest:
    """The digests of a request with a key; they reveal neither key nor path nor body."""

    digest: bytes
    fingerprint: bytes


@dataclass(frozen=True)
class ResponseContent:
    status: int
    headers: dict[str, str]
    body: bytes


def identify_request(
    *, scope: str, operation: str, key: str, path: str, body: bytes
) -> IdempotentRequest:
    """Identify a request by its sender, operation and key, and compute its fingerprint.

    Both digests use a secret key, because a body may contain a password. With plain digests, a
    reader of the table could test guesses quickly.
    """
    return IdempotentRequest(
        _digest(b"key", scope.encode(), operation.encode(), key.encode()),
        _digest(b"request", operation.encode(), path.encode(), body),
    )


def execute_once(
    request: IdempotentRequest, work: Callable[[], ResponseContent]
) -> tuple[ResponseContent, bool]:
    """Do the work and store its response, or return the stored response.

    It runs in the current transaction. The second value is true if the response was already stored.

    Raises:
        KeyInUse: another request with this key is still running.
        KeyReused: the key was used with another request.
    """
    _lock_key(request)
    stored = db.session.get(StoredResponse, request.digest, populate_existing=True)
    if stored is not None and stored.created_at <= _compute_cutoff():
        db.session.delete(stored)
        db.session.flush()
        stored = None
    if stored is None:
        return _store(request, work()), False
    if stored.fingerprint != request.fingerprint:
        raise KeyReused
    return ResponseContent(stored.status, stored.headers, stored.body), True


def find_response(request: IdempotentRequest) -> ResponseContent | None:
    """Return the stored response, without a transaction, or None if there is none yet.

    Raises:
        KeyReused: the key was used with another request.
    """
    statement = select(
        StoredResponse.fingerprint,
        StoredResponse.status,
        StoredResponse.headers,
        StoredResponse.body,
    ).where(StoredResponse.digest == request.digest, StoredResponse.created_at > _compute_cutoff())
    with autocommit() as connection:
        row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    if row.fingerprint != request.fingerprint:
        raise KeyReused
    return ResponseContent(row.status, row.headers, row.body)


def purge() -> int:
    """Delete a batch of expired responses, and return how many."""
    has_expired = StoredResponse.created_at <= _compute_cutoff()
    return delete_rows(StoredResponse.digest, has_expired, max_rows=PURGE_BATCH_ROWS)


def delete_responses(ids: Iterable[UUID]) -> None:
    """Delete the stored responses about what was created with one of these ids.

    Their header `Location` ends with it. They are stored for IDEMPOTENCY_KEPT_HOURS, so there are
    few of them.
    """
    location = cast(StoredResponse.headers, Text)
    is_about = or_(false(), *(location.contains(str(each)) for each in ids))
    statement = delete(StoredResponse).where(is_about)
    db.session.execute(statement, execution_options={"synchronize_session": False})


def _lock_key(request: IdempotentRequest) -> None:
    """Lock the key for this transaction.

    SQLite has one writer at a time, so the second request waits, and finds the stored response.
    """
    if db.engine.dialect.name != "postgresql":
        return
    number = int.from_bytes(request.digest[:8], signed=True)
    if not db.session.scalar(select(func.pg_try_advisory_xact_lock(number))):
        raise KeyInUse


def _store(request: IdempotentRequest, response: ResponseContent) -> ResponseContent:
    row = StoredResponse(
        digest=request.digest,
        fingerprint=request.fingerprint,
        status=response.status,
        headers=response.headers,
        body=response.body,
        created_at=clock.now(),
    )
    db.session.add(row)
    return response


def _compute_cutoff() -> datetime:
    return clock.now() - current_runtime().idempotency_store.retention


def _digest(*parts: bytes) -> bytes:
    digest = blake2b(key=current_runtime().idempotency_store.key, digest_size=32)
    for part in parts:
        # With the lengths, ("ab", "c") and ("a", "bc") have different digests.
        digest.update(len(part).to_bytes(8) + part)
    return digest.digest()
