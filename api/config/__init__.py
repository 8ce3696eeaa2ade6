"""The settings: read once from the environment, typed, and checked before the service starts."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from api.config.fields import (
    COSTLY_HASH_QUEUE,
    COSTLY_HASH_THREADS,
    Settings,
)
from api.config.kinds import SigningAlgorithm
from api.config.problems import ConfigError, describe
from api.config.safety import reject_unsafe
from api.config.service_fields import USERNAME_CHARACTERS
from api.config.sources import find_misspelt

if TYPE_CHECKING:
    from flask import Flask

__all__ = [
    "COSTLY_HASH_QUEUE",
    "COSTLY_HASH_THREADS",
    "MIGRATIONS",
    "USERNAME_CHARACTERS",
    "ConfigError",
    "Settings",
    "SigningAlgorithm",
    "init_app",
    "list_misspelt",
    "load",
]

MIGRATIONS = str(Path(__file__).parents[1] / "migrations")

FLASK_NAMES = {"SQLALCHEMY_DATABASE_URI": "database_url"}


def load(test_config: Mapping[str, object] | None = None) -> Settings:
    """Read the environment; ``test_config`` overrides it.

    Raises:
        ConfigError: a setting is wrong. The text is one line without values.
    """
    try:
        loaded = Settings(**_rename_test_config(test_config or {}))
    except ValidationError as error:
        raise ConfigError(*describe(error)) from None  # the cause would show the values
    reject_unsafe(loaded)
    return loaded


def list_misspelt() -> list[tuple[str, str]]:
    """Return each variable that is probably a misspelt setting, and the setting."""
    return list(find_misspelt(Settings.model_fields))


def _rename_test_config(test_config: Mapping[str, object]) -> dict[str, Any]:
    given: dict[str, Any] = {
        FLASK_NAMES.get(name, name.lower()): value for name, value in test_config.items()
    }
    if given.pop("testing", False):
        given.setdefault("environment", "testing")
    if unknown := sorted(given.keys() - Settings.model_fields.keys()):
        raise ConfigError(*(f"{name.upper()}: no such setting" for name in unknown))
    return given


def init_app(app: "Flask", loaded: Settings) -> None:
    app.config.update(
        DEBUG=loaded.debug,
        TESTING=loaded.testing,
        SQLALCHEMY_DATABASE_URI=loaded.database_url,
        MAX_CONTENT_LENGTH=loaded.max_body_bytes,
    )
