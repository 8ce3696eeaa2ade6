"""The models of the audit log, and the type of its query."""

from datetime import datetime
from typing import NotRequired
from uuid import UUID

from api.core.events import Event
from api.core.keyset import PageQuery
from api.web.fields import (
    EXAMPLE_EVENT_ID,
    EXAMPLE_EXPIRY,
    EXAMPLE_ID,
    EXAMPLE_ROOT_ID,
    EXAMPLE_SESSION_ID,
    EXAMPLE_TIMESTAMP,
    Choices,
    Cursor,
    DateTime,
    Enum,
    Field,
    Identifier,
    String,
)
from api.web.page_models import make_page_model, page_limit
from api.web.schemas import Model

SORTS = ("at", "-at")
EVENT_NAME = Choices("AuditEventName", Event, description="What happened, `thing.past_participle`")
EVENT_SORT = Choices(
    "AuditEventSort", SORTS, description="The order of events; `-` means newest first"
)

event = Model(
    "AuditEvent",
    {
        "id": Identifier(required=True, description="The id of the event"),
        "at": DateTime(required=True, description="When it happened"),
        "action": String(
            max_length=64,
            required=True,
            description="What happened, such as `user.created`. Later versions add actions.",
        ),
        "actor_id": Identifier(
            required=True,
            nullable=True,
            description="The id of the user or the service account that did it. Null if it was "
            "the operator with the command line, or if it is not known, as after a failed login.",
        ),
        "actor_kind": String(
            max_length=16,
            required=True,
            nullable=True,
            description="What the actor is: `user`, `service_account` or `operator`. Null if it is "
            "not known, and in events of before version 0.2. Later versions add kinds.",
        ),
        "credential_id": Identifier(
            required=True,
            nullable=True,
            description="With what the actor authenticated: the id of the session, of the API key, "
            "or of the client credential of a service account. Null if it was with none of them, "
            "and in events of before version 0.2. A user with an API key is still the actor.",
        ),
        "subject_id": Identifier(
            required=True,
            nullable=True,
            description="The id of the account that the event is about; null if it is about none",
        ),
        "request_id": String(
            max_length=128,
            required=True,
            nullable=True,
            description="The `X-Request-Id` of the request; null on the command line and for the "
            "count of denied requests",
        ),
        "address": String(
            max_length=45,
            required=True,
            nullable=True,
            description="The client IP address of the request; null on the command line and for "
            "the count of denied requests",
        ),
        "details": Field(
            kind="object",
            required=True,
            description=(
                "More about the event, depending on `action`. In `access.denied`, `repeated` is the"
                " number of further denials of the same kind since the event before."
            ),
        ),
    },
    description="Something that happened, with who did it and from where.",
    example={
        "id": EXAMPLE_EVENT_ID,
        "at": EXAMPLE_TIMESTAMP,
        "action": "user.updated",
        "actor_id": EXAMPLE_ROOT_ID,
        "actor_kind": "user",
        "credential_id": EXAMPLE_SESSION_ID,
        "subject_id": EXAMPLE_ID,
        "request_id": "5f0c3b7a9d214e68",
        "address": "192.0.2.7",
        "details": {"changed": ["display_name"]},
    },
)

event_page = make_page_model(
    "AuditEventPage", event, "events", description="A page of audit events."
)

event_search = Model(
    "AuditEventSearch",
    {
        "limit": page_limit("events"),
        "cursor": Cursor(),
        "actor": Identifier(
            description="Events that the user or the service account with this id caused"
        ),
        "credential": Identifier(
            description="Events of the session, API key or client credential with this id"
        ),
        "subject": Identifier(description="Events about the account with this id"),
        "action": Enum(EVENT_NAME, description="Events of this kind"),
        "request_id": String(
            max_length=128,
            min_length=1,
            description="Events of the request with this `X-Request-Id`",
            examples=["5f0c3b7a9d214e68"],
        ),
        "after": DateTime(description="Events at this time or later"),
        "before": DateTime(description="Events before this time", examples=[EXAMPLE_EXPIRY]),
        "sort": Enum(
            EVENT_SORT, default="-at", description="The order of the list. `-at` is newest first."
        ),
    },
)


class AuditEventSearch(PageQuery):
    actor: NotRequired[UUID]
    credential: NotRequired[UUID]
    subject: NotRequired[UUID]
    action: NotRequired[str]
    request_id: NotRequired[str]
    after: NotRequired[datetime]
    before: NotRequired[datetime]
