"""The fields of models; each is declared once, and validates and documents a value.

Flask-RESTX copies what ``schema`` returns into its document, so these fields return JSON Schema
2020-12 (OpenAPI 3.1), in which a nullable value is a list of two types.
"""

from collections.abc import Iterable
from typing import Any, ClassVar

from flask_restx import fields

from api.core.identifiers import PRINTABLE

# The ids of the examples, the same in all of them. Ada is a user, Root an administrator.
EXAMPLE_ID = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"  # of Ada
EXAMPLE_SESSION_ID = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f11"  # one of Ada's
EXAMPLE_EVENT_ID = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f12"
EXAMPLE_ROOT_ID = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f13"
EXAMPLE_INVITATION_ID = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f15"
EXAMPLE_MESSAGE_ID = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f16"
EXAMPLE_SERVICE_ACCOUNT_ID = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f17"
EXAMPLE_CLIENT_CREDENTIAL_ID = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f18"
EXAMPLE_WEBHOOK_ID = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f19"
EXAMPLE_DELIVERY_ID = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f1a"
EXAMPLE_API_KEY_ID = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f1b"
EXAMPLE_TOKEN_ID = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f14"  # noqa: S105  an id
EXAMPLE_ONE_TIME_TOKEN = "ExampleExampleExampleExampleExampleExample0"  # noqa: S105  no token
RESERVED_DOMAINS = (
    "The e-mail address, which no other user has; letter case and Unicode spelling do not matter. "
    "It can have characters beyond ASCII (RFC 6531). "
    "Special-use domains that receive no mail, such as `.local`, are rejected unless a setting "
    "allows them; `.test` is accepted."
)
USERNAMES = (
    "The username. By default 3 to 32 letters A-Z and a-z, digits, `.`, `_` and `-`, or the e-mail "
    "address of the account. Settings can allow other characters. No other user has it; letter "
    "case does not matter. Null if the account has no username."
)
MAX_USERNAME_LENGTH = 254  # characters, because it can be an e-mail address
CURSOR = (
    "the previous page, unchanged, with the same filters and order. Leave it out for the first "
    "page."
)
SLUG = "[a-z][a-z0-9_-]{0,63}"
METADATA = "Metadata"  # the name in the contract of an object with any members
MAX_INT32 = 2**31 - 1
EXAMPLE_TIMESTAMP = "2026-11-23T09:30:00.000000Z"
EXAMPLE_EXPIRY = "2026-11-30T09:30:00.000000Z"


class Field(fields.Raw):  # type: ignore[misc]
    """A value described by keywords of JSON Schema."""

    def __init__(self, *, kind: str, nullable: bool = False, **keywords: Any) -> None:
        super().__init__(
            required=keywords.pop("required", False), description=keywords.pop("description", None)
        )
        self.keywords = {"type": [kind, "null"] if nullable else kind, **keywords}
        if nullable and "enum" in keywords:
            self.keywords["enum"] = [*keywords["enum"], None]

    def schema(self) -> dict[str, Any]:
        described = {"description": self.description} if self.description else {}
        return described | self.keywords

    @property
    def kind(self) -> str:
        """Return the JSON type, without null."""
        kind = self.keywords["type"]
        return str(kind if isinstance(kind, str) else kind[0])


class String(Field):
    """One line of text: no control characters, at most ``maxLength`` code points."""

    def __init__(self, *, max_length: int, min_length: int = 0, **keywords: Any) -> None:
        keywords = {"pattern": PRINTABLE, **keywords}
        super().__init__(kind="string", minLength=min_length, maxLength=max_length, **keywords)


class Choices:
    """The values of an enumeration that clients send, with its name in the contract.

    Client generators make one type of it, wherever it is used.
    """

    known: ClassVar[dict[str, "Choices"]] = {}

    def __init__(self, name: str, values: Iterable[str], *, description: str) -> None:
        if name in self.known:
            raise ValueError(f"two enumerations are called {name}")
        self.name = name
        self.values = [str(value) for value in values]
        self.description = description
        self.known[name] = self


class Enum(Field):
    """One of a fixed list of values."""

    def __init__(self, values: Choices | Iterable[str], **keywords: Any) -> None:
        if isinstance(values, Choices):
            keywords = {"title": values.name, **keywords}
            values = values.values
        super().__init__(kind="string", enum=[str(value) for value in values], **keywords)


class Email(String):
    """An e-mail address; its form is checked, the DNS is not asked."""

    def __init__(self, **keywords: Any) -> None:
        defaults = {"description": RESERVED_DOMAINS, "examples": ["ada@example.org"]}
        super().__init__(max_length=254, format="email", **{**defaults, **keywords})


