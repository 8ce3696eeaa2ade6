from api.core import secrets
from api.core.principal import Principal
from api.core.runtime import current_settings
from api.languages.choice import find_requested_language
from api.registration.errors import RegistrationClosed
from api.registration.schemas import Registration
from api.users import service as users
from api.users.models import User
from api.users.schemas import PreparedUser, UserCreation


def prepare(account: Registration) -> PreparedUser:
    """Check a registration and hash its password.

    This takes long, so call it before the transaction.

    Raises:
        RegistrationClosed: the setting REGISTRATION_ENABLED is off.
        InvalidRequest, Overloaded: as ``users.service.prepare``.
    """
    if not current_settings().registration_enabled:
        raise RegistrationClosed
    return users.prepare(
        UserCreation(
            username=account.get("username"),
            email=account["email"],
            password=account["password"],
            locale=account.get("locale") or find_requested_language(),
        )
    )


def register(account: PreparedUser) -> User:
    """Create an account for the caller, from what ``prepare`` returned."""
    own_id = secrets.new_id()
    return users.create({**account, "id": own_id}, by=Principal(id=own_id))
