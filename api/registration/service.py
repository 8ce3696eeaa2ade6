from typing import Any

from api.config import settings
from api.registration.errors import RegistrationClosed
from api.users import service as users
from api.users.models import User


def register(profile: dict[str, Any]) -> User:
    """Open an account for whoever asks, where that is allowed; ``profile`` holds the password."""
    if not settings().registration_enabled:
        raise RegistrationClosed
    profile = dict(profile)
    return users.create(profile, profile.pop("password"), by=None)
