"""The endpoints with which users leave: what is stored about them, and undoing a deletion."""

from api.core.errors import StepUpRequired
from api.core.principal import Principal
from api.one_time_tokens.errors import InvalidOneTimeToken
from api.personal_data import schemas, service
from api.personal_data.service import Export
from api.users import own_deletion
from api.users.errors import EmailTaken, ExternalIdTaken, UsernameTaken
from api.web.headers import next_page
from api.web.links import Link
from api.web.restx import Namespace, Resource

EXPORTS = "own-export"  # the name of the rate limit

ns = Namespace(
    "personal_data",
    path="/api",
    description="Read what is stored about you, and undo the deletion of your account.",
)


@ns.route("/me/export")
class MyExport(Resource):
    @ns.operation(
        "export_me",
        authenticated=True,
        query=schemas.export_query,
        response=schemas.export,
        limit=EXPORTS,
        errors=[StepUpRequired],
        headers=next_page("/api/me/export"),
        links={"export_me": Link({"cursor": "$response.body#/next"})},
    )
    def get(self, *, query: schemas.ExportQuery, by: Principal) -> Export:
        """Export what is stored about you.

        Your password must have been verified within the last 10 minutes (STEP_UP_SECONDS):
        otherwise send `POST /api/me/reauthenticate` first. The response has your account with its
        roles and metadata, your sessions, API keys with the networks where they were used, failed
        logins, invitations, mails and links in mails, and the audit events about you and by you. It
        has no secrets and no hashes, and no client IP addresses or e-mail addresses of other
        persons: an event that you did not cause, such as a failed login, has no IP address. Mails
        to an e-mail address that is not yours yet (`email_change_requested`) are left out, since
        they would reveal whether it has an account.

        A page has at most 1,000 audit events. Send `next` as `cursor`, or follow the `Link` header,
        until `next` is null; only the events differ. Each other list has at most 1,000 items, and
        `truncated` names those that have more. You can send 60 such requests in an hour
        (LIMIT_OWN_EXPORTS_PER_USER). The audit log records `user.exported` for the first page.
        """
        return service.export(query, by=by)


@ns.route("/account/restore")
class CancelledDeletion(Resource):
    @ns.operation(
        "restore_account",
        body=schemas.cancellation,
        status=204,
        public=True,
        errors=[InvalidOneTimeToken, UsernameTaken, EmailTaken, ExternalIdTaken],
    )
    def post(self, *, body: schemas.DeletionCancellation) -> None:
        """Undo the deletion of your own account.

        No access token is needed: the token in the link of the mail is the proof, which you got
        after `DELETE /api/me`. It works once, for 14 days (OWN_DELETION_DAYS), until the account is
        erased. The account has its password, roles and metadata again; log in with
        `POST /api/login` next. If another account has one of its names now, the error says which:
        ask an administrator. The audit log records `user.restored`.
        """
        own_deletion.cancel(body["token"])
