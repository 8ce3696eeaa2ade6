"""Models: each is declared once, and validates, documents and renders.

Flask-RESTX builds a validator on every request (130 µs) and renders with ``marshal`` field by
field (some 390 µs for a page of 20). Here a model is compiled once: into a validator of
jsonschema-rs (under 1 µs), and into an ``attrgetter`` whose values orjson serialises.
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
from api.core.identifiers import is_email, is_external_id, is_name
from api.core.json_pointer import make_pointer
from api.core.networks import is_network
from api.core.validation_rules import ValidationRule
from api.web.fields import Field, List, Nested

RULES = {  # by keyword of JSON Schema; models use no other one that can be broken
    "additionalProperties": ValidationRule.ADDITIONAL_PROPERTIES,
    "anyOf": ValidationRule.ANY_OF,
    "enum": ValidationRule.ENUM,
    "format": ValidationRule.FORMAT,
    "maxItems": ValidationRule.MAX_ITEMS,
    "maxLength": ValidationRule.MAX_LENGTH,
    "maximum": ValidationRule.MAXIMUM,
    "minItems": ValidationRule.MIN_ITEMS,
    "minLength": ValidationRule.MIN_LENGTH,
    "minProperties": ValidationRule.MIN_PROPERTIES,
    "minimum": ValidationRule.MINIMUM,
    "pattern": ValidationRule.PATTERN,
    "required": ValidationRule.REQUIRED,
    "type": ValidationRule.TYPE,
    "uniqueItems": ValidationRule.UNIQUE_ITEMS,
}
MESSAGES = {
    ValidationRule.ADDITIONAL_PROPERTIES: "is not known",
    ValidationRule.ANY_OF: "needs at least one of its optional members",
    ValidationRule.ENUM: "must be one of: {0}",
    ValidationRule.FORMAT: "must be a valid {0}",
    ValidationRule.MAX_ITEMS: "must have {0} items or fewer",
    ValidationRule.MAX_LENGTH: "must have {0} characters or fewer",
    ValidationRule.MAXIMUM: "must be {0} or less",
    ValidationRule.MIN_ITEMS: "must have {0} items or more",
    ValidationRule.MIN_LENGTH: "must have {0} characters or more",
    ValidationRule.MIN_PROPERTIES: "must have {0} members or more",
    ValidationRule.MINIMUM: "must be {0} or more",
    ValidationRule.PATTERN: "has characters or a form that are not allowed",
    ValidationRule.REQUIRED: "is required",
    ValidationRule.TYPE: "must be of type {0}",
    ValidationRule.UNIQUE_ITEMS: "must not repeat an item",
}
FORMAT_MESSAGES = {"network": "must be a network such as 10.0.0.0/8, without bits of a host"}
MAX_REPORTED_NAME_LENGTH = 64  # of an unknown member
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def parse_timestamp(text: str) -> datetime:
    """Parse a timestamp of RFC 3339; ``fromisoformat`` alone also accepts weeks and other forms.

    Raises:
        ValueError, OverflowError: it is not one, or is outside the years that UTC can express.
    """
    if not RFC_3339.fullmatch(text):
        raise ValueError("not a timestamp")
    timestamp = datetime.fromisoformat(text.upper())
    timestamp.astimezone(UTC)
    return timestamp


def is_timestamp(text: str) -> bool:
    try:
        parse_timestamp(text)
    except (ValueError, OverflowError):
        return False
    return True


FORMATS: dict[str, Callable[[str], bool]] = {
    "email": is_email,
    "external-id": is_external_id,
    "name": is_name,
    "network": is_network,
    "date-time": is_timestamp,
}

# The Python types of formats in a query string.
CONVERTERS: dict[str, Callable[[str], Any]] = {"date-time": parse_timestamp, "uuid": UUID}


class Model(flask_restx.Model):  # type: ignore[misc]
    """A model of Flask-RESTX whose name is unique.

    ``also`` has keywords of JSON Schema for the object as a whole, ``example`` a value that is
    accepted when it is sent.
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
            raise ValueError(f"two models are called {name}")
        super().__init__(name, fields, strict=True)
        self.also: dict[str, Any] = dict(also or {})
        if description:
            self.also["description"] = description
        if example is not None:
            self.also["examples"] = [example]
        self.known[name] = self

    def __deepcopy__(self, memo: object) -> "Model":
        return self  # Flask-RESTX copies what it merges; a model is one object

    @property
    def __schema__(self) -> dict[str, Any]:
        return {**super().__schema__, **self.also}


