"""The models of invitations, with the typed form of each input."""

from typing import NotRequired, TypedDict

from api.core.keyset import PageQuery
from api.invitations.models import State
from api.roles.assignments import MAX_ROLES_PER_USER
from api.users.fields import display_name, locale
from api.users.schemas import PreparedUser
from api.web.fields import (
    EXAMPLE_EXPIRY,
    EXAMPLE_INVITATION_ID,
    EXAMPLE_ROOT_ID,
    EXAMPLE_TIMESTAMP,
    Choices,
    Cursor,
    DateTime,
    Email,
    Enum,
    Identifier,
    Password,
    Slug,
    String,
    StringList,
    Username,
)
from api.web.page_models import make_page_model, page_limit
from api.web.schemas import Model

EXAMPLE_TOKEN = "dGhlIGxpbmsgaW4gdGhlIG1haWwgaGFzIG9uZSwgb25l"  # noqa: S105  an example
SORTS = ("created_at", "-created_at")
STATE = Choices("InvitationState", State, description="What has become of an invitation")
INVITATION_SORT = Choices(
    "InvitationSort", SORTS, description="The order of invitations; `-` means newest first"
)
INVITED_EMAIL = "The e-mail address to which the invitation is sent"


def roles(**keywords: bool) -> StringList:
    description = (
        "The names of the roles that the account will have. Every user also has the role `user`, "
        f"which does not count towards the limit of {MAX_ROLES_PER_USER} roles."
    )
    return StringList(Slug(), max_items=MAX_ROLES_PER_USER + 1, description=description, **keywords)


invitation = Model(
    "Invitation",
    {
        "id": Identifier(required=True, description="The id of the invitation"),
        "email": Email(required=True, description=INVITED_EMAIL),
        "username": Username(required=True),
        "display_name": display_name(required=True),
        "roles": roles(required=True),
        "locale": locale(required=True),
        "state": Enum(
            State,
            required=True,
            description="`open` until it is accepted or revoked, or `expired` after 7 days "
            "(INVITATION_DAYS)",
        ),
        "invited_by": Identifier(
            required=True,
            nullable=True,
            description="The id of the user or service account that sent it last; null for the "
            "operator with the command line",
        ),
        "user_id": Identifier(
            required=True,
            nullable=True,
            description="The id of the account, once the invitation is accepted; else null",
        ),
        "created_at": DateTime(required=True, description="When it was first sent"),
        "expires_at": DateTime(
            required=True,
            examples=[EXAMPLE_EXPIRY],
            description="Until when it can be accepted",
        ),
        "accepted_at": DateTime(
            required=True, nullable=True, description="When it was accepted; else null"
        ),
        "revoked_at": DateTime(
            required=True,
            nullable=True,
            description="When it was revoked, or another invitation to this address was accepted; "
            "else null",
        ),
    },
    description="An invitation to create an account. It does not show whether the e-mail address "
    "had an account before.",
    example={
        "id": EXAMPLE_INVITATION_ID,
        "email": "hedy@example.org",
        "username": None,
        "display_name": "Hedy Lamarr",
        "roles": [],
        "locale": "en",
        "state": "open",
        "invited_by": EXAMPLE_ROOT_ID,
        "user_id": None,
        "created_at": EXAMPLE_TIMESTAMP,
        "expires_at": EXAMPLE_EXPIRY,
        "accepted_at": None,
        "revoked_at": None,
    },
)

invitation_creation = Model(
    "InvitationCreation",
    {
        "email": Email(required=True, description=INVITED_EMAIL),
        "username": Username(),
        "display_name": display_name(),
        "roles": roles(),
        "locale": locale(),
    },
    description="Whom to invite, and what the account will have. Only the e-mail address is "
    "required.",
    example={"email": "hedy@example.org", "display_name": "Hedy Lamarr", "locale": "en"},
)

acceptance = Model(
    "InvitationAcceptance",
    {
        "token": String(
            max_length=256,
            min_length=1,
            required=True,
            description="The token in the link of the mail",
        ),
        "password": Password(
            required=True,
            description="The password of the new account, with at most 256 characters. The rules "
            "are those of a registration.",
        ),
        "username": Username(),
    },
    description="The acceptance of an invitation. A username replaces that of the invitation.",
    example={"token": EXAMPLE_TOKEN, "password": "a nanosecond is a foot of wire"},
)

invitation_page = make_page_model("InvitationPage", invitation, "invitations")

invitation_search = Model(
    "InvitationSearch",
    {
        "limit": page_limit("invitations"),
        "cursor": Cursor(),
        "state": Enum(STATE, description="Invitations with this state"),
        "sort": Enum(
            INVITATION_SORT,
            default="-created_at",
            description="The order of the list. `-` means newest first. A cursor belongs to one "
            "order.",
        ),
    },
)


class InvitationSearch(PageQuery):
    state: NotRequired[str]


class InvitationCreation(TypedDict):
    email: str
    username: NotRequired[str | None]
    display_name: NotRequired[str | None]
    roles: NotRequired[list[str]]
    locale: NotRequired[str | None]


class InvitationAcceptance(TypedDict):
    token: str
    password: str
    username: NotRequired[str | None]


class PreparedAcceptance(TypedDict):
    """An acceptance whose password was hashed before the transaction."""

    token: str
    account: PreparedUser
