"""The models of an export, and of the link that undoes a deletion."""

from typing import Any, NotRequired, TypedDict

from api.api_keys.schemas import api_key
from api.audit.schemas import event
from api.credentials.schemas import login_attempts
from api.invitations.models import State as InvitationState
from api.invitations.schemas import EXAMPLE_TOKEN
from api.one_time_tokens.models import TokenPurpose
from api.outbox.models import State
from api.personal_data.lists import MAX_ITEMS
from api.roles.assignments import MAX_ROLES_PER_USER
from api.sessions.models import Reason
from api.users.schemas import user
from api.web.fields import (
    EXAMPLE_API_KEY_ID,
    EXAMPLE_EXPIRY,
    EXAMPLE_INVITATION_ID,
    EXAMPLE_SESSION_ID,
    EXAMPLE_TIMESTAMP,
    Cursor,
    DateTime,
    Email,
    Enum,
    Identifier,
    Integer,
    List,
    Nested,
    Slug,
    String,
    StringList,
)
from api.web.schemas import Model

MAX_EVENTS = 1000  # on a page
CREATED = DateTime(required=True, description="When it was stored")


def listed(model: Model, description: str) -> List:
    return List(model, required=True, max_items=MAX_ITEMS, description=description)


session = Model(
    "ExportedSession",
    {
        "id": Identifier(required=True, description="The id of the session"),
        "device": String(
            max_length=80, required=True, description="The browser or the program that opened it"
        ),
        "address": String(
            max_length=45,
            required=True,
            nullable=True,
            description="The client IP address that opened it; null if it is not known",
        ),
        "created_at": DateTime(required=True, description="When you logged in"),
        "authenticated_at": DateTime(
            required=True, description="When the password was last verified in it"
        ),
        "last_used_at": DateTime(required=True, description="When it was last refreshed"),
        "expires_at": DateTime(
            required=True, description="When it ends at the latest", examples=[EXAMPLE_EXPIRY]
        ),
        "ended_at": DateTime(
            required=True, nullable=True, description="When it ended; null if it has not"
        ),
        "end_reason": Enum(
            Reason, required=True, nullable=True, description="Why it ended; null if it has not"
        ),
    },
    description="A session, also one that has ended, until it is deleted.",
    example={
        "id": EXAMPLE_SESSION_ID,
        "device": "Firefox on Linux",
        "address": "192.0.2.7",
        "created_at": EXAMPLE_TIMESTAMP,
        "authenticated_at": EXAMPLE_TIMESTAMP,
        "last_used_at": EXAMPLE_TIMESTAMP,
        "expires_at": EXAMPLE_EXPIRY,
        "ended_at": None,
        "end_reason": None,
    },
)

api_key_network = Model(
    "ApiKeyNetwork",
    {
        "key_id": Identifier(required=True, description="The id of the API key"),
        "network": String(
            max_length=43, required=True, description="The network: an IPv4 /24 or an IPv6 /48"
        ),
        "first_used_at": DateTime(
            required=True, description="When the key was created or first used there"
        ),
    },
    description="A network from which one of your API keys was used.",
    example={
        "key_id": EXAMPLE_API_KEY_ID,
        "network": "192.0.2.0/24",
        "first_used_at": EXAMPLE_TIMESTAMP,
    },
)

INVITATION_MEMBERS: dict[str, Any] = {
    "id": Identifier(required=True, description="The id of the invitation"),
    "roles": StringList(
        Slug(),
        required=True,
        max_items=MAX_ROLES_PER_USER,
        description="The roles of the invitation",
    ),
    "state": Enum(InvitationState, required=True, description="What has become of the invitation"),
    "created_at": DateTime(required=True, description="When it was first sent"),
    "expires_at": DateTime(
        required=True, description="Until when it can be accepted", examples=[EXAMPLE_EXPIRY]
    ),
}
INVITATION_EXAMPLE = {
    "id": EXAMPLE_INVITATION_ID,
    "roles": [],
    "state": "accepted",
    "created_at": EXAMPLE_TIMESTAMP,
    "expires_at": EXAMPLE_EXPIRY,
}

received_invitation = Model(
    "ReceivedInvitation",
    {
        **INVITATION_MEMBERS,
        "email": Email(required=True, description="The e-mail address to which it was sent"),
    },
    description="An invitation to you.",
    example={**INVITATION_EXAMPLE, "email": "ada@example.org"},
)

