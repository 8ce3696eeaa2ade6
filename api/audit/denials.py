"""Recording denied requests, at most once per minute for each credential and kind.

A principal can repeat a forbidden request hundreds of times a minute. The first denial of a kind is
recorded at once. Further ones in the same minute are counted, and the next row of that kind
reports the count as ``repeated``.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple, cast
from uuid import UUID

import orjson
from sqlalchemy import CursorResult, bindparam, delete, text, update

from api.audit.models import DenialCount
from api.audit.service import find_actor_id
from api.core import clock
from api.core.database import UTC_DATETIME, db, delete_batch, in_transaction
from api.core.events import Event, emit
from api.core.principal import Principal, PrincipalKind, RecordedCredential
from api.core.request_context import outside_request

WINDOW = timedelta(minutes=1)
CLOSE_BATCH_ROWS = 100  # a request opens at most one window, so the table stays small

WINDOW_COLUMNS = (
    DenialCount.principal_kind,
    DenialCount.principal_id,
    DenialCount.credential_id,
    DenialCount.details,
    DenialCount.repeated,
)

# A request that opens the window at the same time counts as a repetition.
open_window_statement = text("""
    INSERT INTO denial_counts AS kept
        (key, principal_kind, principal_id, credential_id, details, ends_at, repeated)
    VALUES (:key, :principal_kind, :principal_id, :credential_id, :details, :ends_at, 0)
    ON CONFLICT (key) DO UPDATE SET repeated = kept.repeated + 1
    RETURNING repeated
""").bindparams(
    bindparam("principal_id", type_=DenialCount.principal_id.type),
    bindparam("credential_id", type_=DenialCount.credential_id.type),
    bindparam("details", type_=DenialCount.details.type),
    bindparam("ends_at", type_=UTC_DATETIME),
)


class Denial(NamedTuple):
    """What was denied: one kind of request of one principal with one credential."""

    by: Principal | None
    details: dict[str, Any]

    @property
    def key(self) -> str:
        credential_id = self.by.credential_id if self.by else None
        actor = {"actor": str(find_actor_id(self.by)), "credential": str(credential_id)}
        kind = {**self.details, **actor}
        return sha256(orjson.dumps(kind, option=orjson.OPT_SORT_KEYS)).hexdigest()


def record_denial(
    *, by: Principal | None, permission: str | None, method: str, route: str | None
) -> None:
    """Record that a principal lacks a permission, in a transaction of its own.

    The transaction of the request has been rolled back, or the request was a read and had none.

    Raises:
        DatabaseUnavailable: the denial cannot be recorded.
    """
    details = {"permission": permission, "method": method, "route": route}
    in_transaction(lambda: _count_or_record(Denial(by, details)))


def _count_or_record(denial: Denial) -> None:
    now = clock.now()
    if _count_repetition(denial, now):
        return
    repeated = _close_window(denial, now)
    if _open_window(denial, now):
        _emit_denial(denial, repeated)
    close_windows()


def _count_repetition(denial: Denial, now: datetime) -> bool:
    """Count a denial in its open window. Return False if no window is open."""
    window = update(DenialCount).where(DenialCount.key == denial.key, DenialCount.ends_at > now)
    counted = db.session.execute(window.values(repeated=DenialCount.repeated + 1))
    return bool(cast("CursorResult[Any]", counted).rowcount)


def _close_window(denial: Denial, now: datetime) -> int:
    """Close the last window of this kind, and return how many denials it counted."""
    last = delete(DenialCount).where(DenialCount.key == denial.key, DenialCount.ends_at <= now)
    return db.session.scalar(last.returning(DenialCount.repeated)) or 0


def _open_window(denial: Denial, now: datetime) -> bool:
    """Open a window. Return False if another request has opened it."""
    values = {
        "key": denial.key,
        "principal_kind": denial.by.kind if denial.by else None,
        "principal_id": denial.by.id if denial.by else None,
        "credential_id": denial.by.credential_id if denial.by else None,
        "details": denial.details,
        "ends_at": now + WINDOW,
    }
    return bool(db.session.scalar(open_window_statement, values) == 0)


def close_windows() -> int:
    """Close a batch of windows that have ended, and record their counts; return how many.

    Each recorded denial closes a batch, and ``rollbook audit seal`` closes all of them.
    """
    has_ended = DenialCount.ends_at <= clock.now()
    batch = delete_batch(DenialCount.key, has_ended, max_rows=CLOSE_BATCH_ROWS)
    closed = batch.returning(*WINDOW_COLUMNS)
    windows = db.session.execute(closed.execution_options(synchronize_session=False)).all()
    with outside_request():  # the current one may be that of another principal
        for kind, principal_id, credential_id, details, repeated in windows:
            by = _restore_principal(kind, principal_id, credential_id) if principal_id else None
            if repeated:
                _emit_denial(Denial(by, details), repeated)
    return len(windows)


def _restore_principal(kind: str, principal_id: UUID, credential_id: UUID | None) -> Principal:
    credential = RecordedCredential(credential_id) if credential_id else None
    return Principal(kind=PrincipalKind(kind), id=principal_id, credential=credential)


def _emit_denial(denial: Denial, repeated: int) -> None:
    counted = {"repeated": repeated} if repeated else {}
    emit(Event.ACCESS_DENIED, subject=None, by=denial.by, **denial.details, **counted)
