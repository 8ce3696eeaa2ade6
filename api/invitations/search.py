"""Reading invitations: by page and by id."""

from functools import lru_cache
from uuid import UUID

from sqlalchemy import bindparam, select

from api.core import clock, keyset
from api.core.database import UTC_DATETIME
from api.core.keyset import Page, PageForm
from api.core.reads import Query
from api.invitations.errors import InvitationNotFound
from api.invitations.models import ROW_COLUMNS, Invitation, InvitationRow, has_state
from api.invitations.schemas import InvitationSearch

MAX_STATEMENTS = 100  # that are kept
NOW = bindparam("now", type_=UTC_DATETIME)

invitation_by_id = Query(
    select(*ROW_COLUMNS).where(Invitation.id == bindparam("id")), InvitationRow
)


def find(query: InvitationSearch) -> Page[InvitationRow]:
    """Return a page of the invitations that match the filter of the query.

    Raises:
        InvalidRequest: the cursor is not valid, or belongs to another order.
    """
    form, values = keyset.bind_page(query)
    rows = _make_page_query(form, query.get("state")).all(**values, now=clock.now())
    return keyset.make_page(rows, query, lambda row: (row.created_at, row.id), make=lambda row: row)


@lru_cache(maxsize=MAX_STATEMENTS)
def _make_page_query(form: PageForm, state: str | None) -> Query[InvitationRow]:
    statement = select(*ROW_COLUMNS)
    if state is not None:
        statement = statement.where(has_state(state, NOW))
    page = keyset.select_page(statement, Invitation.created_at, Invitation.id, form)
    return Query(page, InvitationRow)


def read(invitation_id: UUID) -> InvitationRow:
    """Return an invitation.

    Raises:
        InvitationNotFound
    """
    found = invitation_by_id.first(id=invitation_id)
    if found is None:
        raise InvitationNotFound
    return found
