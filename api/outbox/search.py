"""Listing messages, by page. The content is not read."""

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, case, select

from api.core import keyset
from api.core.keyset import Page, PageForm
from api.core.reads import Query
from api.outbox.models import OutboxMessage, State
from api.outbox.schemas import MessageSearch

MAX_STATEMENTS = 50  # that are kept

FILTERS = {  # the index of the first one that is given is used
    "subject": OutboxMessage.subject_id,
    "state": OutboxMessage.state,
}


class ListedMessage(NamedTuple):
    """A message as administrators see it."""

    id: UUID
    kind: str
    name: str
    subject_id: UUID | None
    state: str
    attempts: int
    last_error: str | None
    created_at: datetime
    next_attempt_at: datetime | None
    delivered_at: datetime | None


NEXT_ATTEMPT_AT = case((OutboxMessage.state == State.PENDING, OutboxMessage.next_attempt_at))
COLUMNS = [
    NEXT_ATTEMPT_AT if name == "next_attempt_at" else getattr(OutboxMessage, name)
    for name in ListedMessage._fields
]


def find_messages(query: MessageSearch) -> Page[ListedMessage]:
    """Return a page of the messages that match all filters of the query.

    Raises:
        InvalidRequest: the cursor is not valid, or belongs to another order.
    """
    form, values = keyset.bind_page(query)
    values |= query
    filters = tuple(name for name in FILTERS if name in query)
    if filters:
        values["group"] = values[filters[0]]
    rows = _make_page_query(form, filters).all(**values)
    return keyset.make_page(rows, query, lambda row: (row.created_at, row.id), make=lambda row: row)


@lru_cache(maxsize=MAX_STATEMENTS)
def _make_page_query(form: PageForm, filters: tuple[str, ...]) -> Query[ListedMessage]:
    """Return the query that reads a page with these filters."""
    others = (FILTERS[name] == bindparam(name) for name in filters[1:])
    statement = keyset.select_page(
        select(*COLUMNS).where(*others),
        OutboxMessage.created_at,
        OutboxMessage.id,
        form,
        group=FILTERS[filters[0]] if filters else None,
    )
    return Query(statement, ListedMessage)