class Input:
    """A compiled validator of a model that clients send."""

    def __init__(self, model: Model) -> None:
        self.sizes = jsonschema_rs.Draft202012Validator(_keep_sizes(model.__schema__))
        self.validator = jsonschema_rs.Draft202012Validator(
            {**model.__schema__, "definitions": _find_definitions(model)},
            validate_formats=True,
            formats=FORMATS,
            pattern_options=jsonschema_rs.RegexOptions(),  # takes linear time
        )

    def check(self, value: Any) -> None:
        """Reject a value that does not fit the model.

        jsonschema-rs makes all errors before it returns the first. So if a list is too long, its
        items are not validated.

        Raises:
            InvalidRequest: naming each place and rule, never the value.
        """
        if not self.validator.is_valid(value):
            validator = self.validator if self.sizes.is_valid(value) else self.sizes
            errors = self._find_errors(validator, value)
            raise InvalidRequest(list(islice(errors, InvalidRequest.max_errors)))

    def _find_errors(
        self, validator: jsonschema_rs.Draft202012Validator, value: Any
    ) -> Iterable[ValidationError]:
        for error in validator.iter_errors(value):
            rule = RULES[error.kind.name]
            place = [str(step) for step in error.instance_path]
            message = _make_message(rule, _format_limit(error.kind.value))
            for name in _find_members(error.kind):
                yield ValidationError(self.pointer([*place, name]), rule, message)

    @staticmethod
    def pointer(steps: list[str]) -> str:
        """Return a JSON Pointer into the body (RFC 6901)."""
        return make_pointer(*filter(None, steps))


def _find_definitions(model: Model) -> dict[str, Any]:
    """Return the schemas of the models of nested fields, to which the schema of a model refers."""
    nested = (field.model for field in model.values() if isinstance(field, List | Nested))
    return {inner.name: inner.__schema__ for inner in nested}


def _keep_sizes(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of the schema of an object that bounds the length of its lists."""
    members = schema.get("properties", {}).items()
    sizes = {name: {"maxItems": each["maxItems"]} for name, each in members if "maxItems" in each}
    return {"properties": sizes}


def _find_members(kind: Any) -> list[str]:
    """Return the members that are missing or unknown, or an empty name for the value itself."""
    names = getattr(kind, "unexpected", None) if kind.name == "additionalProperties" else None
    if kind.name == "required":
        names = [kind.property]
    return [name[:MAX_REPORTED_NAME_LENGTH] for name in names] if names else [""]


def _make_message(rule: ValidationRule, limit: str) -> str:
    if rule is ValidationRule.FORMAT and limit in FORMAT_MESSAGES:
        return FORMAT_MESSAGES[limit]
    return MESSAGES[rule].format(limit)


def _format_limit(limit: Any) -> str:
    return " or ".join(map(str, limit)) if isinstance(limit, list) else str(limit)


class QueryString(Input):
    """A compiled reader of a query string, in which every value is text."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self.kinds = {name: field.kind for name, field in model.items()}
        self.converters = {
            name: CONVERTERS[field.keywords["format"]]
            for name, field in model.items()
            if field.keywords.get("format") in CONVERTERS
        }
        self.defaults = {
            name: field.keywords["default"]
            for name, field in model.items()
            if "default" in field.keywords
        }

    def read(self, pairs: Iterable[tuple[str, list[str]]]) -> dict[str, Any]:
        """Return the typed parameters, with their defaults.

        Raises:
            InvalidRequest: a parameter is unknown, repeated or breaks its rule.
        """
        values: dict[str, Any] = {}
        for name, texts in pairs:
            if len(texts) > 1:
                raise InvalidRequest(
                    [
                        ValidationError(
                            name[:MAX_REPORTED_NAME_LENGTH],
                            ValidationRule.REPEATED,
                            "must not be repeated",
                        )
                    ]
                )
            values[name] = self._convert(name, texts[0])
        self.check(values)
        for name in self.converters.keys() & values.keys():
            values[name] = self.converters[name](values[name])
        return self.defaults | values

    @staticmethod
    def pointer(steps: list[str]) -> str:
        """Return the name of the parameter."""
        return "".join(steps)

    def _convert(self, name: str, text: str) -> str | int | bool:
        kind = self.kinds.get(name)
        if kind == "boolean":
            return {"true": True, "false": False}.get(text, text)
        is_number = kind == "integer" and text.isascii() and text.removeprefix("-").isdigit()
        return int(text) if is_number and len(text) < len("9223372036854775807") else text


Render = Callable[[Any], dict[str, Any]]


def renderer(model: Model) -> Render:
    """Compile a function from a record to the members of the model.

    It raises AttributeError if the record lacks one. It omits an optional member that is None.
    """
    names = tuple(model)
    optional = [name for name, field in model.items() if not field.required]
    nested = {
        name: _nested_renderer(field)
        for name, field in model.items()
        if not isinstance(field, Field)
    }
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


def _nested_renderer(field: Any) -> Callable[[Any], Any]:
    if isinstance(field, List):
        inner = renderer(field.model)
        return lambda records: [inner(record) for record in records]
    if isinstance(field, Nested):
        return renderer(field.model)
    raise TypeError(f"{field} cannot be rendered")
