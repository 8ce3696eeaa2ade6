"""Valid settings, which tests change."""

import pytest

from api.config import ConfigError, Settings, load

STRONG = "Zw4v0pZqk1R8m2T7b5N9x3C6y8L0a2D4"
PRODUCTION = {
    "environment": "production",
    "database_url": "postgresql://rollbook@database/rollbook",
    "encryption_key": STRONG,
    "public_base_url": "https://users.example.org",
}
DEVELOPMENT = {**PRODUCTION, "environment": "development"}


def forget(monkeypatch):
    """Remove the settings of this machine."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)


def without(missing, settings=PRODUCTION):
    return {name: value for name, value in settings.items() if name != missing}


def api_error(**given) -> str:
    with pytest.raises(ConfigError) as rejected:
        load({**PRODUCTION, **given})
    return str(rejected.value)
