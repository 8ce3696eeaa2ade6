"""What belongs to one application: its settings, and what is made from them once, at start."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from api.config import Settings
    from api.core.cursors import Cursors
    from api.core.encryption import Cipher
    from api.idempotency.service import IdempotencyStore
    from api.login.device_tokens import DeviceTokens
    from api.sessions.refresh_tokens import RefreshTokens

EXTENSION = "rollbook"


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """The parts of one application that services use; ``app.py`` makes them.

    It is stored in the application and not in a module, so two applications in one process do not
    disturb each other.
    """

    settings: "Settings"
    cursors: "Cursors"
    device_tokens: "DeviceTokens"
    refresh_tokens: "RefreshTokens"
    idempotency_store: "IdempotencyStore"
    outbox_cipher: "Cipher"
    webhook_cipher: "Cipher"


def current_runtime() -> Runtime:
    """Return the runtime of the current application."""
    runtime: Runtime = current_app.extensions[EXTENSION]
    return runtime


def current_settings() -> "Settings":
    """Return the settings of the current application."""
    return current_runtime().settings
