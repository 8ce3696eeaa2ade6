"""The endpoints of the outbox."""

from uuid import UUID

from api.core.keyset import Page
from api.core.permissions import Permission
from api.core.principal import Principal
from api.outbox import schemas, search, service
from api.outbox.errors import MessageNotDead, MessageNotFound
from api.outbox.models import OutboxMessage
from api.outbox.search import ListedMessage
from api.web.headers import next_page
from api.web.links import Link
from api.web.restx import Namespace, Resource

LISTED = {"list_messages": Link({"cursor": "$response.body#/next"})}

ns = Namespace(
    "outbox",
    path="/api",
    description="The messages that a worker sends, such as mails: which wait, which were "
    "delivered, and which could not be.",
)


@ns.route("/outbox")
class Outbox(Resource):
    @ns.operation(
        "list_messages",
        query=schemas.message_search,
        response=schemas.message_page,
        permission=Permission.OUTBOX_READ,
        headers=next_page("/api/outbox"),
        links=LISTED,
    )
    def get(self, *, query: schemas.MessageSearch) -> Page[ListedMessage]:
        """List the messages that were or are to be sent, newest first.

        A message is listed if all filters match. Its content and its recipient are never shown.
        Still, `name` and `subject_id` show whether an invitation went to an e-mail address with an
        account: users with `outbox:read` can find that out, also without `users:read`.
        Send `next` as `cursor`, or follow the `Link` header, until `next` is null. A page has at
        most 100 messages. Delivered messages are deleted after 7 days, all others after 30.

        `state=dead` lists those that were given up: the receiver rejected them for good, or 40
        attempts in about a day failed. Then the audit log has `outbox.message_failed`. Retry them
        with `POST /api/outbox/{message_id}/retry`.
        """
        return search.find_messages(query)


@ns.route("/outbox/<uuid:message_id>/retry")
class Retry(Resource):
    @ns.operation(
        "retry_message",
        response=schemas.message,
        permission=Permission.OUTBOX_WRITE,
        errors=[MessageNotFound, MessageNotDead],
    )
    def post(self, message_id: UUID, *, by: Principal) -> OutboxMessage:
        """Retry a message that was given up.

        Its state must be `dead`. It becomes `pending` with no attempts, and a worker sends it at
        once. The links in a mail may have expired meanwhile; then let the user ask for a new one.
        The audit log records `outbox.message_retried`.
        """
        return service.retry(message_id, by=by)
