"""The systems that users come from, and how their records become rows of an import."""

from collections.abc import Iterable, Iterator

from api.core.errors import ValidationError
from api.transfer.formats import Format, RowFile
from api.transfer.json_scanner import JsonScanner
from api.transfer.origins.auth0 import AUTH0
from api.transfer.origins.better_auth import BETTER_AUTH
from api.transfer.origins.better_auth import JOIN as BETTER_AUTH_JOIN
from api.transfer.origins.cognito import COGNITO
from api.transfer.origins.django import DJANGO
from api.transfer.origins.drafts import Draft, Origin
from api.transfer.origins.firebase import FIREBASE
from api.transfer.origins.joins import join_rows
from api.transfer.origins.keycloak import KEYCLOAK
from api.transfer.origins.supabase import SUPABASE
from api.transfer.origins.wordpress import WORDPRESS
from api.transfer.row import Row

ALL = (AUTH0, FIREBASE, COGNITO, KEYCLOAK, SUPABASE, WORDPRESS, DJANGO, BETTER_AUTH)
JOINS = {BETTER_AUTH.name: BETTER_AUTH_JOIN}
ORIGINS = {origin.name: origin for origin in ALL}
NO_EMAIL = ValidationError(
    "/email", "required", "is missing, but every account needs one; add it or remove the record"
)
MALFORMED = ValidationError("", "origin", "has a member in another form than exports have")


def map_file(file: RowFile, origin: Origin, *, keep_ids: bool) -> Iterator[Row]:
    """Yield the rows of an import for the file of another system."""
    rows = file.rows
    if origin.name in JOINS and file.format == Format.JSON:
        is_object = JsonScanner(file.text).peek() == "{"
        file.text.seek(0)
        if is_object:
            rows = join_rows(rows, file.text, JOINS[origin.name])
    return map_rows(rows, origin, keep_ids=keep_ids)


def map_rows(rows: Iterable[Row], origin: Origin, *, keep_ids: bool) -> Iterator[Row]:
    """Yield the rows of an import for the records of another system.

    Records that are not users, such as service accounts, are skipped.
    """
    for row in rows:
        mapped = row if row.errors else _map_row(row, origin, keep_ids=keep_ids)
        if mapped is not None:
            yield mapped


def _map_row(row: Row, origin: Origin, *, keep_ids: bool) -> Row | None:
    draft = Draft(origin.name, row.members if isinstance(row.members, dict) else {})
    try:
        if not origin.map_user(draft):
            return None
        mapped = draft.finish(keep_ids=keep_ids)
    except (AttributeError, LookupError, TypeError, ValueError):
        return row._replace(errors=(MALFORMED,))
    errors = () if mapped.row.get("email") else (NO_EMAIL,)
    return row._replace(members=mapped.row, lost=mapped.lost, errors=errors)
