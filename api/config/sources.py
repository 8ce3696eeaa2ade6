"""Reads settings from the environment, and secrets and URLs also from files.

Docker and Kubernetes provide secrets as files.
"""

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource, PydanticBaseSettingsSource

from api.config.problems import ConfigError

OTHER_VARIABLES = {"USERNAME"}  # set by some systems, and similar to USERNAMES
MIN_SIMILARITY = 0.86  # of a variable that is probably a misspelt setting; 1 letter of 7


def can_be_file(field: FieldInfo) -> bool:
    return isinstance(field.json_schema_extra, dict) and bool(field.json_schema_extra.get("file"))


class EnvironmentSource(EnvSettingsSource):
    """Reads variables without spaces and line breaks around them; an empty one is not set."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        value, key, is_complex = super().get_field_value(field, field_name)
        if isinstance(value, str):
            value = value.strip() or None
        return value, key, is_complex


class FileSource(PydanticBaseSettingsSource):
    """Reads the file that ``NAME_FILE`` names, without spaces and line breaks around it."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        name = field_name.upper()
        path = os.environ.get(f"{name}_FILE", "").strip() if can_be_file(field) else None
        if not path:
            return None, field_name, False
        if os.environ.get(name, "").strip():
            raise ConfigError(f"{name}: set twice, also as {name}_FILE")
        return _read(f"{name}_FILE", Path(path)), field_name, False

    def __call__(self) -> dict[str, Any]:
        fields = self.settings_cls.model_fields
        read = {name: self.get_field_value(field, name)[0] for name, field in fields.items()}
        return {name: value for name, value in read.items() if value is not None}


def _read(name: str, path: Path) -> str:
    try:
        content = path.read_text(encoding="utf-8-sig").strip()  # some editors begin with a BOM
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or NUL in the path
        raise ConfigError(f"{name}: cannot be read ({type(error).__name__})") from None
    if not content:
        raise ConfigError(f"{name}: the file is empty")
    return content


def find_misspelt(fields: Mapping[str, FieldInfo]) -> Iterator[tuple[str, str]]:
    """Yield each variable that is no setting and nearly spelt like one, and that setting."""
    known = [name.upper() for name in fields]
    known += [f"{name.upper()}_FILE" for name, field in fields.items() if can_be_file(field)]
    for name in sorted(os.environ.keys() - OTHER_VARIABLES):
        meant = get_close_matches(name.upper(), known, 1, MIN_SIMILARITY)
        if meant and name.upper() not in known:
            yield name, meant[0]
