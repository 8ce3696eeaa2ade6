"""Examples of requests and responses, as the contract gives them."""

from collections.abc import Iterator

from api.docs.reference.nodes import Document, Node

BY_FORMAT = {
    "date-time": "2026-11-23T09:30:00.000000Z",
    "uuid": "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10",
}
BY_TYPE = {"array": [], "boolean": True, "integer": 1, "number": 1, "object": {}, "string": "text"}


def find_example(document: Document, holder: Node) -> object:
    """Return the example of a media type, a parameter or a header; made up if it has none."""
    for example in _find_given(document, holder):
        return example
    return make_example(document, holder.get("schema", {}))


def _find_given(document: Document, holder: Node) -> Iterator[object]:
    if "example" in holder:
        yield holder["example"]
    examples = holder.get("examples") or ()
    if isinstance(examples, dict):  # of a media type or parameter: named, and objects
        for named in examples.values():
            yield document.resolve(named).get("value")
    else:
        yield from examples


def make_example(document: Document, schema: Node) -> object:
    """Return the example of a schema, or a value that is made up from its members."""
    schema = document.resolve(schema)
    for example in _find_given(document, schema):
        return example
    if "default" in schema:
        return schema["default"]
    for values in (schema.get("enum"), schema.get("x-extensible-enum")):
        if values:
            return values[0]
    return _make_up(document, schema)


def _make_up(document: Document, schema: Node) -> object:
    if properties := schema.get("properties"):
        return {name: make_example(document, below) for name, below in properties.items()}
    if "items" in schema:
        return [make_example(document, schema["items"])]
    for choice in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        return make_example(document, choice)
    declared = schema.get("type", "object")
    kind = declared if isinstance(declared, str) else declared[0]
    return BY_FORMAT.get(schema.get("format", ""), BY_TYPE.get(kind))
