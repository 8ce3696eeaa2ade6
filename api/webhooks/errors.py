from typing import ClassVar

from api.core.errors import ApiError, Conflict, MemberSchemas, NotFound


class WebhookNotFound(NotFound):
    code = "webhook_not_found"
    title = "Webhook not found"
    detail = "There is no such webhook."
    remedy = "List the webhooks to find the id."


class DeliveryNotFound(NotFound):
    code = "delivery_not_found"
    title = "Delivery not found"
    detail = "The webhook has no such delivery."
    remedy = "List the deliveries of the webhook to find the id. An old one is deleted."


class WebhookIsDisabled(Conflict):
    code = "webhook_disabled"
    title = "Webhook disabled"
    detail = "The webhook is disabled, so nothing is delivered to it."
    remedy = "Enable it with `PATCH /api/webhooks/{webhook_id}`, then try again."


class TooManyWebhooks(Conflict):
    code = "too_many_webhooks"
    title = "Too many webhooks"
    detail = "There is already the maximum number of webhooks, 100."
    remedy = "Delete webhooks that are no longer used."


class TooManyEvents(ApiError):
    status = 422
    code = "too_many_events"
    title = "Too many events"
    detail = "The range has more events than one request may replay. Nothing is replayed."
    remedy = "Narrow the range so that it has at most `max_events`, and send further requests."
    member_schemas: ClassVar[MemberSchemas] = {
        "max_events": {
            "type": "integer",
            "format": "int32",
            "maximum": 2_147_483_647,
            "minimum": 1,
            "description": "The maximum number of events in one request",
        }
    }

    example_arguments = (10_000,)

    def __init__(self, max_events: int) -> None:
        super().__init__()
        self.members["max_events"] = max_events
