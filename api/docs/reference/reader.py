"""Reading the contract into what the reference shows."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from api.docs.reference.documented import (
    Content,
    DocumentedEvent,
    DocumentedOperation,
    DocumentedResponse,
    DocumentedTag,
    ErrorCode,
    Reference,
)
from api.docs.reference.events import read_events
from api.docs.reference.examples import find_example, make_example
from api.docs.reference.members import Member, describe_part, describe_schema
from api.docs.reference.nodes import Document, Node
from api.docs.reference.samples import JSON, ExampleRequest, make_samples, make_url

PLACES = {"path": "Path parameters", "query": "Query parameters", "header": "Request headers"}
PROBLEM = "application/problem+json"
PROPER_NAMES = {"api": "API", "oauth": "OAuth"}  # words in the names of tags


def read_reference(contract: bytes, base_url: str) -> Reference:
    """Read a contract; the samples send their requests to ``base_url``."""
    document = Document(orjson.loads(contract))
    by_tag: dict[str, list[DocumentedOperation]] = defaultdict(list)
    for path, method, item, node in document.iterate_operations():
        operation = _OperationReader(document, base_url, path, method, item, node).read()
        by_tag[operation.tag].append(operation)
    events: dict[str, list[DocumentedEvent]] = defaultdict(list)
    for event in read_events(document):
        events[event.tag].append(event)
    info = document.root["info"]
    schemas = document.root.get("components", {}).get("schemas", {})
    return Reference(
        title=info["title"],
        version=info["version"],
        description=info.get("description", ""),
        tags=tuple(
            _tag(node, by_tag[node["name"]], events[node["name"]])
            for node in document.root.get("tags", ())
        ),
        problem=describe_schema(document, schemas.get("Problem", {})),
    )


def _tag(
    node: Node, operations: list[DocumentedOperation], events: list[DocumentedEvent]
) -> DocumentedTag:
    name = node["name"]
    words = " ".join(PROPER_NAMES.get(word, word) for word in name.split("_"))
    return DocumentedTag(
        name=name,
        slug=re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-"),
        title=words[:1].upper() + words[1:],
        description=node.get("description", ""),
        operations=tuple(operations),
        events=tuple(events),
    )


@dataclass(frozen=True)
class _OperationReader:
    document: Document
    base_url: str
    path: str
    method: str
    item: Node
    node: Node

    def read(self) -> DocumentedOperation:
        node = self.node
        bodies = tuple(self._contents(self.document.resolve(node.get("requestBody", {}))))
        responses = tuple(self._responses())
        return DocumentedOperation(
            id=node["operationId"],
            tag=node["tags"][0],
            method=self.method.upper(),
            path=self.path,
            summary=node["summary"],
            description=node.get("description", ""),
            is_public=self._is_public,
            permission=node.get("x-permission", ""),
            admits_self=bool(node.get("x-self")),
            is_deprecated=bool(node.get("deprecated")),
            parameters=self._parameters(),
            bodies=bodies,
            responses=responses,
            samples=tuple(make_samples(self._example_request(bodies, responses))),
        )

    @property
    def _is_public(self) -> bool:
        """Return whether it needs no token; an empty requirement means that others are optional."""
        security = self.node.get("security", self.document.root.get("security"))
        return not security or {} in security

    def _raw_parameters(self) -> Iterator[Node]:
        for part in (*self.item.get("parameters", ()), *self.node.get("parameters", ())):
            yield self.document.resolve(part)

    def _parameters(self) -> dict[str, tuple[Member, ...]]:
        grouped: dict[str, list[Member]] = defaultdict(list)
        for part in self._raw_parameters():
            grouped[part["in"]].append(describe_part(self.document, part, part["name"]))
        return {
            heading: tuple(grouped[place]) for place, heading in PLACES.items() if grouped[place]
        }

    def _contents(self, holder: Node) -> Iterator[Content]:
        for media_type, node in holder.get("content", {}).items():
            schema = describe_schema(self.document, node.get("schema", {}))
            yield Content(media_type, schema, find_example(self.document, node))

    def _responses(self) -> Iterator[DocumentedResponse]:
        for status, reference in self.node["responses"].items():
            response = self.document.resolve(reference)
            headers = response.get("headers", {})
            links = map(self.document.resolve, response.get("links", {}).values())
            yield DocumentedResponse(
                status=status,
                description=response.get("description", ""),
                headers=tuple(
                    describe_part(self.document, self.document.resolve(header), name)
                    for name, header in headers.items()
                ),
                contents=tuple(self._contents(response)),
                errors=tuple(self._other_error_codes(response) or self._error_codes(response)),
                links=tuple(link["operationId"] for link in links if "operationId" in link),
            )

    def _other_error_codes(self, response: Node) -> list[ErrorCode]:
        """Return the codes of errors in another form, such as that of OAuth 2.0."""
        examples = response.get("content", {}).get(JSON, {}).get("examples", {})
        if "x-error-codes" not in response:
            return []
        return [
            ErrorCode(code, example["summary"], " ".join(map(str, example["value"].values())))
            for code, example in examples.items()
        ]

    def _error_codes(self, response: Node) -> list[ErrorCode]:
        node = response.get("content", {}).get(PROBLEM, {})
        named = map(self.document.resolve, node.get("examples", {}).values())
        values = [example.get("value", {}) for example in named]
        if "example" in node:
            values.append(node["example"])
        return [
            ErrorCode(value["error"], value.get("title", ""), value.get("detail", ""))
            for value in values
        ]

    def _example_request(
        self, bodies: tuple[Content, ...], responses: tuple[DocumentedResponse, ...]
    ) -> ExampleRequest:
        values: dict[str, dict[str, object]] = {"path": {}, "query": {}, "header": {}}
        for part in self._raw_parameters():
            if part.get("required"):
                values[part["in"]][part["name"]] = self._value(part)
        answers = [content.media_type for content in responses[0].contents]
        return ExampleRequest(
            method=self.method.upper(),
            url=make_url(self.base_url, self.path, values["path"], values["query"]),
            needs_token=not self._is_public,
            headers={name: str(value) for name, value in values["header"].items()},
            media_type=bodies[0].media_type if bodies else "",
            body=bodies[0].value if bodies else None,
            answers=answers[0] if answers else "",
        )

    def _value(self, parameter: Node) -> object:
        if "example" in parameter or "examples" in parameter:
            return find_example(self.document, parameter)
        return make_example(self.document, parameter.get("schema", {}))
