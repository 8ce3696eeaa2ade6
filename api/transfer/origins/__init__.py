"""The systems that users come from, and how their records become rows of an import."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from api.core.errors import InvalidRequest, ValidationError
from api.core.validation_rules import ValidationRule
from api.transfer.encodings import make_unrecognised
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
RECOGNISED_ROWS = 10  # at the beginning of a file
JOINS = {BETTER_AUTH.name: BETTER_AUTH_JOIN}
ORIGINS = {origin.name: origin for origin in ALL}
NO_EMAIL = ValidationError(
    "/email",
    ValidationRule.REQUIRED,
    "is missing, but every account needs one; add it or remove the record",
)
MALFORMED = ValidationError(
    "", ValidationRule.ORIGIN, "has a member in another form than exports have"
)


@dataclass
class Mapping:
    """How records become rows. ``skipped`` counts those that are not users.

    ``source`` is the external source of the accounts. By default it is the origin.
    """

    origin: Origin
    keep_ids: bool
    source: str | None = None
    skipped: int = 0


def map_file(file: RowFile, mapping: Mapping) -> Iterator[Row]:
    """Return the rows of an import for the file of another system.

    Raises:
        InvalidRequest: the file is the export of yet another system.
    """
    origin = mapping.origin
    rows = file.rows
    if origin.name in JOINS and file.format == Format.JSON:
        is_object = JsonScanner(file.text).peek() == "{"
        file.text.seek(0)
        if is_object:
            rows = join_rows(rows, file.text, JOINS[origin.name])
    return map_rows(_require_origin(rows, origin), mapping)


def _require_origin(rows: Iterable[Row], origin: Origin) -> Iterator[Row]:
    """Return the rows.

    Raises:
        InvalidRequest: the first rows lack the members by which the origin is known.
    """
    unread = iter(rows)
    first = list(islice(unread, RECOGNISED_ROWS))
    drafts = [Draft(origin.name, row.members) for row in first if isinstance(row.members, dict)]
    if drafts and not _has_any(drafts, origin.known_by):
        others = [other.name for other in ALL if _has_any(drafts, other.known_by)]
        if others or not _has_any(drafts, origin.common):
            raise _make_mismatch(origin, others)
    return chain(first, unread)


def _has_any(drafts: list[Draft], names: tuple[str, ...]) -> bool:
    return any(draft.has_any(*names) for draft in drafts)


def _make_mismatch(origin: Origin, others: list[str]) -> InvalidRequest:
    known = ", ".join((*origin.known_by, *origin.common))
    remedy = f"use --from {' or '.join(others)}" if others else "check --from"
    return make_unrecognised(
        f"The file is not an export of {origin.name}, whose records have {known}; {remedy}."
    )


def map_rows(rows: Iterable[Row], mapping: Mapping) -> Iterator[Row]:
    """Yield the rows of an import for the records of another system.

    Records that are not users, such as service accounts, are skipped.
    """
    for row in rows:
        mapped = row if row.errors else _map_row(row, mapping)
        if mapped is not None:
            yield mapped
        else:
            mapping.skipped += 1


def _map_row(row: Row, mapping: Mapping) -> Row | None:
    record = row.members if isinstance(row.members, dict) else {}
    draft = Draft(mapping.origin.name, record, mapping.source)
    try:
        if not mapping.origin.map_user(draft):
            return None
        mapped = draft.finish(keep_ids=mapping.keep_ids)
    except (AttributeError, LookupError, TypeError, ValueError):
        return row._replace(errors=(MALFORMED,))
    errors = () if mapped.row.get("email") else (NO_EMAIL,)
    row = row._replace(errors=errors, must_exist=draft.must_exist)
    return row._replace(members=mapped.row, lost=mapped.lost)
