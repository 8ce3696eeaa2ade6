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
from api.core.database import autocommit, db
from api.idempotency.errors import KeyInUse, KeyReused
from api.idempotency.models import KeptAnswer

PURGED_EVERY = 100  # requests with a key
PURGED_AT_ONCE = 1000  # rows: more than come in meanwhile, so the table is bounded

_requests = numbers(1)


@dataclass
class Memory:
    """For how long answers are kept, and the key of the digests they are kept under."""

    key: bytes = b""
    kept: timedelta = timedelta(hours=24)


_memory = Memory()


@dataclass(frozen=True)
class Claim:
    """A request that its client may repeat; neither key, address nor body can be read from it."""

    digest: bytes
    fingerprint: bytes


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def configure(secret: str, *, kept_hours: int) -> None:
    """Derive the key; what was kept under another secret is not found again."""
    derived = blake2b(secret.encode(), digest_size=32, person=b"rollbook repeats")
    _memory.key, _memory.kept = derived.digest(), timedelta(hours=kept_hours)


def claim(*, scope: str, operation: str, key: str, path: str, body: bytes) -> Claim:
    """Tell requests apart: by who sends what key for which operation, and by what they ask.

    Both digests are keyed. A body may hold a password, of which a plain digest would let anyone
    who reads the table try guesses at full speed.
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
    if next(_requests) % PURGED_EVERY == 0:
        purge()


def purge() -> None:
    past = select(KeptAnswer.digest).where(KeptAnswer.created_at <= _horizon())
    some = past.limit(PURGED_AT_ONCE).with_for_update(skip_locked=True)
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
    return clock.now() - _memory.kept


def _digest(*parts: bytes) -> bytes:
    digest = blake2b(key=_memory.key, digest_size=32)
    for part in parts:  # each behind its length, so that no two lists of parts look alike
        digest.update(len(part).to_bytes(8) + part)
    return digest.digest()
