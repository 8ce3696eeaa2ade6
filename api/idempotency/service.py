"""Processes a repeated request once (draft-ietf-httpapi-idempotency-key-header).

The answer is stored in the transaction of the request, so that a crash leaves both or neither. Only
successful answers are stored: a request that failed changed nothing and can be repeated.
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

PURGE_INTERVAL_REQUESTS = 100  # with a key
PURGE_BATCH_ROWS = 1000  # more than the interval adds, so the table is bounded


class KeptAnswers:
    """How long one application stores answers, and the key of the digests that identify them."""

    def __init__(self, secret: str, *, kept_hours: int) -> None:
        self.key = derive_key(secret, "idempotency")
        self.lifetime = timedelta(hours=kept_hours)
        self.request_numbers = count(1)


@dataclass(frozen=True)
class Claim:
    """A request that its client may repeat; key, path and body cannot be read from it."""

    digest: bytes
    fingerprint: bytes


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def claim(*, scope: str, operation: str, key: str, path: str, body: bytes) -> Claim:
    """Identify a request by its sender, operation and key, and fingerprint its content.

    Both digests are keyed: a body may contain a password, and a plain digest would allow a
    reader of the table to test guesses quickly.
    """
    return Claim(
        _digest(b"key", scope.encode(), operation.encode(), key.encode()),
        _digest(b"request", operation.encode(), path.encode(), body),
    )


def once(claim: Claim, work: Callable[[], Answer]) -> tuple[Answer, bool]:
    """Do the work and store its answer, or return the stored answer, in the current transaction.

    The second value is whether the answer was stored before.

    Raises:
        KeyInUse: another request with this key is still running.
        KeyReused: the key was used with another request.
    """
    _exclude_others(claim)
    kept = db.session.get(KeptAnswer, claim.digest, populate_existing=True)
    if kept is not None and kept.created_at <= _horizon():
        db.session.delete(kept)
        db.session.flush()
        kept = None
    if kept is None:
        return _keep(claim, work()), False
    if kept.fingerprint != claim.fingerprint:
        raise KeyReused
    return Answer(kept.status, kept.headers, kept.body), True


def find(claim: Claim) -> Answer | None:
    """Return the stored answer, without a transaction, or None if there is none yet.

    Raises:
        KeyReused: the key was used with another request.
    """
    columns = KeptAnswer.fingerprint, KeptAnswer.status, KeptAnswer.headers, KeptAnswer.body
    stored = select(*columns).where(
        KeptAnswer.digest == claim.digest, KeptAnswer.created_at > _horizon()
    )
    with autocommit() as connection:
        row = connection.execute(stored).one_or_none()
    if row is None:
        return None
    if row.fingerprint != claim.fingerprint:
        raise KeyReused
    return Answer(row.status, row.headers, row.body)


def purge_in_passing() -> None:
    """Purge once in 100 calls. Call it before the transaction, which it would prolong."""
    if next(current_runtime().kept_answers.request_numbers) % PURGE_INTERVAL_REQUESTS == 0:
        purge()


def purge() -> None:
    """Delete a batch of expired answers."""
    past = select(KeptAnswer.digest).where(KeptAnswer.created_at <= _horizon())
    some = past.limit(PURGE_BATCH_ROWS).with_for_update(skip_locked=True)
    with autocommit() as connection:
        connection.execute(delete(KeptAnswer).where(KeptAnswer.digest.in_(some)))


def _exclude_others(claim: Claim) -> None:
    """Lock the key for this transaction.

    SQLite has one writer at a time: the second request waits and then finds the stored answer.
    """
    if db.engine.dialect.name != "postgresql":
        return
    number = int.from_bytes(claim.digest[:8], signed=True)
    if not db.session.scalar(select(func.pg_try_advisory_xact_lock(number))):
        raise KeyInUse


def _keep(claim: Claim, answer: Answer) -> Answer:
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


def _horizon() -> datetime:
    return clock.now() - current_runtime().kept_answers.lifetime


def _digest(*parts: bytes) -> bytes:
    digest = blake2b(key=current_runtime().kept_answers.key, digest_size=32)
    for part in parts:  # each after its length, so that different parts give different digests
        digest.update(len(part).to_bytes(8) + part)
    return digest.digest()
