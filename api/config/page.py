"""`docs/configuration.md`, made from the settings themselves so that it cannot fall behind."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from api.config.fields import Settings
from api.config.sources import takes_file

HEAD = """\
# Configuration

Every setting comes from the environment, is read once, and is checked before the start: a wrong
or unsafe one stops the service with one line that names the setting and never its value.
`rollbook config check` does only that.

Settings marked ◆ may come from a file instead, as Docker and Kubernetes hand over secrets:
`ENCRYPTION_KEY_FILE` names the file, and its content is the value. Giving both is refused. An
empty variable counts as not given.

This page is made by `rollbook config docs`; the descriptions stand in `api/config/fields.py`.
"""
TABLE = "| setting | values | default | what it does |\n|---|---|---|---|"
KINDS = {bool: "`true`, `false`", int: "number", tuple: "list with commas", Path: "path"}


def page() -> str:
    return HEAD + "\n".join(_sections(Settings.model_fields.items())) + "\n"


def _sections(fields: Iterable[tuple[str, FieldInfo]]) -> Iterator[str]:
    for name, field in fields:
        if section := _extra(field, "section"):
            yield f"\n## {section}\n\n{TABLE}"
        mark = " ◆" if takes_file(field) else ""
        cells = (f"`{name.upper()}`{mark}", _values(field), _default(field), field.description)
        yield f"| {' | '.join(map(str, cells))} |"


def _values(field: FieldInfo) -> str:
    kind = _kind(field.annotation)
    if get_origin(kind) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(kind))
    return KINDS.get(get_origin(kind) or kind, "text") + _bounds(field)


def _kind(annotation: Any) -> Any:
    """Look through ``X | None``."""
    return get_args(annotation)[0] if isinstance(annotation, UnionType) else annotation


def _bounds(field: FieldInfo) -> str:
    least = next((rule.ge for rule in field.metadata if isinstance(rule, Ge)), None)
    most = next((rule.le for rule in field.metadata if isinstance(rule, Le)), None)
    if most is not None:
        return f", {least} to {most}"
    return f", at least {least}" if least is not None else ""


def _default(field: FieldInfo) -> str:
    if told := _extra(field, "told"):
        return told if " " in told or "`" in told else f"`{told}`"
    if field.default is PydanticUndefined:
        return "required"
    if field.default in (None, ()):
        return "none"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def _extra(field: FieldInfo, key: str) -> str:
    extra = field.json_schema_extra
    return str(extra.get(key, "")) if isinstance(extra, dict) else ""