sent_invitation = Model(
    "SentInvitation",
    INVITATION_MEMBERS,
    description="An invitation that you have sent, without the e-mail address of its receiver.",
    example=INVITATION_EXAMPLE,
)

pending_link = Model(
    "PendingLink",
    {
        "purpose": Enum(TokenPurpose, required=True, description="What the link is for"),
        "email": Email(
            required=True,
            nullable=True,
            description="The e-mail address that it is about; null if it is about none",
        ),
        "created_at": CREATED,
        "expires_at": DateTime(
            required=True, description="Until when it works", examples=[EXAMPLE_EXPIRY]
        ),
    },
    description="A link in a mail to you that has not been used yet, without its token.",
    example={
        "purpose": "reset_password",
        "email": "ada@example.org",
        "created_at": EXAMPLE_TIMESTAMP,
        "expires_at": EXAMPLE_EXPIRY,
    },
)

mail = Model(
    "StoredMail",
    {
        "name": String(max_length=48, required=True, description="What the mail is about"),
        "state": Enum(State, required=True, description="Whether it has been delivered"),
        "created_at": CREATED,
        "delivered_at": DateTime(
            required=True, nullable=True, description="When it was delivered; null if it was not"
        ),
    },
    description="A mail to you, without its content.",
    example={
        "name": "password_changed",
        "state": "delivered",
        "created_at": EXAMPLE_TIMESTAMP,
        "delivered_at": EXAMPLE_TIMESTAMP,
    },
)


def _example(model: Model) -> Any:
    return model.also["examples"][0]


export = Model(
    "PersonalData",
    {
        "exported_at": DateTime(required=True, description="When this was read"),
        "user": Nested(user, required=True, description="Your account"),
        "login_attempts": Nested(
            login_attempts, required=True, description="The failed logins that count now"
        ),
        "sessions": listed(session, "Your sessions, newest first"),
        "api_keys": listed(api_key, "Your API keys, newest first"),
        "api_key_networks": listed(
            api_key_network, "The networks from which your API keys were used, newest first"
        ),
        "received_invitations": listed(received_invitation, "Invitations to you"),
        "sent_invitations": listed(sent_invitation, "Invitations that you have sent"),
        "pending_links": listed(pending_link, "Links in mails to you that still work"),
        "mails": listed(
            mail,
            "Mails to you, newest first; deleted some days after the delivery. Mails to an e-mail "
            "address that is not yours yet (`email_change_requested`) are not here: they would "
            "reveal whether it has an account.",
        ),
        "truncated": StringList(
            Slug(),
            required=True,
            max_items=7,
            description=f"The names of the lists that have more than {MAX_ITEMS:,} items, of which "
            "only the newest are here",
        ),
        "audit_events": List(
            event,
            required=True,
            max_items=MAX_EVENTS,
            description="A page of the audit events about you and by you, newest first. The client "
            "IP address is null unless you are the actor: after a failed login it is perhaps that "
            "of another person. Events about the mails that `mails` leaves out are not here.",
        ),
        "next": Cursor(is_next=True),
    },
    description="What is stored about you. It has no password, hash or token.",
    example={
        "exported_at": EXAMPLE_TIMESTAMP,
        "user": _example(user),
        "login_attempts": _example(login_attempts),
        "sessions": [_example(session)],
        "api_keys": [_example(api_key)],
        "api_key_networks": [_example(api_key_network)],
        "received_invitations": [],
        "sent_invitations": [],
        "pending_links": [],
        "mails": [_example(mail)],
        "truncated": [],
        "audit_events": [_example(event)],
        "next": None,
    },
)

export_query = Model(
    "PersonalDataQuery",
    {
        "limit": Integer(
            minimum=1,
            maximum=MAX_EVENTS,
            default=MAX_EVENTS,
            description="The maximum number of audit events on a page",
        ),
        "cursor": Cursor(),
    },
)

cancellation = Model(
    "DeletionCancellation",
    {
        "token": String(
            max_length=256,
            min_length=1,
            required=True,
            description="The token in the link of the mail",
        )
    },
    description="The token that undoes the deletion of an account.",
    example={"token": EXAMPLE_TOKEN},
)


class ExportQuery(TypedDict):
    limit: int
    cursor: NotRequired[str]


class DeletionCancellation(TypedDict):
    token: str
