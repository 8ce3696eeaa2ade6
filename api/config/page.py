"""Writes `docs/configuration.md` from the settings."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from api.config.fields import Settings
from api.config.sources import can_be_file

HEAD = """\
# Configuration

Every setting is an environment variable. The service reads the settings once and checks them when
it starts. If a setting is wrong or unsafe, it does not start, and prints one line that names the
setting and not its value. `rollbook config check` only checks the settings.

Settings marked ◆ can come from a file, as Docker and Kubernetes provide secrets:
`ENCRYPTION_KEY_FILE` names the file, and its content is the value. Set one of the two. An empty
variable counts as not set. White space around a value does not belong to it. A value with another
invisible character, or with quotes around it, is rejected.

`rollbook config docs` writes this page from `api/config/`.
"""
TABLE = "| setting | values | default | what it does |\n|---|---|---|---|"
KINDS = {bool: "`true`, `false`", int: "number", tuple: "list with commas", Path: "path"}


def render_page() -> str:
    return HEAD + "\n".join(_render_sections(Settings.model_fields.items())) + "\n"


def _render_sections(fields: Iterable[tuple[str, FieldInfo]]) -> Iterator[str]:
    for name, field in fields:
        if section := _get_extra(field, "section"):
            yield f"\n## {section}\n\n{TABLE}"
        mark = " ◆" if can_be_file(field) else ""
        cells = (
            f"`{name.upper()}`{mark}",
            _describe_values(field),
            _describe_default(field),
            field.description,
        )
        yield f"| {' | '.join(map(str, cells))} |"


def _describe_values(field: FieldInfo) -> str:
    kind = _get_type(field.annotation)
    if get_origin(kind) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(kind))
    return KINDS.get(get_origin(kind) or kind, "text") + _describe_bounds(field)


def _get_type(annotation: Any) -> Any:
    """Return the type without ``None``."""
    return get_args(annotation)[0] if isinstance(annotation, UnionType) else annotation


def _describe_bounds(field: FieldInfo) -> str:
    minimum = next((rule.ge for rule in field.metadata if isinstance(rule, Ge)), None)
    maximum = next((rule.le for rule in field.metadata if isinstance(rule, Le)), None)
    if maximum is not None:
        return f", {minimum} to {maximum}"
    return f", at least {minimum}" if minimum is not None else ""


def _describe_default(field: FieldInfo) -> str:
    if text := _get_extra(field, "shown_default"):
        return text if " " in text or "`" in text else f"`{text}`"
    if field.default is PydanticUndefined:
        return "required"
    if field.default in (None, ()):
        return "none"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def _get_extra(field: FieldInfo, key: str) -> str:
    extra = field.json_schema_extra
    return str(extra.get(key, "")) if isinstance(extra, dict) else ""
