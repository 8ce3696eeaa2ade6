"""The endpoints of the deliveries of webhooks."""

from uuid import UUID

from api.core.permissions import Permission
from api.core.principal import Principal
from api.web.headers import ResponseHeaders, make_url, next_page
from api.web.links import Link, link_all
from api.web.restx import Resource
from api.webhooks import delivery_schemas as schemas
from api.webhooks import replay, replay_schemas, search
from api.webhooks.errors import (
    DeliveryNotFound,
    TooManyEvents,
    WebhookIsDisabled,
    WebhookNotFound,
)
from api.webhooks.models import WebhookDelivery
from api.webhooks.replay import Replayed
from api.webhooks.replay_schemas import PreparedReplay
from api.webhooks.resources import ns
from api.webhooks.search import DeliveryDetails, DeliveryPage

__all__ = ["ns"]

IN_PATH = {"webhook_id": "$request.path.webhook_id"}
LISTED = {
    "get_delivery": Link({**IN_PATH, "delivery_id": "$response.body#/items/0/id"}),
    "redeliver": Link({**IN_PATH, "delivery_id": "$response.body#/items/0/id"}),
    "list_deliveries": Link({**IN_PATH, "cursor": "$response.body#/next"}),
}
STORED = link_all("get_delivery", "redeliver", **IN_PATH, delivery_id="$response.body#/id")
REPLAYED = link_all("list_deliveries", **IN_PATH)


def _locate(delivery: WebhookDelivery) -> dict[str, str]:
    path = f"/api/webhooks/{delivery.webhook_id}/deliveries/{delivery.id}"
    return {"Location": make_url(path)}


TO_DELIVERY = ResponseHeaders(("Location",), _locate)


@ns.route("/webhooks/<uuid:webhook_id>/deliveries")
class Deliveries(Resource):
    @ns.operation(
        "list_deliveries",
        query=schemas.delivery_search,
        response=schemas.delivery_page,
        permission=Permission.WEBHOOKS_READ,
        errors=[WebhookNotFound],
        headers=next_page(),
        links=LISTED,
    )
    def get(self, webhook_id: UUID, *, query: schemas.DeliverySearch) -> DeliveryPage:
        """List the deliveries of a webhook, newest first.

        A delivery is listed if all filters match. Send `next` as `cursor` with the same filters, or
        follow the `Link` header, until `next` is null. A page has at most 100 deliveries. They are
        deleted after 30 days.

        `paused_until` and `failing_since` are about the webhook as a whole: while it is paused,
        nothing is sent. A test, a redelivery or a replay ends a pause.

        `state=failed` lists those that were given up. When the receiver works again, deliver them
        with `POST /api/webhooks/{webhook_id}/replay`, or one of them with `…/redeliver`.
        """
        return search.find_deliveries(webhook_id, query)


@ns.route("/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>")
class SingleDelivery(Resource):
    @ns.operation(
        "get_delivery",
        response=schemas.delivery_details,
        permission=Permission.WEBHOOKS_READ,
        errors=[DeliveryNotFound],
        links=link_all("redeliver", **IN_PATH, delivery_id="$response.body#/id"),
    )
    def get(self, webhook_id: UUID, delivery_id: UUID, *, by: Principal) -> DeliveryDetails:
        """Read a delivery, with what is sent and its attempts.

        `history` has the last 100 attempts with the status, the duration, the IP address, the error
        and the beginning of the response. Signatures are not stored. Without `audit:read` you do
        not see the body of a full payload, nor the responses to it, which may repeat it.
        """
        return search.get_delivery(webhook_id, delivery_id, by=by)


@ns.route("/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/redeliver")
class Redelivery(Resource):
    @ns.operation(
        "redeliver",
        response=schemas.delivery,
        status=202,
        permission=Permission.WEBHOOKS_WRITE,
        errors=[WebhookNotFound, DeliveryNotFound, WebhookIsDisabled],
        headers=TO_DELIVERY,
        links=STORED,
    )
    def post(self, webhook_id: UUID, delivery_id: UUID, *, by: Principal) -> WebhookDelivery:
        """Deliver an event again.

        It also works if the event was accepted. The delivery becomes `pending` with no attempts,
        and a worker sends it at once, and again after errors. `webhook-id` and the body stay the
        same, so that your receiver can recognise the repetition; the timestamp and the signature
        are new. A pause of the webhook ends. Read the delivery to see the result. The webhook must
        be enabled.

        The audit log records `webhook.replayed` with the id of the delivery.
        """
        return replay.redeliver(webhook_id, delivery_id, by=by)


@ns.route("/webhooks/<uuid:webhook_id>/replay")
class Replay(Resource):
    @ns.operation(
        "replay_webhook",
        body=replay_schemas.replay,
        prepare=replay_schemas.prepare_replay,
        response=replay_schemas.replayed,
        status=202,
        permission=Permission.WEBHOOKS_WRITE,
        errors=[WebhookNotFound, WebhookIsDisabled, TooManyEvents],
        idempotent=True,
        links=REPLAYED,
    )
    def post(self, webhook_id: UUID, *, body: PreparedReplay, by: Principal) -> Replayed:
        """Deliver the events of a range of time again.

        All events of the audit log in the range that the webhook receives are delivered, also those
        from before it was created or while it was disabled. An event that had a delivery keeps its
        `webhook-id` and its body. With the state `failed` only deliveries that were given up are
        repeated. A worker sends them in the background; list the deliveries to see the results.

        A range can have at most 10,000 events: narrow it, and send further requests. The audit log
        records `webhook.replayed` with the number of deliveries.
        """
        return replay.replay(webhook_id, body, by=by)


@ns.route("/webhooks/<uuid:webhook_id>/test")
class Test(Resource):
    @ns.operation(
        "test_webhook",
        response=schemas.delivery,
        status=202,
        permission=Permission.WEBHOOKS_WRITE,
        errors=[WebhookNotFound, WebhookIsDisabled],
        headers=TO_DELIVERY,
        links=STORED,
    )
    def post(self, webhook_id: UUID) -> WebhookDelivery:
        """Send a test to a webhook.

        It is a delivery of the type `webhook.test` with the id of the webhook, signed like any
        other, and is sent whatever events the webhook receives. Read the delivery to see the
        result. The audit log does not record it.
        """
        return replay.send_test(webhook_id)