class Username(String):
    """A username or null; settings have further rules, see ``api.users.usernames``."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(
            max_length=MAX_USERNAME_LENGTH,
            min_length=1,
            format="username",
            nullable=True,
            description=USERNAMES,
            examples=["ada"],
            **keywords,
        )


class Password(String):
    """A new password. ``api.passwords`` has its rules, with the minimum length that is set."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(max_length=256, format="password", **keywords)


class OneTimeToken(String):
    """The token in the link of a mail. ``api.one_time_tokens`` creates them."""

    def __init__(self, **keywords: Any) -> None:
        defaults = {"description": "The `token` in the link of the mail. It works once."}
        super().__init__(max_length=128, min_length=1, **{**defaults, **keywords})


class Identifier(Field):
    def __init__(self, **keywords: Any) -> None:
        super().__init__(kind="string", format="uuid", examples=[EXAMPLE_ID], **keywords)


class Cursor(String):
    """A position in a list: a query parameter or, with ``is_next``, that of the next page."""

    MAX_LENGTH = 2048  # it may hold the key of an e-mail address, 36 bytes for some letters

    def __init__(self, *, is_next: bool = False, previous: str = "`next` of") -> None:
        described = "The `cursor` of the next page, an opaque text; null on the last page"
        output = {"nullable": True, "required": True, "description": described}
        query = {"format": "cursor", "description": f"{previous} {CURSOR}"}
        super().__init__(max_length=self.MAX_LENGTH, min_length=1, **(output if is_next else query))


class DateTime(Field):
    """A timestamp in UTC (RFC 3339 with ``Z``)."""

    def __init__(self, **keywords: Any) -> None:
        keywords = {"examples": [EXAMPLE_TIMESTAMP], **keywords}
        super().__init__(kind="string", format="date-time", **keywords)


class Integer(Field):
    """A whole number. Client generators choose the type by the format."""

    def __init__(self, *, minimum: int = 0, maximum: int = MAX_INT32, **keywords: Any) -> None:
        size = "int32" if maximum <= MAX_INT32 else "int64"
        super().__init__(kind="integer", format=size, minimum=minimum, maximum=maximum, **keywords)


class UnixTime(Integer):
    """A timestamp in seconds since 1970, until the year 9999."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(maximum=253_402_300_799, **keywords)


class Boolean(Field):
    def __init__(self, **keywords: Any) -> None:
        super().__init__(kind="boolean", **keywords)


class Slug(String):
    """A name that is part of a URL, such as that of a role."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(max_length=64, min_length=1, pattern=f"^{SLUG}$", **keywords)


class StringList(Field):
    """A list of unique values of one kind."""

    def __init__(
        self, items: Field, *, min_items: int = 0, max_items: int | None = None, **keywords: Any
    ) -> None:
        if min_items:
            keywords["minItems"] = min_items
        if max_items is not None:
            keywords["maxItems"] = max_items
        super().__init__(kind="array", items=items.schema(), uniqueItems=True, **keywords)


class StringOrList(Field):
    """One value, or a list of several, as claims of a JWT can be (RFC 7519, 4.1.3)."""

    def __init__(self, items: Field, *, max_items: int, **keywords: Any) -> None:
        super().__init__(kind="string", **keywords)
        several = {"type": "array", "items": items.schema(), "maxItems": max_items}
        self.keywords = {"anyOf": [items.schema(), several]}

    @property
    def kind(self) -> str:
        """Return the JSON type of the usual value."""
        return "string"


class Object(Field):
    """An object with any members, which the service stores without reading it."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(kind="object", title=METADATA, additionalProperties=True, **keywords)


class List(fields.List):  # type: ignore[misc]
    """A list of objects of one model, which Flask-RESTX then documents."""

    def __init__(self, model: Any, *, max_items: int | None = None, **keywords: Any) -> None:
        super().__init__(fields.Nested(model), **keywords)
        self.model = model
        self.max_items = max_items

    def schema(self) -> dict[str, Any]:
        described = {"description": self.description} if self.description else {}
        size = {"maxItems": self.max_items} if self.max_items is not None else {}
        items = {"$ref": f"#/definitions/{self.model.name}"}
        return {**described, "type": "array", "items": items, **size}


class Nested(fields.Nested):  # type: ignore[misc]
    """An object of a model."""

    def schema(self) -> dict[str, Any]:
        described = {"description": self.description} if self.description else {}
        return {"$ref": f"#/definitions/{self.model.name}", **described}
