"""The members of a webhook, and of its deliveries, that show whether it works."""

from api.web.fields import EXAMPLE_TIMESTAMP, Choices, DateTime, Enum, Integer
from api.webhooks.records import MAX_COUNTED, Health

HEALTH = Choices(
    "WebhookHealth",
    Health,
    description="Whether a webhook works. `untried`: nothing was sent since it was created, "
    "enabled or got another URL. `failing`: no attempt has succeeded since one failed. `paused`: "
    "nothing is sent until `paused_until`. `disabled`: nothing is sent until it is enabled.",
)
PAUSE_MEMBERS = {
    "failing_since": DateTime(
        required=True,
        nullable=True,
        description="When the first attempt after the last success failed; null if the last "
        "attempt succeeded",
    ),
    "paused_until": DateTime(
        required=True,
        nullable=True,
        description="Until when nothing is sent, after failures in a row or because the receiver "
        "asked for it; null if it is not paused",
    ),
}
HEALTH_MEMBERS = {
    "health": Enum(HEALTH, required=True, description="Whether it works"),
    **PAUSE_MEMBERS,
    "last_attempt_at": DateTime(
        required=True,
        nullable=True,
        description="When something was last sent, to within a second; null if it is `untried`",
    ),
    "pending_deliveries": Integer(
        required=True,
        description=f"How many deliveries wait for their first or next attempt. {MAX_COUNTED} "
        f"means {MAX_COUNTED} or more.",
    ),
}
EXAMPLE_HEALTH = {
    "health": "healthy",
    "failing_since": None,
    "paused_until": None,
    "last_attempt_at": EXAMPLE_TIMESTAMP,
    "pending_deliveries": 0,
}
