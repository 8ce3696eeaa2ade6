from collections.abc import Mapping
from typing import Any

from api.config import settings
from api.core import secrets
from api.core.principal import Principal
from api.registration.errors import RegistrationClosed
from api.users import service as users
from api.users.models import User


def prepare(account: Mapping[str, Any]) -> dict[str, Any]:
    """Check a registration and hash its password, before the transaction.

    Raises:
        RegistrationClosed
        InvalidRequest, Overloaded: as ``users.service.prepare``.
    """
    if not settings().registration_enabled:
        raise RegistrationClosed
    return users.prepare(account)


def register(account: dict[str, Any]) -> User:
    """Create an account for the caller, from what ``prepare`` returned."""
    own_id = secrets.new_id()
    return users.create({"id": own_id, **account}, by=Principal(id=own_id))
