"""A shape on the wire: declared once, it validates, documents and renders.

Flask-RESTX builds a validator on every request (130 µs) and renders with ``marshal`` field by
field (some 390 µs for a page of 20). Here a shape is compiled once: a validator of jsonschema-rs
(under 1 µs) and an ``attrgetter`` whose values orjson writes.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import islice
from operator import attrgetter
from typing import Any, ClassVar
from uuid import UUID

import flask_restx
import jsonschema_rs

from api.core.errors import InvalidRequest, ValidationError
from api.core.identifiers import is_email
from api.web.fields import Field, List, Nested

MESSAGES = {
    "additionalProperties": "is not known",
    "anyOf": "lacks one of the members of which at least one is needed",
    "enum": "must be one of: {0}",
    "format": "must be a valid {0}",
    "maxItems": "must have {0} items or fewer",
    "maxLength": "must have {0} characters or fewer",
    "maximum": "must be {0} or less",
    "minLength": "must have {0} characters or more",
    "minProperties": "must have {0} members or more",
    "minimum": "must be {0} or more",
    "pattern": "has characters or a form that are not allowed",
    "required": "is required",
    "type": "must be of type {0}",
    "uniqueItems": "must not repeat an item",
}
MAX_REPORTED_NAME_LENGTH = 64  # of a member that nobody knows
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def read_moment(text: str) -> datetime:
    """Read a moment as RFC 3339 writes it; Python would also read weeks, and dates without dashes.

    Raises:
        ValueError, OverflowError: it is not one, or not within UTC's years.
    """
    if not RFC_3339.fullmatch(text):
        raise ValueError("not a moment")
    moment = datetime.fromisoformat(text.upper())
    moment.astimezone(UTC)
    return moment


def is_moment(text: str) -> bool:
    try:
        read_moment(text)
    except (ValueError, OverflowError):
        return False
    return True


FORMATS: dict[str, Callable[[str], bool]] = {"email": is_email, "date-time": is_moment}

# What a format of a query string becomes once it is known to be right.
CONVERTED: dict[str, Callable[[str], Any]] = {"date-time": read_moment, "uuid": UUID}


class Model(flask_restx.Model):  # type: ignore[misc]
    """A shape, found in the document by its name, which is its own.

    ``also`` holds keywords of JSON Schema that concern the object as a whole, ``example`` a value
    that works when sent.
    """

    known: ClassVar[dict[str, "Model"]] = {}

    def __init__(
        self,
        name: str,
        fields: dict[str, Any],
        *,
        description: str = "",
        example: dict[str, Any] | None = None,
        also: Mapping[str, Any] | None = None,
    ) -> None:
        if name in self.known:
            raise ValueError(f"two shapes are called {name}")
        super().__init__(name, fields, strict=True)
        self.also: dict[str, Any] = dict(also or {})
        if description:
            self.also["description"] = description
        if example is not None:
            self.also["examples"] = [example]
        self.known[name] = self

    def __deepcopy__(self, memo: object) -> "Model":
        return self  # Flask-RESTX copies what it merges; a shape is one object

    @property
    def __schema__(self) -> dict[str, Any]:
        return {**super().__schema__, **self.also}


class Input:
    """A shape that clients send, compiled."""

    def __init__(self, model: Model) -> None:
        self.validator = jsonschema_rs.Draft202012Validator(
            model.__schema__,
            validate_formats=True,
            formats=FORMATS,
            pattern_options=jsonschema_rs.RegexOptions(),  # linear in the length of the text
        )

    def check(self, value: Any) -> None:
        """Refuse what breaks the shape.

        Raises:
            Invalid: naming each place and rule, never the value.
        """
        if not self.validator.is_valid(value):
            raise InvalidRequest(list(islice(self._findings(value), InvalidRequest.max_errors)))

    def _findings(self, value: Any) -> Iterable[ValidationError]:
        for error in self.validator.iter_errors(value):
            rule = error.kind.name
            place = [str(step) for step in error.instance_path]
            message = MESSAGES.get(rule, "is not valid").format(_told(error.kind.value))
            for name in _members(error.kind):
                yield ValidationError(self.pointer([*place, name]), rule, message)

    @staticmethod
    def pointer(steps: list[str]) -> str:
        """Point into a body (RFC 6901)."""
        escaped = (step.replace("~", "~0").replace("/", "~1") for step in steps if step)
        return "".join(f"/{step}" for step in escaped)


def _members(kind: Any) -> list[str]:
    """Name the members that are missing or too many; an empty name is the value itself."""
    names = getattr(kind, "unexpected", None) if kind.name == "additionalProperties" else None
    if kind.name == "required":
        names = [kind.property]
    return [name[:MAX_REPORTED_NAME_LENGTH] for name in names] if names else [""]


def _told(limit: Any) -> str:
    return " or ".join(map(str, limit)) if isinstance(limit, list) else str(limit)


class QueryString(Input):
    """A shape read from a query string, in which all is text."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self.kinds = {name: field.kind for name, field in model.items()}
        self.converted = {
            name: CONVERTED[field.keywords["format"]]
            for name, field in model.items()
            if field.keywords.get("format") in CONVERTED
        }
        self.defaults = {
            name: field.keywords["default"]
            for name, field in model.items()
            if "default" in field.keywords
        }

    def read(self, pairs: Iterable[tuple[str, list[str]]]) -> dict[str, Any]:
        """Return the parameters with their defaults, each of its own type.

        Raises:
            Invalid: a parameter is unknown, given twice or breaks its rule.
        """
        values: dict[str, Any] = {}
        for name, texts in pairs:
            if len(texts) > 1:
                raise InvalidRequest(
                    [ValidationError(name[:MAX_REPORTED_NAME_LENGTH], "repeated", "is given twice")]
                )
            values[name] = self._value(name, texts[0])
        self.check(values)
        for name in self.converted.keys() & values.keys():
            values[name] = self.converted[name](values[name])
        return self.defaults | values

    @staticmethod
    def pointer(steps: list[str]) -> str:
        """Point at a parameter, by its name."""
        return "".join(steps)

    def _value(self, name: str, text: str) -> str | int | bool:
        kind = self.kinds.get(name)
        if kind == "boolean":
            return {"true": True, "false": False}.get(text, text)
        is_number = kind == "integer" and text.isascii() and text.removeprefix("-").isdigit()
        return int(text) if is_number and len(text) < len("9223372036854775807") else text


Render = Callable[[Any], dict[str, Any]]


def renderer(model: Model) -> Render:
    """Compile the way from a record to what is written; a member it lacks is an error.

    An optional member that is None is left out.
    """
    names = tuple(model)
    optional = [name for name, field in model.items() if not field.required]
    nested = {name: _nested(field) for name, field in model.items() if not isinstance(field, Field)}
    get = attrgetter(*names) if len(names) > 1 else lambda record: (getattr(record, names[0]),)

    def render(record: Any) -> dict[str, Any]:
        values = dict(zip(names, get(record), strict=True))
        for name in optional:
            if values[name] is None:
                del values[name]
        for name, inner in nested.items():
            if name in values:
                values[name] = inner(values[name])
        return values

    return render


def _nested(field: Any) -> Callable[[Any], Any]:
    if isinstance(field, List):
        inner = renderer(field.model)
        return lambda records: [inner(record) for record in records]
    if isinstance(field, Nested):
        return renderer(field.model)
    raise TypeError(f"{field} cannot be rendered")
