"""The targets of the import and export commands: the database, or a running service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from time import sleep
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode
from uuid import UUID

import orjson

from api.commands.service_client import ServiceClient, ServiceError
from api.core.database import in_transaction
from api.core.errors import DatabaseUnavailable, ValidationError
from api.core.principal import OPERATOR
from api.idempotency import service as idempotency
from api.idempotency.service import ResponseContent
from api.transfer import exports, service
from api.transfer.export_schemas import UserExport
from api.transfer.exports import ExportPage
from api.transfer.formats import Format
from api.transfer.outcomes import OnConflict, Outcome
from api.transfer.service import ImportResult, RowResult
from api.users import search
from api.users.search_schemas import UserSearch

NDJSON = "application/x-ndjson"
MAX_TRIES = 4
COUNT = UserSearch(limit=1, sort="created_at", count=True)


Result = TypeVar("Result")
Members = TypeVar("Members", ImportResult, ValidationError)


@dataclass(frozen=True)
class ImportMode:
    """How chunks of NDJSON are imported."""

    dry_run: bool
    on_conflict: OnConflict

    @property
    def query(self) -> str:
        """Return the query of a request. Services of version 0.1 do not know conflicts."""
        query = {"dry_run": str(self.dry_run).lower()}
        if self.on_conflict != OnConflict.REPORT:
            query["on_conflict"] = self.on_conflict
        return urlencode(query)


class Target(Protocol):
    """A target that imports chunks and exports pages. ``name`` identifies it in a state file."""

    name: str

    def import_chunk(self, body: bytes, *, mode: ImportMode, key: str) -> ImportResult: ...

    def export_page(self, cursor: str | None, *, limit: int, hashes: bool) -> ExportPage: ...

    def count_users(self) -> int | None: ...


class DatabaseTarget:
    """The database of the settings, with the operator as the caller."""

    name = "database"

    def import_chunk(self, body: bytes, *, mode: ImportMode, key: str) -> ImportResult:
        def work() -> ResponseContent:
            done = service.import_users(
                body,
                format=Format.NDJSON,
                by=OPERATOR,
                dry_run=mode.dry_run,
                on_conflict=mode.on_conflict,
            )
            return ResponseContent(200, {}, orjson.dumps(done))

        request = idempotency.identify_request(
            scope="operator", operation="import_users", key=key, path=mode.query, body=body
        )
        response, _ = _repeat_while_unavailable(
            lambda: in_transaction(lambda: idempotency.execute_once(request, work))
        )
        return read_result(response.body)

    def export_page(self, cursor: str | None, *, limit: int, hashes: bool) -> ExportPage:
        query = UserExport(limit=limit, hashes=hashes, deleted=False)
        if cursor is not None:
            query["cursor"] = cursor
        return exports.export_users(query, by=OPERATOR)

    def count_users(self) -> int | None:
        return search.find(COUNT).total


def _repeat_while_unavailable(work: Callable[[], Result]) -> Result:
    """Do the work. Repeat it when the database is busy: a chunk may wait for other transactions.

    Raises:
        DatabaseUnavailable: the last try failed too.
    """
    for number in range(MAX_TRIES - 1):
        try:
            return work()
        except DatabaseUnavailable:
            sleep(2**number)
    return work()


class ServiceTarget:
    """A running service, with the owner of the access token as the caller."""

    def __init__(self, url: str, read_token: Callable[[], str]) -> None:
        self.client = ServiceClient(url, read_token)
        self.name = url.rstrip("/")

    def import_chunk(self, body: bytes, *, mode: ImportMode, key: str) -> ImportResult:
        headers = {"Content-Type": NDJSON, "Idempotency-Key": f'"{key}"'}
        path = f"/api/users/import?{mode.query}"
        return read_result(self.client.send("POST", path, body=body, headers=headers).body)

    def export_page(self, cursor: str | None, *, limit: int, hashes: bool) -> ExportPage:
        query = {"limit": limit, "hashes": str(hashes).lower()}
        if cursor is not None:
            query["cursor"] = cursor
        reply = self.client.send("GET", f"/api/users/export?{urlencode(query)}")
        following = reply.headers.get("X-Next-Cursor")
        if reply.headers.get("X-Last-Page") != ("false" if following else "true"):
            raise ServiceError("the answer is not a page of an export")
        return ExportPage(reply.body, reply.body.count(b"\n"), following)

    def count_users(self) -> int | None:
        return None  # counting requires the permission users:read


def read_result(text: bytes) -> ImportResult:
    """Read an ImportResult from JSON. Members that a newer service has added are ignored."""
    members = orjson.loads(text)
    rows = [
        RowResult(
            row["line"],
            Outcome(row["outcome"]),
            UUID(row["id"]) if row.get("id") else None,
            [_read(ValidationError, error) for error in row.get("errors") or ()] or None,
        )
        for row in members["rows"]
    ]
    return _read(ImportResult, {**members, "rows": rows})


def _read(kind: type[Members], members: Mapping[str, Any]) -> Members:
    """Return an instance of a dataclass with the members that it knows."""
    names = (field.name for field in fields(kind))
    return kind(**{name: members[name] for name in names if name in members})
