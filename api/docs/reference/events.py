"""Reading the section ``webhooks`` of the contract: the events that webhooks receive."""

from collections.abc import Iterator

from api.docs.reference.documented import DocumentedEvent
from api.docs.reference.literals import render_literal
from api.docs.reference.members import describe_part, describe_schema
from api.docs.reference.nodes import Document, Node
from api.docs.reference.samples import JSON


def read_events(document: Document) -> Iterator[DocumentedEvent]:
    for name, item in document.root.get("webhooks", {}).items():
        yield _read_event(document, name, item["post"])


def _read_event(document: Document, name: str, node: Node) -> DocumentedEvent:
    content = document.resolve(node["requestBody"])["content"][JSON]
    parameters = map(document.resolve, node.get("parameters", ()))
    examples = {
        payload: document.resolve(example)["value"]
        for payload, example in content.get("examples", {}).items()
    }
    return DocumentedEvent(
        name=name,
        tag=node["tags"][0],
        summary=node["summary"],
        description=node.get("description", ""),
        headers=tuple(describe_part(document, part, part["name"]) for part in parameters),
        body=describe_schema(document, content["schema"]),
        examples={payload: render_literal(it, "json") for payload, it in examples.items()},
    )
