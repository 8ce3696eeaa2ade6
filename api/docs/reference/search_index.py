"""What the search of the reference looks through, as JSON for its script."""

from collections.abc import Iterable, Iterator

import orjson

from api.core.errors import ApiError
from api.docs.reference.documented import DocumentedEvent, DocumentedOperation, Reference
from api.docs.reference.markup import to_plain
from api.docs.reference.members import Member

Entry = dict[str, str]


def make_index(reference: Reference, errors: Iterable[type[ApiError]]) -> bytes:
    """Return an entry for each operation, each event and each error code."""
    operations = [
        _describe_operation(operation, f"reference/{tag.slug}#{operation.id}")
        for tag in reference.tags
        for operation in tag.operations
    ]
    events = [
        _describe_event(event, f"reference/{tag.slug}#{event.name}")
        for tag in reference.tags
        for event in tag.events
    ]
    codes = [
        {
            "title": kind.title,
            "detail": f"{kind.status} {kind.code}",
            "url": f"errors/{kind.code}",
            "words": to_plain(str(kind.detail)).lower(),
        }
        for kind in errors
    ]
    return orjson.dumps(operations + events + codes)


def _describe_operation(operation: DocumentedOperation, url: str) -> Entry:
    words = [operation.id, operation.permission, to_plain(operation.description)]
    words += _names(operation)
    return {
        "title": operation.summary,
        "detail": f"{operation.method} {operation.path}",
        "url": url,
        "words": " ".join(dict.fromkeys(words)).lower(),
    }


def _describe_event(event: DocumentedEvent, url: str) -> Entry:
    words = ["webhook", "event", to_plain(event.description), *_member_names(event.body)]
    return {
        "title": event.summary,
        "detail": event.name,
        "url": url,
        "words": " ".join(dict.fromkeys(words)).lower(),
    }


def _names(operation: DocumentedOperation) -> Iterator[str]:
    """Yield the names of parameters and members."""
    for members in operation.parameters.values():
        yield from (member.name for member in members)
    contents = [*operation.bodies, *(c for r in operation.successes for c in r.contents)]
    for content in contents:
        yield from _member_names(content.schema)


def _member_names(schema: Member) -> Iterator[str]:
    for member in schema.members:
        yield member.name
        yield from _member_names(member)
