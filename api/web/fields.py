"""The kinds of values on the wire, each written once: it validates, documents and describes.

Flask-RESTX emits what ``schema`` returns into its document unchanged, so these speak JSON Schema
2020-12 (OpenAPI 3.1) at once: a value that may be null is a type of its own.
"""

from typing import Any

from flask_restx import fields

from api.core.identifiers import PRINTABLE

EXAMPLE_ID = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"
RESERVED = "Not at a name that no mail reaches, such as `.local`; `.test` is for trying things."
SLUG = "[a-z][a-z0-9_-]{0,63}"
EXAMPLE_TIMESTAMP = "2026-11-23T09:30:00.000000Z"


class Field(fields.Raw):  # type: ignore[misc]
    """A value with the keywords of JSON Schema that hold for it."""

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


class Enum(Field):
    """One of a closed list of words."""

    def __init__(self, words: Any, **keywords: Any) -> None:
        super().__init__(kind="string", enum=[str(word) for word in words], **keywords)


class Email(String):
    """An address to which mail could be sent; checked by the format, without the DNS."""

    def __init__(self, **keywords: Any) -> None:
        told = {"description": RESERVED, "examples": ["ada@example.org"]}
        super().__init__(max_length=254, format="email", **{**told, **keywords})


class Username(String):
    def __init__(self, **keywords: Any) -> None:
        pattern = r"^[A-Za-z0-9._-]{3,32}$"
        super().__init__(max_length=32, min_length=3, pattern=pattern, examples=["ada"], **keywords)


class Password(String):
    """A password that somebody chooses; further rules are the password policy's."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(max_length=256, min_length=8, format="password", **keywords)


class Identifier(Field):
    def __init__(self, **keywords: Any) -> None:
        super().__init__(kind="string", format="uuid", examples=[EXAMPLE_ID], **keywords)


class Cursor(String):
    """A place in a list, as a query has it or, as ``following``, an answer; null at the end."""

    LONGEST = 2048  # it may hold the key of an address, of which a letter can take 36 octets

    def __init__(self, *, is_next: bool = False) -> None:
        told = {"nullable": True, "required": True, "description": "The next cursor"}
        asked = {"format": "cursor", "description": "`next` of the page before"}
        super().__init__(max_length=self.LONGEST, min_length=1, **(told if is_next else asked))


class DateTime(Field):
    """A moment in UTC, RFC 3339 with ``Z``."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(
            kind="string", format="date-time", examples=[EXAMPLE_TIMESTAMP], **keywords
        )


class Integer(Field):
    def __init__(self, *, minimum: int = 0, maximum: int | None = None, **keywords: Any) -> None:
        if maximum is not None:
            keywords["maximum"] = maximum
        super().__init__(kind="integer", minimum=minimum, **keywords)


class Boolean(Field):
    def __init__(self, **keywords: Any) -> None:
        super().__init__(kind="boolean", **keywords)


class Slug(String):
    """A name that stands in addresses: the key of what people define."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(max_length=64, min_length=1, pattern=f"^{SLUG}$", **keywords)


class StringList(Field):
    """A list of values of one kind, none of them twice."""

    def __init__(self, items: Field, *, maximum: int | None = None, **keywords: Any) -> None:
        if maximum is not None:
            keywords["maxItems"] = maximum
        super().__init__(kind="array", items=items.schema(), uniqueItems=True, **keywords)


class Object(Field):
    """An object with any members, which the service keeps and does not look into."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(kind="object", **keywords)


class List(fields.List):  # type: ignore[misc]
    """A list of one shape, in which Flask-RESTX finds that shape to document it."""

    def __init__(self, model: Any, **keywords: Any) -> None:
        super().__init__(fields.Nested(model), **keywords)
        self.model = model

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"$ref": f"#/definitions/{self.model.name}"}}


class Nested(fields.Nested):  # type: ignore[misc]
    """One of a shape."""

    def schema(self) -> dict[str, Any]:
        return {"$ref": f"#/definitions/{self.model.name}"}
