"""Executing a repeated request only once (draft-ietf-httpapi-idempotency-key-header).

The answer is stored in the transaction of the request, so that a crash leaves both or neither. Only
successful answers are stored: a failed request changed nothing and can be repeated.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import count

from sqlalchemy import delete, func, select

from api.core import clock
from api.core.crypto import derive_key
from api.core.database import autocommit, db
from api.core.runtime import current_runtime
from api.idempotency.errors import KeyInUse, KeyReused
from api.idempotency.models import KeptAnswer

PURGE_INTERVAL_REQUESTS = 100  # with a key, between two purges
PURGE_BATCH_ROWS = 1000  # more than the interval adds, so the table is bounded


class KeptAnswers:
    """How long one application stores answers, and the key of the digests that identify them."""

    def __init__(self, secret: str, *, kept_hours: int) -> None:
        self.key = derive_key(secret, "idempotency")
        self.lifetime = timedelta(hours=kept_hours)
        self.request_numbers = count(1)


@dataclass(frozen=True)
class Claim:
    """The digests of a request with a key; they reveal neither key nor path nor body."""

    digest: bytes
    fingerprint: bytes


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def make_claim(*, scope: str, operation: str, key: str, path: str, body: bytes) -> Claim:
    """Identify a request by its sender, operation and key, and compute its fingerprint.

    Both digests use a secret key, because a body may contain a password. With plain digests, a
    reader of the table could test guesses quickly.
    """
    return Claim(
        _digest(b"key", scope.encode(), operation.encode(), key.encode()),
        _digest(b"request", operation.encode(), path.encode(), body),
    )


def execute_once(claim: Claim, work: Callable[[], Answer]) -> tuple[Answer, bool]:
    """Do the work and store its answer, or return the stored answer, in the current transaction.

    The second value is true if the answer was already stored.

    Raises:
        KeyInUse: another request with this key is still running.
        KeyReused: the key was used with another request.
    """
    _lock_key(claim)
    kept = db.session.get(KeptAnswer, claim.digest, populate_existing=True)
    if kept is not None and kept.created_at <= _find_expiry():
        db.session.delete(kept)
        db.session.flush()
        kept = None
    if kept is None:
        return _store(claim, work()), False
    if kept.fingerprint != claim.fingerprint:
        raise KeyReused
    return Answer(kept.status, kept.headers, kept.body), True


def find_answer(claim: Claim) -> Answer | None:
    """Return the stored answer, without a transaction, or None if there is none yet.

    Raises:
        KeyReused: the key was used with another request.
    """
    columns = KeptAnswer.fingerprint, KeptAnswer.status, KeptAnswer.headers, KeptAnswer.body
    stored = select(*columns).where(
        KeptAnswer.digest == claim.digest, KeptAnswer.created_at > _find_expiry()
    )
    with autocommit() as connection:
        row = connection.execute(stored).one_or_none()
    if row is None:
        return None
    if row.fingerprint != claim.fingerprint:
        raise KeyReused
    return Answer(row.status, row.headers, row.body)


def purge_periodically() -> None:
    """Purge on every 100th call. Call it before the transaction, so as not to prolong it."""
    if next(current_runtime().kept_answers.request_numbers) % PURGE_INTERVAL_REQUESTS == 0:
        purge()


def purge() -> None:
    """Delete a batch of expired answers."""
    expired = select(KeptAnswer.digest).where(KeptAnswer.created_at <= _find_expiry())
    batch = expired.limit(PURGE_BATCH_ROWS).with_for_update(skip_locked=True)
    with autocommit() as connection:
        connection.execute(delete(KeptAnswer).where(KeptAnswer.digest.in_(batch)))


def _lock_key(claim: Claim) -> None:
    """Lock the key for this transaction.

    SQLite has one writer at a time, so the second request waits, and finds the stored answer.
    """
    if db.engine.dialect.name != "postgresql":
        return
    number = int.from_bytes(claim.digest[:8], signed=True)
    if not db.session.scalar(select(func.pg_try_advisory_xact_lock(number))):
        raise KeyInUse


def _store(claim: Claim, answer: Answer) -> Answer:
    row = KeptAnswer(
        digest=claim.digest,
        fingerprint=claim.fingerprint,
        status=answer.status,
        headers=answer.headers,
        body=answer.body,
        created_at=clock.now(),
    )
    db.session.add(row)
    return answer


def _find_expiry() -> datetime:
    return clock.now() - current_runtime().kept_answers.lifetime


def _digest(*parts: bytes) -> bytes:
    digest = blake2b(key=current_runtime().kept_answers.key, digest_size=32)
    for (
        part
    ) in parts:  # with its length, so that ("ab", "c") and ("a", "bc") have different digests
        digest.update(len(part).to_bytes(8) + part)
    return digest.digest()
