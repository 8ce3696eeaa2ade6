"""What a run creates for programs: service accounts, their credentials, API keys, webhooks."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from api.fuzz.client import SESSION_SECONDS, AccountClient, Client
from api.fuzz.keeper import Keeper

FORM = "application/x-www-form-urlencoded"
MAX_KEYS = 20  # of one owner


@dataclass(frozen=True)
class Child:
    """Something that belongs to a service account, a webhook or a user."""

    parent: str
    id: str
    secret: str = ""


def create_credential(keeper: Keeper) -> Child:
    """Create a service account, and a client secret of it."""
    account = keeper.create_service_account()
    return create_secret(keeper, account)


def create_secret(keeper: Keeper, account: str) -> Child:
    path, body = (
        f"/api/service-accounts/{account}/credentials",
        {"kind": "client_secret", "name": "fuzz"},
    )
    created = keeper.client.require("POST", path, body=body)
    return Child(account, created["id"], created["client_secret"])


def create_account_key(keeper: Keeper) -> Child:
    """Create a service account, and an API key of it."""
    return create_key(keeper, keeper.create_service_account())


def create_key(keeper: Keeper, account: str, *scopes: str) -> Child:
    path, body = f"/api/service-accounts/{account}/api-keys", _make_key(*scopes)
    created = keeper.client.require("POST", path, body=body)
    return Child(account, created["id"], created["key"])


def create_user_key(keeper: Keeper) -> Child:
    """Create a user, and an API key of it."""
    return create_own_key(AccountClient(keeper.client.url, keeper.create_account()))


def create_own_key(client: AccountClient, *scopes: str) -> Child:
    created = client.require("POST", "/api/me/api-keys", body=_make_key(*scopes))
    return Child(client.account.id, created["id"], created["key"])


def _make_key(*scopes: str) -> dict[str, Any]:
    return {"name": "fuzz", "scopes": [*scopes]}


def create_delivery(keeper: Keeper) -> Child:
    """Create a webhook, and a test delivery to it."""
    webhook = keeper.create_webhook()
    created = keeper.client.require("POST", f"/api/webhooks/{webhook}/test")
    return Child(webhook, created["id"])


def create_deliveries(keeper: Keeper) -> Child:
    """Create a webhook, and two test deliveries to it: one for each of two small pages."""
    first = create_delivery(keeper)
    keeper.client.require("POST", f"/api/webhooks/{first.parent}/test")
    return first


# The parameters of a path that name a child and its parent, and what creates both.
CHILDREN: dict[tuple[str, str], Callable[[Keeper], Child]] = {
    ("account_id", "credential_id"): create_credential,
    ("account_id", "key_id"): create_account_key,
    ("user_id", "key_id"): create_user_key,
    ("webhook_id", "delivery_id"): create_delivery,
}
# The ends of the paths of lists of children, and what creates a parent with some of them.
PARENTS: dict[str, tuple[str, Callable[[Keeper], Child]]] = {
    "{account_id}/api-keys": ("account_id", create_account_key),
    "{account_id}/credentials": ("account_id", create_credential),
    "{user_id}/api-keys": ("user_id", create_user_key),
    "{webhook_id}/deliveries": ("webhook_id", create_deliveries),
}


class ProgramKeys:
    """API keys of service accounts that have all permissions, one key for each set of scopes."""

    def __init__(self, keeper: Keeper, role: str) -> None:
        self.keeper = keeper
        self.role = role
        self.keys: dict[tuple[str, ...], str] = {}
        self.account = ""

    def find(self, *scopes: str) -> str:
        if scopes not in self.keys:
            if len(self.keys) % MAX_KEYS == 0:
                self.account = self.keeper.create_service_account(self.role)
            self.keys[scopes] = create_key(self.keeper, self.account, *scopes).secret
        return self.keys[scopes]


def make_token_form(credential: Child) -> str:
    """Return the form with which a service account gets an access token (RFC 6749, 4.4.2)."""
    members = {
        "grant_type": "client_credentials",
        "client_id": credential.parent,
        "client_secret": credential.secret,
    }
    return urlencode(members)


class ServiceAccountClient(Client):
    """A client that gets access tokens with a client secret."""

    def __init__(self, keeper: Keeper, role: str) -> None:
        super().__init__(keeper.client.url)
        account = keeper.create_service_account(role)
        self.credential = create_secret(keeper, account)
        self.issued_at = 0.0

    def find_token(self) -> str:
        """Return an access token that does not expire soon."""
        if self.token is None or monotonic() - self.issued_at > SESSION_SECONDS:
            form, headers = make_token_form(self.credential), {"Content-Type": FORM}
            issued = Client(self.url).require(
                "POST", "/oauth/token", data=form.encode(), headers=headers
            )
            self.token, self.issued_at = str(issued["access_token"]), monotonic()
        return self.token
