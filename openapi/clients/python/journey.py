"""A journey through the API: python journey.py URL ADMINISTRATOR PASSWORD."""

import json
import sys
from collections.abc import Iterator
from uuid import uuid4

from rollbook_client import AuthenticatedClient
from rollbook_client.api.registration import register
from rollbook_client.api.sessions import log_out
from rollbook_client.api.transfer import export_users, import_users
from rollbook_client.api.users import delete_me, delete_user, get_me, list_users, update_me
from rollbook_client.models import (
    ExportedUser,
    ImportedUser,
    MailRequested,
    ProfilePatch,
    Registration,
    User,
)
from rollbook_client.types import UNSET, Unset
from session import Login, RollbookError, connect, require_success, value_of

PASSWORD = "correct horse battery staple"


def register_user(url: str, name: str) -> User:
    """Register a user. Sent again with the same key, the request is not executed again."""
    body = Registration(username=name, email=f"{name}@example.org", password=PASSWORD)
    key = str(uuid4())
    answer = register.sync(client=connect(url), body=body, idempotency_key=key)
    if isinstance(answer, MailRequested):  # the operator requires confirmed e-mail addresses
        sys.exit(answer.message)
    return value_of(answer)


def register_taken_name(url: str, name: str) -> None:
    try:
        register_user(url, name)
    except RollbookError as error:
        if error.problem.error != "username_taken":
            raise
        print(f"choose another name than {name}")


def change_display_name(client: AuthenticatedClient, name: str) -> None:
    """Change the account, then try it again with the ETag of the version before the change."""
    etag = get_me.sync_detailed(client=client).headers["ETag"]
    change = ProfilePatch(display_name=name)
    me = value_of(update_me.sync(client=client, body=change, if_match=etag))
    print(f"changed the display name to {me.display_name}")
    try:
        value_of(update_me.sync(client=client, body=change, if_match=etag))
    except RollbookError as error:
        if error.problem.status != 412:
            raise
        print("the account has changed since it was read")


def list_all_users(client: AuthenticatedClient) -> Iterator[User]:
    cursor: str | Unset = UNSET
    while True:
        page = value_of(list_users.sync(client=client, limit=2, cursor=cursor))
        yield from page.items
        if page.next_ is None:
            return
        cursor = page.next_


def import_in_chunks(client: AuthenticatedClient, rows: list[ImportedUser]) -> int:
    """Import two users per request, and return how many accounts were created."""
    created = 0
    for start in range(0, len(rows), 2):
        chunk, key = rows[start : start + 2], str(uuid4())
        result = value_of(import_users.sync(client=client, body=chunk, idempotency_key=key))
        created += result.created
    return created


def export_all_users(client: AuthenticatedClient, source: str) -> Iterator[ExportedUser]:
    """Export the users of a source, two per request."""
    cursor: str | Unset = UNSET
    while True:
        page = export_users.sync_detailed(
            client=client, limit=2, external_source=source, cursor=cursor
        )
        for line in value_of(page.parsed).payload:
            yield ExportedUser.from_dict(json.loads(line))
        if page.headers["X-Last-Page"] == "true":
            return
        cursor = page.headers["X-Next-Cursor"]


def use_own_account(url: str, name: str) -> None:
    print(f"registered {register_user(url, name).username}")
    register_taken_name(url, name)
    login = Login.with_password(url, name, PASSWORD)
    change_display_name(login.client, "Ada Lovelace")
    login.refresh(login.tokens.access_token)
    print(f"refreshed the tokens of {value_of(get_me.sync(client=login.client)).username}")
    require_success(delete_me.sync_detailed(client=login.client))


def move_users(url: str, administrator: str, password: str, source: str) -> None:
    client = Login.with_password(url, administrator, password).client
    rows = [
        ImportedUser(email=f"{source}-{n}@example.org", external_source=source, external_id=str(n))
        for n in range(3)
    ]
    print(f"imported {import_in_chunks(client, rows)} users")
    exported = list(export_all_users(client, source))
    print(f"exported {len(exported)} users")
    print(f"listed {sum(1 for _ in list_all_users(client))} users")
    for user in exported:
        require_success(delete_user.sync_detailed(user.id, client=client))
    require_success(log_out.sync_detailed(client=client))
    print("logged out")


if __name__ == "__main__":
    url, administrator, password = sys.argv[1:]
    mark = uuid4().hex[:8]
    use_own_account(url, f"ada-{mark}")
    move_users(url, administrator, password, source=f"journey-{mark}")
