from typing import Any

from api.config import settings
from api.core import secrets
from api.core.principal import Principal
from api.registration.errors import RegistrationClosed
from api.users import service as users
from api.users.models import User


def register(account: dict[str, Any]) -> User:
    """Open an account for whoever asks, where that is allowed."""
    if not settings().registration_enabled:
        raise RegistrationClosed
    own_id = secrets.new_id()
    return users.create({"id": own_id, **account}, by=Principal(id=own_id))
