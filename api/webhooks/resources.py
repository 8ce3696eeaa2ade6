"""The endpoints of webhooks."""

from uuid import UUID

from api.core.etags import ExpectedVersion
from api.core.keyset import Page
from api.core.permissions import Permission
from api.core.principal import Principal
from api.web.headers import location, next_page
from api.web.links import Link, link_all
from api.web.restx import Namespace, Resource
from api.webhooks import schemas, search, service
from api.webhooks.errors import TooManyWebhooks, WebhookNotFound
from api.webhooks.records import WebhookRecord, WebhookWithSecret

ns = Namespace(
    "webhooks",
    path="/api",
    description="Receive events at a URL of yours: each is sent as a signed request (Standard "
    "Webhooks), and repeated until you accept it. The section `webhooks` of the contract describes "
    "the events.",
)

OF_CREATED = {"webhook_id": "$response.body#/id"}
CREATED = link_all(
    "get_webhook", "update_webhook", "delete_webhook", "test_webhook", "list_deliveries",
    **OF_CREATED,
)  # fmt: skip
CURRENT_VERSION = {"If-Match": "$response.header.ETag", **OF_CREATED}
READ = link_all("update_webhook", "delete_webhook", **CURRENT_VERSION)
LISTED = {
    "get_webhook": Link({"webhook_id": "$response.body#/items/0/id"}),
    "list_webhooks": Link({"cursor": "$response.body#/next"}),
}


@ns.route("/webhooks")
class Webhooks(Resource):
    @ns.operation(
        "list_webhooks",
        query=schemas.webhook_search,
        response=schemas.webhook_page,
        permission=Permission.WEBHOOKS_READ,
        headers=next_page("/api/webhooks"),
        links=LISTED,
    )
    def get(self, *, query: schemas.WebhookSearch) -> Page[WebhookRecord]:
        """List the webhooks, newest first.

        `health` shows which of them work. There are at most 100. Send `next` as `cursor`, or follow
        the `Link` header, until `next` is null. Their secrets are never shown.
        """
        return search.find_webhooks(query)

    @ns.operation(
        "create_webhook",
        body=schemas.webhook_creation,
        response=schemas.webhook_with_secret,
        status=201,
        permission=Permission.WEBHOOKS_WRITE,
        errors=[TooManyWebhooks],
        versioned=True,
        headers=location("/api/webhooks"),
        links=CREATED,
    )
    def post(self, *, body: schemas.WebhookCreation, by: Principal) -> WebhookWithSecret:
        """Create a webhook.

        Store the `secret` of the response: no other response shows it. Your receiver verifies the
        signature of each request with it. Events that happen from now on are delivered; use
        `POST /api/webhooks/{webhook_id}/replay` for earlier ones. There can be at most 100
        webhooks.

        The URL needs `https`. Names are resolved when an event is delivered, and only to public
        addresses, or to those in WEBHOOK_PRIVATE_NETWORKS. With the payload `full` you also need
        `audit:read`. The audit log records `webhook.created`, without the URL.
        """
        return service.create(body, by=by)


@ns.route("/webhooks/<uuid:webhook_id>")
class SingleWebhook(Resource):
    @ns.operation(
        "get_webhook",
        response=schemas.webhook,
        permission=Permission.WEBHOOKS_READ,
        errors=[WebhookNotFound],
        versioned=True,
        changes_unversioned=True,
        links=READ,
    )
    def get(self, webhook_id: UUID) -> WebhookRecord:
        """Read a webhook.

        Keep the `ETag` for `PATCH` and `DELETE`. It is that of what you can change: `health`, what
        belongs to it, and `pending_deliveries` change without another `ETag`. `disabled_reason`
        shows whether the service has disabled it, because it accepted nothing for 5 days
        (WEBHOOK_DISABLE_DAYS). Then the audit log has `webhook.disabled`.
        """
        return search.get_webhook(webhook_id)

    @ns.operation(
        "update_webhook",
        body=schemas.webhook_patch,
        response=schemas.webhook,
        permission=Permission.WEBHOOKS_WRITE,
        errors=[WebhookNotFound],
        versioned=True,
    )
    def patch(
        self,
        webhook_id: UUID,
        *,
        body: schemas.WebhookPatch,
        by: Principal,
        if_match: ExpectedVersion,
    ) -> WebhookRecord:
        """Change a webhook.

        Members that are left out stay as they are; `events` is replaced as a whole. Deliveries that
        wait go to the new URL, with the body that they have. The failures and the pause of the
        former URL end. While `enabled` is false, deliveries wait, for at most 30 days; events are
        not stored, but can be replayed later.

        If the payload is `full`, before or after the change, you also need `audit:read`. If it was
        `full` at any time, you need it for a new URL: stored deliveries may still be full, and
        would go there. The audit log records `webhook.updated` with the names of the members that
        changed, or nothing if none did.
        """
        return service.update(webhook_id, body, by=by, if_match=if_match)

    @ns.operation(
        "delete_webhook",
        status=204,
        permission=Permission.WEBHOOKS_WRITE,
        errors=[WebhookNotFound],
        versioned=True,
    )
    def delete(self, webhook_id: UUID, *, by: Principal, if_match: ExpectedVersion) -> None:
        """Delete a webhook.

        Its deliveries are deleted with it, also those that wait: nothing more is sent. To stop for
        a while, set `enabled` to false instead. The audit log records `webhook.deleted`.
        """
        service.delete(webhook_id, by=by, if_match=if_match)


@ns.route("/webhooks/<uuid:webhook_id>/rotate-secret")
class RotatedSecret(Resource):
    @ns.operation(
        "rotate_webhook_secret",
        body=schemas.secret_rotation,
        response=schemas.webhook_with_secret,
        permission=Permission.WEBHOOKS_WRITE,
        errors=[WebhookNotFound],
        versioned=True,
    )
    def post(
        self, webhook_id: UUID, *, body: schemas.WebhookSecretRotation, by: Principal
    ) -> WebhookWithSecret:
        """Replace the secret of a webhook.

        Store the new `secret` of the response: no other response shows it. For 24 hours, or as many
        as you choose up to 168, each delivery has two signatures, one of each secret, so that your
        receiver can change at any time. If the secret is known to others, send `0`. A secret that
        was replaced before no longer signs.

        If the payload is `full`, you also need `audit:read`. The audit log records
        `webhook.secret_rotated`.
        """
        return service.rotate_secret(webhook_id, body, by=by)
