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
MOMENT = "2026-11-23T09:30:00.000000Z"


class Value(fields.Raw):  # type: ignore[misc]
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


class Text(Value):
    """One line of text: no control characters, at most ``maxLength`` code points."""

    def __init__(self, *, longest: int, shortest: int = 0, **keywords: Any) -> None:
        keywords = {"pattern": PRINTABLE, **keywords}
        super().__init__(kind="string", minLength=shortest, maxLength=longest, **keywords)


class Choice(Value):
    """One of a closed list of words."""

    def __init__(self, words: Any, **keywords: Any) -> None:
        super().__init__(kind="string", enum=[str(word) for word in words], **keywords)


class Email(Text):
    """An address to which mail could be sent; checked by the format, without the DNS."""

    def __init__(self, **keywords: Any) -> None:
        told = {"description": RESERVED, "examples": ["ada@example.org"]}
        super().__init__(longest=254, format="email", **{**told, **keywords})


class Username(Text):
    def __init__(self, **keywords: Any) -> None:
        pattern = r"^[A-Za-z0-9._-]{3,32}$"
        super().__init__(longest=32, shortest=3, pattern=pattern, examples=["ada"], **keywords)


class Password(Text):
    """A password that somebody chooses; further rules are the password policy's."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(longest=256, shortest=8, format="password", **keywords)


class Identifier(Value):
    def __init__(self, **keywords: Any) -> None:
        super().__init__(kind="string", format="uuid", examples=[EXAMPLE_ID], **keywords)


class Cursor(Text):
    """A place in a list, as a query has it or, as ``following``, an answer; null at the end."""

    LONGEST = 2048  # it may hold the key of an address, of which a letter can take 36 octets

    def __init__(self, *, following: bool = False) -> None:
        told = {"nullable": True, "required": True, "description": "The next cursor"}
        asked = {"format": "cursor", "description": "`next` of the page before"}
        super().__init__(longest=self.LONGEST, shortest=1, **(told if following else asked))


class Moment(Value):
    """A moment in UTC, RFC 3339 with ``Z``."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(kind="string", format="date-time", examples=[MOMENT], **keywords)


class Whole(Value):
    def __init__(self, *, least: int = 0, most: int | None = None, **keywords: Any) -> None:
        if most is not None:
            keywords["maximum"] = most
        super().__init__(kind="integer", minimum=least, **keywords)


class Flag(Value):
    def __init__(self, **keywords: Any) -> None:
        super().__init__(kind="boolean", **keywords)


class Slug(Text):
    """A name that stands in addresses: the key of what people define."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(longest=64, shortest=1, pattern=f"^{SLUG}$", **keywords)


class Words(Value):
    """A list of values of one kind, none of them twice."""

    def __init__(self, items: Value, *, most: int | None = None, **keywords: Any) -> None:
        if most is not None:
            keywords["maxItems"] = most
        super().__init__(kind="array", items=items.schema(), uniqueItems=True, **keywords)


class Document(Value):
    """An object with any members, which the service keeps and does not look into."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(kind="object", **keywords)


class Many(fields.List):  # type: ignore[misc]
    """A list of one shape, in which Flask-RESTX finds that shape to document it."""

    def __init__(self, shape: Any, **keywords: Any) -> None:
        super().__init__(fields.Nested(shape), **keywords)
        self.shape = shape

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"$ref": f"#/definitions/{self.shape.name}"}}


class One(fields.Nested):  # type: ignore[misc]
    """One of a shape."""

    def schema(self) -> dict[str, Any]:
        return {"$ref": f"#/definitions/{self.model.name}"}
