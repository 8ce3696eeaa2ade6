"""Give a program an API key: python program.py URL ADMINISTRATOR PASSWORD."""

import sys
from datetime import UTC, datetime, timedelta

from rollbook_client import AuthenticatedClient
from rollbook_client.api.api_keys import create_my_api_key, revoke_my_api_key
from rollbook_client.api.roles import list_roles
from rollbook_client.api.users import list_users
from rollbook_client.models import ApiKeyCreation, CreatedApiKey, PermissionName
from session import Login, RollbookError, make_options, require_success, value_of


def create_key(client: AuthenticatedClient) -> CreatedApiKey:
    """Create a key with which a program can list users, and nothing else."""
    body = ApiKeyCreation(
        name="Nightly report",
        scopes=[PermissionName("users:read")],
        expires_at=datetime.now(UTC) + timedelta(days=90),
    )
    return value_of(create_my_api_key.sync(client=client, body=body))


def connect_program(url: str, api_key: str) -> AuthenticatedClient:
    """Return a client that sends the key. It has no login, so nothing is refreshed."""
    return AuthenticatedClient(
        url, token=api_key, raise_on_unexpected_status=True, httpx_args=make_options()
    )


def use_key(url: str, api_key: str) -> None:
    program = connect_program(url, api_key)
    page = value_of(list_users.sync(client=program))
    print(f"the program lists users: {len(page.items) > 0}")
    try:
        value_of(list_roles.sync(client=program))
    except RollbookError as error:
        print(f"the program lacks {error.problem.permission}")


def use_revoked_key(url: str, api_key: str) -> None:
    try:
        value_of(list_users.sync(client=connect_program(url, api_key)))
    except RollbookError as error:
        print(f"the key is not valid: {error.problem.error}")


if __name__ == "__main__":
    url, administrator, password = sys.argv[1:]
    login = Login.with_password(url, administrator, password)
    key = create_key(login.client)
    use_key(url, key.key)
    require_success(revoke_my_api_key.sync_detailed(key.id, client=login.client))
    use_revoked_key(url, key.key)
