"""Reads secrets and URLs from files, as Docker and Kubernetes provide them."""

import os
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from api.config.problems import ConfigError


def can_be_file(field: FieldInfo) -> bool:
    return isinstance(field.json_schema_extra, dict) and bool(field.json_schema_extra.get("file"))


class FileSource(PydanticBaseSettingsSource):
    """Reads the file that ``NAME_FILE`` names, without spaces and line breaks around it."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        name = field_name.upper()
        path = os.environ.get(f"{name}_FILE") if can_be_file(field) else None
        if not path:
            return None, field_name, False
        if os.environ.get(name):
            raise ConfigError(f"{name}: set twice, also as {name}_FILE")
        return _read(f"{name}_FILE", Path(path)), field_name, False

    def __call__(self) -> dict[str, Any]:
        fields = self.settings_cls.model_fields
        read = {name: self.get_field_value(field, name)[0] for name, field in fields.items()}
        return {name: value for name, value in read.items() if value is not None}


def _read(name: str, path: Path) -> str:
    try:
        content = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or NUL in the path
        raise ConfigError(f"{name}: cannot be read ({type(error).__name__})") from None
    if not content:
        raise ConfigError(f"{name}: the file is empty")
    return content
