"""Finding the user or the service account that an argument of a command names."""

from contextlib import suppress
from uuid import UUID

import click

from api.commands.pages import PAGE_ROWS, read_pages
from api.core import identifiers
from api.service_accounts import search as service_accounts
from api.service_accounts.errors import ServiceAccountNotFound
from api.service_accounts.search import ServiceAccountRow
from api.users import credentials, search, service
from api.users.errors import UserNotFound
from api.users.models import Profile, User
from api.users.search_schemas import UserSearch


def find_user(name: str) -> Profile:
    """Return the user with this id, username or e-mail address.

    An id is looked up first, because another user may have chosen it as username.

    Raises:
        UserNotFound
    """
    with suppress(UserNotFound):
        return service.get_profile(_parse_id(name))
    account = credentials.find_credentials(name, None) or credentials.find_credentials(None, name)
    if account is None:
        raise UserNotFound
    return service.get_profile(account.id)


def find_deleted_user(name: str) -> UUID:
    """Return the id of the deleted user with this username, e-mail address or id.

    Raises:
        UserNotFound
        click.UsageError: several deleted users had this name.
    """
    with suppress(UserNotFound):
        return _parse_id(name)
    query = UserSearch(limit=PAGE_ROWS, sort="username", deleted=True, q=name)
    matching = [user.id for user in read_pages(search.find, query) if _has_name(user, name)]
    if not matching:
        raise UserNotFound
    if len(matching) > 1:
        ids = ", ".join(map(str, matching))
        raise click.UsageError(f"Several deleted users had this name; give one of the ids {ids}.")
    return matching[0]


def find_service_account(name: str) -> ServiceAccountRow:
    """Return the service account with this id or name; an id is looked up first.

    Raises:
        ServiceAccountNotFound
    """
    with suppress(ServiceAccountNotFound, UserNotFound):
        return service_accounts.get_account(_parse_id(name))
    account = service_accounts.find_by_name(name)
    if account is None:
        raise ServiceAccountNotFound
    return account


def name_user(user: Profile | User) -> str:
    """Return the username of a user, or the e-mail address of one who has none."""
    return user.username or user.email


def _has_name(user: Profile, name: str) -> bool:
    keys = {identifiers.username_key(user.username or ""), identifiers.email_key(user.email)}
    return not keys.isdisjoint({identifiers.username_key(name), identifiers.email_key(name)})


def _parse_id(name: str) -> UUID:
    try:
        return UUID(name)
    except ValueError:
        raise UserNotFound from None
