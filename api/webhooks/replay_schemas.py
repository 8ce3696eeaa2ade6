"""The models of a replay."""

from datetime import datetime
from typing import NotRequired, TypedDict

from api.web.fields import (
    EXAMPLE_EXPIRY,
    EXAMPLE_TIMESTAMP,
    Choices,
    DateTime,
    Enum,
    Integer,
    StringList,
)
from api.web.schemas import Model, parse_timestamp
from api.webhooks.catalogue import PUBLIC_EVENTS
from api.webhooks.schemas import MAX_EVENT_NAMES

PUBLIC_EVENT = Choices(
    "PublicEventName", PUBLIC_EVENTS, description="An event that webhooks can receive"
)
REPLAYED = Choices(
    "ReplayedState",
    ("failed", "all"),
    description="What is replayed: the deliveries that were given up, or all events",
)

replay = Model(
    "WebhookReplay",
    {
        "from": DateTime(required=True, description="Events at this time or later"),
        "to": DateTime(
            required=True, description="Events before this time", examples=[EXAMPLE_EXPIRY]
        ),
        "events": StringList(
            Enum(PUBLIC_EVENT),
            min_items=1,
            max_items=MAX_EVENT_NAMES,
            description="Only these events, of those that the webhook receives",
        ),
        "state": Enum(
            REPLAYED,
            default="all",
            description="`failed`: only deliveries that were given up. `all`: all events of the "
            "audit log, whether or not they were delivered.",
        ),
    },
    description="Which events are delivered again.",
    example={"from": EXAMPLE_TIMESTAMP, "to": EXAMPLE_EXPIRY},
)

replayed = Model(
    "ReplayedDeliveries",
    {
        "deliveries": Integer(
            required=True, description="How many deliveries wait for an attempt now"
        )
    },
    description="What a replay has asked for.",
    example={"deliveries": 42},
)


WebhookReplay = TypedDict(
    "WebhookReplay",
    {
        "from": str,
        "to": str,
        "events": NotRequired[list[str]],
        "state": NotRequired[str],
    },
)


class PreparedReplay(TypedDict):
    """A replay whose times were parsed."""

    begin: datetime
    end: datetime
    events: list[str] | None
    only_failed: bool


def prepare_replay(given: WebhookReplay) -> PreparedReplay:
    return PreparedReplay(
        begin=parse_timestamp(given["from"]),
        end=parse_timestamp(given["to"]),
        events=given.get("events"),
        only_failed=given.get("state") == "failed",
    )
