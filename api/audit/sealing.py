"""Sealing the new events of the audit log, as a job and for `rollbook audit seal`."""

import structlog

from api.audit import chain
from api.audit.chain import BEGINNING, LogPosition
from api.audit.denials import close_windows
from api.core.database import autocommit, in_transaction

JOB = "seal_audit_log"

log = structlog.get_logger()


def seal(*, everything: bool = False) -> int:
    """Seal new events, in a transaction for each batch, and return how many.

    With ``everything`` it looks for events of any age.
    """
    while in_transaction(close_windows):
        pass
    with autocommit() as connection:
        position: LogPosition | None = BEGINNING if everything else chain.find_start(connection)
    count = 0
    while position is not None:
        sealed = in_transaction(lambda after=position: chain.seal_batch(after))  # type: ignore[misc]
        count, position = count + sealed.event_count, sealed.next
    return count


def seal_and_log() -> int:
    """Seal new events, and log the head of the chain, so that a copy is outside the database."""
    count = seal()
    if count:
        with autocommit() as connection:
            log.info("audit.sealed", sealed=count, head=str(chain.read_head(connection)))
    return count
