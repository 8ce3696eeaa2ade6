"""Compares bodies: of requests, and of responses with their headers, links and error codes."""

from collections.abc import Iterable, Iterator, Mapping

from api.contract_changes.changes import Change, Place, Severity
from api.contract_changes.documents import Document, Node
from api.contract_changes.parameters import read_style
from api.contract_changes.schema_changes import Direction, SchemaComparison

PROBLEM = "application/problem+json"
PLAIN = {"application/json", PROBLEM}  # media types that a place does not name
CODES = "x-error-codes"


class BodyComparison:
    """Compares the bodies of operations in two documents."""

    def __init__(self, old: Document, new: Document) -> None:
        self.old, self.new = old, new
        self.requests = SchemaComparison(old, new, Direction.REQUEST)
        self.responses = SchemaComparison(old, new, Direction.RESPONSE)

    def compare_requests(self, old: Node, new: Node, place: Place) -> Iterator[Change]:
        """Yield the changes of the request body of two operations."""
        before, _ = self.old.resolve(old.get("requestBody", {}))
        after, _ = self.new.resolve(new.get("requestBody", {}))
        here = place.enter_part("request")
        if before and not after:
            yield Change(Severity.BREAKING, "body-removed", here, "has no body any more")
        elif after and not before:
            yield _judge_new_body(after, here)
        else:
            if after.get("required") and not before.get("required"):
                yield Change(Severity.BREAKING, "body-required", here, "the body is required")
            yield from _compare_content(before, after, here, self.requests)

    def compare_events(self, old: Node, new: Node, place: Place) -> Iterator[Change]:
        """Yield the changes of the bodies of two requests that the service sends."""
        before, _ = self.old.resolve(old.get("requestBody", {}))
        after, _ = self.new.resolve(new.get("requestBody", {}))
        yield from _compare_content(before, after, place.enter_part("request"), self.responses)

    def compare_responses(self, old: Node, new: Node, place: Place) -> Iterator[Change]:
        """Yield the changes of the responses of two operations."""
        before, after = old["responses"], new["responses"]
        for status in dict.fromkeys([*before, *after]):
            here = place.enter_part(f"response {status}")
            if status not in after:
                yield Change(Severity.BREAKING, "status-removed", here, "removed")
            elif status not in before:
                yield Change(Severity.COMPATIBLE, "status-added", here, "new")
            else:
                one, _ = self.old.resolve(before[status])
                other, _ = self.new.resolve(after[status])
                yield from self._compare_response(one, other, here)

    def _compare_response(self, old: Node, new: Node, place: Place) -> Iterator[Change]:
        yield from _compare_codes(old, new, place)
        yield from self._compare_headers(old, new, place)
        yield from _compare_links(old, new, place)
        yield from _compare_content(old, new, place, self.responses)

    def _compare_headers(self, old: Node, new: Node, place: Place) -> Iterator[Change]:
        before, after = _read_headers(self.old, old), _read_headers(self.new, new)
        for key, (name, _) in {**after, **before}.items():
            here = place.enter_part(f"header {name}")
            if key not in after:
                yield Change(Severity.BREAKING, "header-removed", here, "removed")
            elif key not in before:
                yield Change(Severity.COMPATIBLE, "header-added", here, "new")
            else:
                yield from self._compare_header(before[key][1], after[key][1], here)

    def _compare_header(self, old: Node, new: Node, place: Place) -> Iterator[Change]:
        if old.get("required") and not new.get("required"):
            yield Change(Severity.BREAKING, "header-required", place, "can be missing")
        if new.get("required") and not old.get("required"):
            yield Change(Severity.COMPATIBLE, "header-required", place, "is always there")
        yield from self.responses.compare(old.get("schema", {}), new.get("schema", {}), place)


def _judge_new_body(body: Node, place: Place) -> Change:
    if body.get("required"):
        return Change(Severity.BREAKING, "body-added", place, "the body is required")
    return Change(Severity.COMPATIBLE, "body-added", place, "can have a body")


def _compare_content(
    old: Node, new: Node, place: Place, schemas: SchemaComparison
) -> Iterator[Change]:
    before, after = _read_content(old), _read_content(new)
    for media_type in dict.fromkeys([*before, *after]):
        if media_type not in after:
            yield Change(Severity.BREAKING, "media-type-removed", place, f"{media_type} removed")
        elif media_type not in before:
            yield Change(Severity.COMPATIBLE, "media-type-added", place, f"{media_type} is new")
        else:
            here = place if media_type in PLAIN else place.enter_part(media_type)
            one, other = before[media_type], after[media_type]
            if _read_encoding(one) != _read_encoding(other):
                yield Change(Severity.BREAKING, "encoding", here, "encoding has changed")
            yield from schemas.compare(one.get("schema", {}), other.get("schema", {}), here)


def _read_content(body: Node) -> dict[str, Node]:
    """Return the media types by lower-case name, without the charset that all texts have."""
    content: Mapping[str, Node] = body.get("content", {})
    return {_name_media_type(name): node for name, node in content.items()}


def _name_media_type(name: str) -> str:
    parts = [part.strip() for part in name.lower().replace('"', "").split(";")]
    return "; ".join(part for part in parts if part != "charset=utf-8")


def _read_encoding(media_type: Node) -> dict[str, Node]:
    """Return how the members of a form are written, if not by default."""
    encoding: Mapping[str, Node] = media_type.get("encoding", {})
    styles = {name: read_style(node, "form") for name, node in encoding.items()}
    return {name: style for name, style in styles.items() if style != read_style({}, "form")}


def _list_codes(response: Node) -> list[str]:
    """Return the error codes of a response: those that are listed, or the names of examples."""
    examples = _read_content(response).get(PROBLEM, {}).get("examples", {})
    return list(response.get(CODES, examples))


def _compare_codes(old: Node, new: Node, place: Place) -> Iterator[Change]:
    before, after = _list_codes(old), _list_codes(new)
    for code in (code for code in before if code not in after):
        yield Change(Severity.BREAKING, "code-removed", place, f"the code `{code}` is removed")
    for code in (code for code in after if code not in before):
        yield Change(Severity.COMPATIBLE, "code-added", place, f"the code `{code}` is new")


def _read_headers(document: Document, response: Node) -> dict[str, tuple[str, Node]]:
    """Return names and descriptions of the headers by lower-case name."""
    headers: Mapping[str, Node] = response.get("headers", {})
    return {name.lower(): (name, document.resolve(node)[0]) for name, node in headers.items()}


def _compare_links(old: Node, new: Node, place: Place) -> Iterator[Change]:
    before, after = old.get("links", {}), new.get("links", {})
    for name in _list_names(before, after):
        here = place.enter_part(f"link {name}")
        if name not in after:
            yield Change(Severity.BREAKING, "link-removed", here, "removed")
        elif name not in before:
            yield Change(Severity.COMPATIBLE, "link-added", here, "new")
        elif _read_target(before[name]) != _read_target(after[name]):
            yield Change(Severity.BREAKING, "link-changed", here, "leads elsewhere")


def _list_names(before: Iterable[str], after: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys([*before, *after])


def _read_target(link: Node) -> Node:
    return {key: value for key, value in link.items() if key != "description"}
