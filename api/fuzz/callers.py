"""The kinds of callers of a run, and what authenticates each of them."""

from typing import Protocol

from api.fuzz.client import AccountClient, Client, FuzzError
from api.fuzz.keeper import ADMIN, Keeper
from api.fuzz.options import (
    ADMINISTRATOR,
    ANONYMOUS,
    API_KEYS,
    NEWCOMER,
    PERMISSION_HOLDERS,
    SERVICE_ACCOUNT,
)
from api.fuzz.programs import MAX_KEYS, ServiceAccountClient, create_own_key

# A successful call of these may end the session of the caller.
ENDING = {
    "delete_me", "change_my_password", "log_out", "end_my_session", "end_user_session",
    "end_user_sessions", "delete_user", "update_user", "replace_user", "set_user_password",
    "withdraw_role", "refresh", "update_role", "import_users", "revoke",
}  # fmt: skip


class Caller(Protocol):
    """What sends the requests of a run."""

    def find_token(self, permission: str | None) -> str | None:
        """Return the token for an operation that needs the permission."""

    def learn(self, operation_id: str, tokens: dict[str, str]) -> None:
        """Take note of a success, and of the tokens that its response contains."""

    @property
    def oneself(self) -> AccountClient | None:
        """Return the account of the caller, if it has a single one without permissions."""


class Unauthenticated:
    """A caller without an account; a newcomer has the latest token that a response gave it."""

    oneself: AccountClient | None = None

    def __init__(self, *, keeps_tokens: bool) -> None:
        self.keeps_tokens = keeps_tokens
        self.token: str | None = None

    def find_token(self, _permission: str | None) -> str | None:
        return self.token

    def learn(self, _operation_id: str, tokens: dict[str, str]) -> None:
        if self.keeps_tokens and "access_token" in tokens:
            self.token = tokens["access_token"]


class Holders:
    """Callers with accounts: one for all operations, or one for each permission.

    When the session of an account has ended, it gets another; when the account can no longer log
    in, another account takes its place. So requests that succeed do not spoil the rest of the run.
    """

    def __init__(self, keeper: Keeper, *, role: str | None, per_permission: bool = False) -> None:
        self.keeper = keeper
        self.role = role
        self.per_permission = per_permission
        self.by_permission: dict[str, AccountClient] = {}
        self.suspects: set[str] = set()

    @property
    def oneself(self) -> AccountClient | None:
        return self.by_permission.get("") if self.role is None else None

    def find_token(self, permission: str | None) -> str | None:
        key = (permission or "") if self.per_permission else ""
        client = self.by_permission.get(key)
        if client is None:
            client = self.by_permission[key] = self._create(key)
        elif key in self.suspects:
            client = self.by_permission[key] = self._check(key, client)
        self.suspects.discard(key)
        client.log_in_if_old()
        return client.token

    def learn(self, operation_id: str, _tokens: dict[str, str]) -> None:
        if operation_id in ENDING:
            self.suspects |= self.by_permission.keys()

    def _create(self, permission: str) -> AccountClient:
        roles = [self.role] if self.role else []
        if permission:
            roles = [self.keeper.create_role(permission)]
        client = AccountClient(self.keeper.client.url, self.keeper.create_account(*roles))
        client.log_in()
        return client

    def _check(self, permission: str, client: AccountClient) -> AccountClient:
        """Return the client with a session that is accepted and has its role, or a new one."""
        if client.is_accepted() and not self._has_lost_role(client):
            return client
        try:
            client.log_in()
        except FuzzError:
            return self._create(permission)
        return self._create(permission) if self._has_lost_role(client) else client

    def _has_lost_role(self, client: AccountClient) -> bool:
        if self.role is None:
            return False
        me = Client(client.url, client.token).send("GET", "/api/me")
        return not me.ok or self.role not in me.json()["roles"]


class SingleScopeKeys:
    """API keys of an administrator: for each permission one that has it as its only scope.

    No key can change its owner, so the owner keeps its role and its keys.
    """

    oneself: AccountClient | None = None

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self.owner: AccountClient | None = None
        self.keys: dict[str, str] = {}

    def find_token(self, permission: str | None) -> str | None:
        scope = permission or ""
        if scope not in self.keys:
            if self.owner is None or len(self.keys) % MAX_KEYS == 0:
                account = self.keeper.create_account(ADMIN)
                self.owner = AccountClient(self.keeper.client.url, account)
            self.keys[scope] = create_own_key(self.owner, *filter(None, [permission])).secret
        return self.keys[scope]

    def learn(self, _operation_id: str, _tokens: dict[str, str]) -> None:
        """Do nothing: no request of a key makes it invalid."""


class ServiceAccount:
    """A service account with the role of administrators, and its access tokens."""

    oneself: AccountClient | None = None

    def __init__(self, keeper: Keeper) -> None:
        self.client = ServiceAccountClient(keeper, ADMIN)

    def find_token(self, _permission: str | None) -> str | None:
        return self.client.find_token()

    def learn(self, _operation_id: str, _tokens: dict[str, str]) -> None:
        """Do nothing: no service account changes itself."""


def make_caller(kind: str, keeper: Keeper) -> Caller:
    if kind == API_KEYS:
        return SingleScopeKeys(keeper)
    if kind == SERVICE_ACCOUNT:
        return ServiceAccount(keeper)
    if kind in {ANONYMOUS, NEWCOMER}:
        return Unauthenticated(keeps_tokens=kind == NEWCOMER)
    role = ADMIN if kind == ADMINISTRATOR else None
    return Holders(keeper, role=role, per_permission=kind == PERMISSION_HOLDERS)
