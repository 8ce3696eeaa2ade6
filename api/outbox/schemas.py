"""The models of the outbox, and the type of its query."""

from typing import NotRequired
from uuid import UUID

from api.core.keyset import PageQuery
from api.outbox.models import MAX_ERROR_LENGTH, State
from api.web.fields import (
    EXAMPLE_EXPIRY,
    EXAMPLE_ID,
    EXAMPLE_MESSAGE_ID,
    EXAMPLE_TIMESTAMP,
    Choices,
    Cursor,
    DateTime,
    Enum,
    Identifier,
    Integer,
    String,
)
from api.web.page_models import make_page_model, page_limit
from api.web.schemas import Model

SORTS = ("created_at", "-created_at")
MESSAGE_STATE = Choices(
    "MessageState",
    State,
    description="What has become of a message. `pending` waits for its first or next attempt, "
    "`dead` was given up.",
)
MESSAGE_SORT = Choices(
    "MessageSort", SORTS, description="The order of messages; `-` means newest first"
)

message = Model(
    "Message",
    {
        "id": Identifier(
            required=True,
            description="The id of the message, which is in the `Message-ID` of a mail",
        ),
        "kind": String(
            max_length=16, required=True, description="How it is sent. Later versions add kinds."
        ),
        "name": String(
            max_length=48, required=True, description="What it is about, such as `reset_password`"
        ),
        "subject_id": Identifier(
            required=True,
            nullable=True,
            description="The id of the account that it is about; null if it is about none",
        ),
        "state": Enum(MESSAGE_STATE, required=True, description="What has become of it"),
        "attempts": Integer(
            minimum=0,
            maximum=1000,
            required=True,
            description="How often it was tried to deliver it, since the last retry if there was "
            "one",
        ),
        "last_error": String(
            max_length=MAX_ERROR_LENGTH,
            required=True,
            nullable=True,
            description="Why the last attempt failed; null if there was none, or it succeeded",
        ),
        "created_at": DateTime(required=True, description="When it was stored"),
        "next_attempt_at": DateTime(
            required=True,
            nullable=True,
            description="When a worker tries again; null if it is not `pending`",
        ),
        "delivered_at": DateTime(
            required=True, nullable=True, description="When it was delivered; null if it was not"
        ),
    },
    description="A message that was or is to be sent, without its content.",
    example={
        "id": EXAMPLE_MESSAGE_ID,
        "kind": "mail",
        "name": "reset_password",
        "subject_id": EXAMPLE_ID,
        "state": "pending",
        "attempts": 2,
        "last_error": "450 4.2.1 mailbox busy",
        "created_at": EXAMPLE_TIMESTAMP,
        "next_attempt_at": EXAMPLE_EXPIRY,
        "delivered_at": None,
    },
)

message_page = make_page_model("MessagePage", message, "messages")

message_search = Model(
    "MessageSearch",
    {
        "limit": page_limit("messages"),
        "cursor": Cursor(),
        "state": Enum(MESSAGE_STATE, description="Messages in this state"),
        "subject": Identifier(description="Messages about the account with this id"),
        "sort": Enum(
            MESSAGE_SORT,
            default="-created_at",
            description="The order of the list. `-created_at` is newest first.",
        ),
    },
)


class MessageSearch(PageQuery):
    state: NotRequired[str]
    subject: NotRequired[UUID]
