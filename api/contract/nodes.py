"""The parts of the document, which are JSON, and references to its components."""

from typing import Any

Node = dict[str, Any]

TEXT: Node = {"type": "string"}
SCHEMAS, EXAMPLES = "#/components/schemas/", "#/components/examples/"


def refer_to_schema(name: str) -> Node:
    return {"$ref": SCHEMAS + name}


def refer_to_example(name: str) -> Node:
    return {"$ref": EXAMPLES + name}
