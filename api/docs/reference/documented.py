"""What the reference shows of a contract."""

from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from urllib.parse import urlencode

from api.docs.reference.literals import render_literal
from api.docs.reference.members import Member
from api.docs.reference.samples import FORM, Sample

FIRST_ERROR_STATUS = 400


@dataclass(frozen=True)
class Content:
    """A body in one media type, with an example."""

    media_type: str
    schema: Member
    value: object

    @cached_property
    def example(self) -> str:
        """Return the example as text."""
        if isinstance(self.value, str):
            return self.value.replace("\r\n", "\n").rstrip("\n")
        if self.media_type == FORM and isinstance(self.value, dict):
            return urlencode(self.value)
        return render_literal(self.value, "json")


@dataclass(frozen=True)
class ErrorCode:
    code: str
    title: str
    detail: str


@dataclass(frozen=True)
class DocumentedResponse:
    status: str
    description: str
    headers: tuple[Member, ...]
    contents: tuple[Content, ...]
    errors: tuple[ErrorCode, ...]
    links: tuple[str, ...]  # operation ids

    @property
    def is_error(self) -> bool:
        return self.status == "default" or int(self.status) >= FIRST_ERROR_STATUS

    @property
    def phrase(self) -> str:
        return "" if self.status == "default" else HTTPStatus(int(self.status)).phrase


@dataclass(frozen=True)
class DocumentedOperation:
    id: str
    tag: str  # the name of the tag
    method: str
    path: str
    summary: str
    description: str
    is_public: bool
    permission: str
    admits_self: bool
    is_deprecated: bool
    parameters: dict[str, tuple[Member, ...]]  # by heading
    bodies: tuple[Content, ...]
    responses: tuple[DocumentedResponse, ...]
    samples: tuple[Sample, ...]

    @property
    def successes(self) -> list[DocumentedResponse]:
        return [response for response in self.responses if not response.is_error]

    @property
    def errors(self) -> list[DocumentedResponse]:
        return [response for response in self.responses if response.is_error]


@dataclass(frozen=True)
class DocumentedEvent:
    """An event that webhooks receive."""

    name: str
    tag: str  # the name of the tag
    summary: str
    description: str
    headers: tuple[Member, ...]
    body: Member
    examples: dict[str, str]  # by the name of the payload


@dataclass(frozen=True)
class DocumentedTag:
    name: str
    slug: str
    title: str
    description: str
    operations: tuple[DocumentedOperation, ...]
    events: tuple[DocumentedEvent, ...] = ()


@dataclass(frozen=True)
class Reference:
    title: str
    version: str
    description: str
    tags: tuple[DocumentedTag, ...]
    problem: Member  # the shape of every error

    @cached_property
    def by_slug(self) -> dict[str, DocumentedTag]:
        return {tag.slug: tag for tag in self.tags}
