"""The models of service accounts, with the typed form of each input."""

from typing import Any, NotRequired, TypedDict

from api.core.keyset import PageQuery
from api.roles.assignments import MAX_ROLES_PER_USER
from api.service_accounts.models import Status
from api.web.fields import (
    EXAMPLE_ROOT_ID,
    EXAMPLE_SERVICE_ACCOUNT_ID,
    EXAMPLE_TIMESTAMP,
    Choices,
    Cursor,
    DateTime,
    Enum,
    Identifier,
    Slug,
    String,
    StringList,
)
from api.web.page_models import make_page_model, page_limit
from api.web.schemas import Model

SORTS = ("created_at", "-created_at")
STATUS = Choices(
    "ServiceAccountStatus", Status, description="Whether the credentials of the account are valid"
)
SORT = Choices(
    "ServiceAccountSort",
    SORTS,
    description="The order of service accounts; `-` means newest first",
)


def account_name(**keywords: bool) -> String:
    description = (
        "The name of the service account, in any script. No other one has it; letter case does not "
        "matter. Invisible characters are rejected."
    )
    form: dict[str, Any] = {"max_length": 80, "min_length": 1, "format": "name"}
    return String(**form, description=description, **keywords)


def account_description(**keywords: Any) -> String:
    return String(
        max_length=200,
        description="What the account is for, in plain text, such as who runs the program",
        **keywords,
    )


def status_reason(**keywords: bool) -> String:
    description = (
        "Why an administrator gave the account this status; null if there is no reason. A change "
        "of the status without a reason sets it to null."
    )
    return String(max_length=500, min_length=1, nullable=True, description=description, **keywords)


def role_names(**keywords: Any) -> StringList:
    description = (
        "The names of the roles of the account. A service account does not have the role `user`, "
        "which only users have."
    )
    return StringList(Slug(), max_items=MAX_ROLES_PER_USER, description=description, **keywords)


NIGHTLY_SYNC = {"name": "Nightly sync", "description": "Copies users to the CRM every night."}

service_account = Model(
    "ServiceAccount",
    {
        "id": Identifier(
            required=True,
            description="The id of the account, which is its `client_id` of OAuth 2.0. It never "
            "changes.",
        ),
        "name": account_name(required=True),
        "description": account_description(required=True),
        "roles": role_names(required=True),
        "status": Enum(
            STATUS,
            required=True,
            description="No credential, token or API key of a `suspended` account is accepted.",
        ),
        "status_reason": status_reason(required=True),
        "created_by": Identifier(
            required=True,
            nullable=True,
            description="The id of the user or service account that created it; null for the "
            "operator with the command line",
        ),
        "created_at": DateTime(required=True, description="When it was created"),
        "updated_at": DateTime(
            required=True, description="When it, or one of its role assignments, last changed"
        ),
    },
    example={
        "id": EXAMPLE_SERVICE_ACCOUNT_ID,
        **NIGHTLY_SYNC,
        "roles": ["support"],
        "status": "active",
        "status_reason": None,
        "created_by": EXAMPLE_ROOT_ID,
        "created_at": EXAMPLE_TIMESTAMP,
        "updated_at": EXAMPLE_TIMESTAMP,
    },
    description="The account of a program. It has roles like a user, and no password.",
)

service_account_creation = Model(
    "ServiceAccountCreation",
    {
        "name": account_name(required=True),
        "description": account_description(default=""),
        "roles": role_names(),
    },
    description="A new service account. Only the name is required.",
    example=NIGHTLY_SYNC,
)

service_account_patch = Model(
    "ServiceAccountPatch",
    {
        "name": account_name(),
        "description": account_description(),
        "status": Enum(
            STATUS,
            description="`suspended`: no credential of the account is accepted from the next "
            "request on. `active`: they are accepted again.",
        ),
        "status_reason": status_reason(),
    },
    description="The members of a service account that change.",
    example={"status": "suspended", "status_reason": "The secret was in a public log."},
)

service_account_page = make_page_model("ServiceAccountPage", service_account, "service accounts")

service_account_search = Model(
    "ServiceAccountSearch",
    {
        "limit": page_limit("service accounts"),
        "cursor": Cursor(),
        "status": Enum(STATUS, description="Service accounts with this status"),
        "role": Slug(description="Service accounts with this role", examples=["support"]),
        "q": String(
            max_length=80,
            description="A part of the name, in any letter case. An empty text is no filter.",
            examples=["sync"],
        ),
        "sort": Enum(
            SORT,
            default="-created_at",
            description="The order of the list. `-` means newest first. A cursor belongs to one "
            "order.",
        ),
    },
)


class ServiceAccountSearch(PageQuery):
    status: NotRequired[str]
    role: NotRequired[str]
    q: NotRequired[str]


class ServiceAccountCreation(TypedDict):
    name: str
    description: NotRequired[str]
    roles: NotRequired[list[str]]


class ServiceAccountPatch(TypedDict, total=False):
    name: str
    description: str
    status: str
    status_reason: str | None
