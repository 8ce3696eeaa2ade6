"""Export accounts as pages of NDJSON in the order of their ids.

Ids never change. So an account that exists during the whole export is on exactly one page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, select

from api.core.database import autocommit, in_transaction
from api.core.events import Event, emit
from api.core.permissions import Permission
from api.core.principal import Principal
from api.core.runtime import current_runtime
from api.core.step_up import require_step_up
from api.transfer import rows
from api.transfer.export_schemas import UserExport
from api.users.filters import bind_filters, find_filters, make_conditions
from api.users.models import PROFILE_COLUMNS, Profile, User

BATCH_ROWS = 1000  # of one query, which must end within DATABASE_TIMEOUT_MS
MAX_PAGE_BYTES = 8 * 1024 * 1024  # the page ends when it has this size
ORDER = "export"  # so that cursors of other lists are rejected

LINE = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z


@dataclass(frozen=True)
class ExportPage:
    """A page of NDJSON. ``next`` is the cursor of the next page, or None on the last one."""

    content: bytes
    rows: int
    next: str | None


def export_users(query: UserExport, *, by: Principal) -> ExportPage:
    """Return a page of the accounts that match all filters.

    Raises:
        InvalidRequest: the cursor is not one of an export, or a filter is not valid.
        PermissionDenied: the caller requests hashes and lacks ``users:hashes``.
        StepUpRequired: the caller requests hashes, and the password was verified too long ago.
    """
    if query["hashes"]:
        by.require(Permission.USERS_HASHES)
        require_step_up(by)
    after = current_runtime().cursors.read(query["cursor"], ORDER)[1] if "cursor" in query else None
    in_transaction(lambda: emit(Event.USERS_EXPORTED, subject=None, by=by, hashes=query["hashes"]))
    return _read_page(query, after)


def _read_page(query: UserExport, after: UUID | None) -> ExportPage:
    conditions, values = make_conditions(find_filters(query)), bind_filters(query)
    lines: list[bytes] = []
    size = 0
    has_more = True
    while has_more and len(lines) < query["limit"] and size < MAX_PAGE_BYTES:
        number = min(BATCH_ROWS, query["limit"] - len(lines))
        found = _read_batch(conditions, values, after, number + 1, hashes=query["hashes"])
        has_more = len(found) > number
        batch = [_write_line(row) for row in found[:number]]
        size += sum(map(len, batch))
        lines += batch
        after = found[:number][-1].id if batch else after
    return ExportPage(
        b"".join(lines),
        len(lines),
        current_runtime().cursors.write(ORDER, None, after) if has_more and after else None,
    )


def _read_batch(
    conditions: list[ColumnElement[bool]],
    values: dict[str, Any],
    after: UUID | None,
    number: int,
    *,
    hashes: bool,
) -> Sequence[Any]:
    columns = [*PROFILE_COLUMNS, User.password_hash] if hashes else PROFILE_COLUMNS
    statement: Select[Any] = select(*columns).where(*conditions).order_by(User.id).limit(number)
    if after is not None:
        statement = statement.where(User.id > after)
    with autocommit() as connection:
        return connection.execute(statement, values).all()


def _write_line(row: Any) -> bytes:
    width = len(PROFILE_COLUMNS)
    return orjson.dumps(rows.render_account(Profile(*row[:width]), *row[width:]), option=LINE)
