"""Devices: each of them has a session of its own."""

from dataclasses import dataclass, replace
from typing import Any

from features.errors import get_error_codes
from features.personas import has_session, refresh_session, use_tokens
from tests.support import Person

USER_AGENTS = {
    "tablet": "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36",
    "phone": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
    "laptop": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}


@dataclass
class Device:
    """The user of a device, with the tokens that the device has."""

    person: Person

    @property
    def session_id(self) -> str:
        return self.person.session_id

    def copy(self) -> "Device":
        return replace(self)

    def refresh(self) -> Any:
        """Refresh the session, and keep the new tokens if there are any."""
        response = refresh_session(self.person)
        if not get_error_codes(response):
            self.person = use_tokens(self.person, response)
        return response

    def is_logged_in(self) -> bool:
        """Return whether both tokens of the device work."""
        return has_session(self.person) and not get_error_codes(self.refresh())
