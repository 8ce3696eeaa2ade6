"""The endpoints: bodies and answers here are streamed, since they may be hundreds of megabytes."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, BinaryIO
from uuid import UUID

from api.core.errors import StepUpRequired, ValidationError
from api.core.permissions import Permission
from api.core.principal import Principal
from api.transfer import schemas, service
from api.transfer.formats import Format
from api.transfer.service import RowResult, Summary
from api.web.restx import Namespace, Resource
from api.web.streams import NDJSON, Lines
from api.web.uploads import Streamed

FORMATS = {NDJSON: Format.NDJSON, "text/csv": Format.CSV}
LONGEST = 256 * 1024 * 1024  # bytes
MOST = 100_000  # rows
CHUNK = 65_536  # bytes

ns = Namespace("transfer", path="/api", description="Bringing people in, and handing them out")


@dataclass(frozen=True)
class ImportLine:
    """What became of a row, or at last of all."""

    line: int | None = None
    outcome: str | None = None
    id: UUID | None = None
    findings: tuple[ValidationError, ...] | None = None
    created: int | None = None
    unchanged: int | None = None
    refused: int | None = None
    dry_run: bool | None = None


def _told(results: Iterator[RowResult | Summary]) -> Iterator[ImportLine]:
    for result in results:
        if isinstance(result, Summary):
            yield ImportLine(**asdict(result))
        else:
            yield ImportLine(result.line, result.outcome, result.id, result.findings or None)


@ns.route("/users/import")
class Import(Resource):
    @ns.operation(
        "import_users",
        takes=Streamed(tuple(FORMATS), LONGEST, each=schemas.imported_user),
        query=schemas.user_import,
        response=Lines(each=schemas.import_line),
        permission=Permission.USERS_IMPORT,
    )
    def post(
        self, *, body: BinaryIO, media_type: str, query: dict[str, Any], by: Principal
    ) -> Iterator[ImportLine]:
        """Take in up to 100,000 users from another system.

        A row is an `ImportedUser`: a line of NDJSON, or of CSV with a header. Rows that are refused
        keep out no others, and who is there already stays as they are, so that it can be repeated.
        What became of each row is told while it goes on, in their order; the last line says what
        became of all. If that line is missing, something broke: the rows before it stand.
        """
        chunks = iter(partial(body.read, CHUNK), b"")
        options = {"format": FORMATS[media_type], "dry_run": query["dry_run"], "most": MOST}
        return _told(service.import_users(chunks, by=by, **options))


@ns.route("/users/export")
class Export(Resource):
    @ns.operation(
        "export_users",
        query=schemas.user_export,
        response=Lines(),
        permission=Permission.USERS_EXPORT,
        errors=[StepUpRequired],
    )
    def get(self, *, query: dict[str, Any], by: Principal) -> Iterator[bytes]:
        """Hand out users, one to a line, as an import takes them back.

        Filters combine. Whoever is there throughout is in it once.
        """
        return service.export_users(query, by=by, hashes=query.pop("hashes"))
