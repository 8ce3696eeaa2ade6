"""Doing once what is asked for twice (draft-ietf-httpapi-idempotency-key-header).

The answer is kept in the transaction of the deed, so that a crash leaves both or neither. Only
successes are kept: what was refused has done nothing and may be tried again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import count as numbers

from sqlalchemy import delete, func, select

from api.core import clock
from api.core.crypto import derive_key
from api.core.database import autocommit, db
from api.core.runtime import current_runtime
from api.idempotency.errors import KeyInUse, KeyReused
from api.idempotency.models import KeptAnswer

PURGE_INTERVAL_REQUESTS = 100  # with a key
PURGE_BATCH_ROWS = 1000  # more than the interval adds, so the table is bounded

_requests = numbers(1)


class KeptAnswers:
    """How long one application keeps answers, and the key of the digests that identify them."""

    def __init__(self, secret: str, *, kept_hours: int) -> None:
        self.key = derive_key(secret, "idempotency")
        self.lifetime = timedelta(hours=kept_hours)


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

    Both digests are keyed: a body may contain a password, and a plain digest would allow anybody
    who reads the table to try guesses at full speed.
    """
    return Claim(
        _digest(b"key", scope.encode(), operation.encode(), key.encode()),
        _digest(b"request", operation.encode(), path.encode(), body),
    )


def once(claim: Claim, work: Callable[[], Answer]) -> tuple[Answer, bool]:
    """Do the work and keep its answer, or return what is kept; and tell whether that was kept.

    It runs in the transaction in hand.

    Raises:
        KeyInUse: another request with this key is still running.
        KeyReused: the key came with another request.
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
        KeyReused: the key came with another request.
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
    """Drop what is past its time, now and then; before a transaction, which it would prolong."""
    if next(_requests) % PURGE_INTERVAL_REQUESTS == 0:
        purge()


def purge() -> None:
    past = select(KeptAnswer.digest).where(KeptAnswer.created_at <= _horizon())
    some = past.limit(PURGE_BATCH_ROWS).with_for_update(skip_locked=True)
    with autocommit() as connection:
        connection.execute(delete(KeptAnswer).where(KeptAnswer.digest.in_(some)))


def _exclude_others(claim: Claim) -> None:
    """Let one request at a time have the key, until its transaction ends however it does.

    SQLite has one writer at a time anyway: the second waits, and finds what the first has kept.
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
    for part in parts:  # each behind its length, so that no two lists of parts look alike
        digest.update(len(part).to_bytes(8) + part)
    return digest.digest()
