"""The endpoints of import and export."""

from collections.abc import Mapping
from typing import Any

from api.core.errors import StepUpRequired
from api.core.permissions import Permission
from api.core.principal import Principal
from api.transfer import export_schemas, exports, import_schemas, service
from api.transfer.errors import TooManyRows
from api.transfer.exports import ExportPage
from api.transfer.formats import Format
from api.transfer.outcomes import OnConflict
from api.transfer.service import ImportResult
from api.web.headers import ResponseHeaders, next_page
from api.web.links import Link
from api.web.restx import Namespace, Resource

NDJSON, JSON, CSV = "application/x-ndjson", "application/json", "text/csv"
FORMATS = {NDJSON: Format.NDJSON, JSON: Format.JSON, CSV: Format.CSV}
IMPORT_BODY = "import"  # names the size limit, which app.py sets
EXAMPLES = {  # not the user of the example of `create_user`
    JSON: '[{"username":"alan","email":"alan@example.org","display_name":"Alan Turing"}]',
    NDJSON: '{"username":"alan","email":"alan@example.org","display_name":"Alan Turing"}\n',
    CSV: "username,email,display_name\r\nalan,alan@example.org,Alan Turing\r\n",
}

IMPORTED = {"list_users": Link({"sort": "-created_at"})}
LINK = next_page("/api/users/export")
NEXT_PAGE = {"export_users": Link({"cursor": "$response.header.X-Next-Cursor"})}

ns = Namespace(
    "transfer",
    path="/api",
    description="Import users from another system and export them, in chunks and pages that a "
    "client repeats.",
)


def _describe_page(page: Any) -> Mapping[str, str]:
    if page.next is None:
        return {"X-Last-Page": "true"}
    return {**LINK(page), "X-Next-Cursor": page.next, "X-Last-Page": "false"}


PAGE_HEADERS = ResponseHeaders((*LINK.names, "X-Next-Cursor", "X-Last-Page"), _describe_page)


@ns.route("/users/import")
class Import(Resource):
    @ns.operation(
        "import_users",
        body=import_schemas.imported_user,
        consumes=EXAMPLES,
        max_body_bytes=IMPORT_BODY,
        query=import_schemas.user_import,
        response=import_schemas.import_result,
        permission=Permission.USERS_IMPORT,
        errors=[TooManyRows, StepUpRequired],
        idempotent=True,
        links=IMPORTED,
    )
    def post(
        self, *, body: bytes, media_type: str, query: import_schemas.UserImport, by: Principal
    ) -> ImportResult:
        """Import a chunk of users from another system.

        The body is NDJSON with one `ImportedUser` per line, a JSON array of them, or CSV with a
        header. A JSON object that holds such an array is accepted as well, although the schema does
        not describe it. The body has at most 10,000 rows (IMPORT_MAX_ROWS), and at most 500 with
        `on_conflict=update` or `update_only`. Send more users in further requests, each with its
        own `Idempotency-Key`. Begin with `dry_run=true`: it returns the same result and writes
        nothing.

        The encoding (UTF-8, UTF-16 with a byte order mark, or Windows-1252), the line ends and the
        separator of CSV (comma, semicolon, tab or bar) are recognised before the first row. A body
        that is not recognised is rejected as a whole, with the rule `unrecognised`. A member that
        is null, or a cell that is empty, is not given.

        A row is about the account with its `id`, else with its `external_source` and `external_id`,
        else with its e-mail address, else with its username. If there is none, an account is
        created. If the account has the members of the row, the row is `unchanged`; members that the
        row lacks may differ. Otherwise it is a `conflict` that names the members, or the account is
        `updated` with `on_conflict=update`. So an import can be repeated. Some rows remain a
        `conflict`, such as one with only the username of the account; docs/migrating.md lists them.

        An update changes the members that the row has. Keys of `app_metadata` that it lacks stay.
        Roles require `roles:write` and all permissions of the roles.

        A row that is rejected does not prevent the others: read `rows`, correct them and send them
        again. Without `users:read`, a row with the id or a name of an account is `rejected`,
        whatever its other members are. So the response does not reveal the account's members.

        The audit log records `users.imported` with the counts, also for a dry run, and
        `user.created` and `role.granted` for each new account; an update is recorded with the
        events of the operation that makes the same change. No mail is sent.
        """
        return service.import_users(
            body,
            format=FORMATS[media_type],
            by=by,
            dry_run=query["dry_run"],
            on_conflict=OnConflict(query["on_conflict"]),
        )


@ns.route("/users/export")
class Export(Resource):
    @ns.operation(
        "export_users",
        query=export_schemas.user_export,
        response=export_schemas.exported_user,
        produces=NDJSON,
        permission=Permission.USERS_EXPORT,
        errors=[StepUpRequired],
        headers=PAGE_HEADERS,
        links=NEXT_PAGE,
    )
    def get(self, *, query: export_schemas.UserExport, by: Principal) -> ExportPage:
        """Export a page of users.

        The page has one user per line (NDJSON), in the format that an import accepts. A user is
        exported if all filters match; deleted users are only exported with `deleted=true`. A page
        may have fewer rows than `limit`, or none; it ends after about 8 MiB. Send `X-Next-Cursor`
        as `cursor`, or follow `Link`, until `X-Last-Page` is `true`. An account that exists during
        the whole export is on exactly one page.

        Password hashes are included only with `hashes=true`, the permission `users:hashes` and a
        password that was verified within the last 10 minutes (STEP_UP_SECONDS). The audit log
        records `users.exported` for each page, with whether it had hashes.
        """
        return exports.export_users(query, by=by)
