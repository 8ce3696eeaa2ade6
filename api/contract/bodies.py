"""Bodies, in both directions."""

import orjson

from api.contract.nodes import Node, refer
from api.web.bodies import FORM, JSON
from api.web.operations import Operation
from api.web.schemas import Model


def describe_request_body(operation: Operation) -> Node | None:
    if operation.body is None:
        return None
    if operation.consumes:
        content = {
            media_type: describe_rows(operation.body, media_type, example)
            for media_type, example in operation.consumes.items()
        }
    else:
        content = {FORM if operation.form else JSON: describe_object(operation.body)}
    return {"required": True, "content": content}


def describe_object(model: Model) -> Node:
    """Describe a body that is one object, with the example of its model."""
    examples = model.also.get("examples", [])
    return {
        "schema": refer("schemas", model.name),
        **({"example": examples[0]} if examples else {}),
    }


def describe_rows(row: Model, media_type: str, example: str) -> Node:
    """Describe a body of several rows: a JSON array, or text that JSON Schema cannot look into.

    ``binary`` lets generated clients send and receive the text as a file or stream.
    """
    rows = {"type": "array", "items": refer("schemas", row.name)}
    if media_type == JSON:
        return {"schema": rows, "example": orjson.loads(example)}
    text = {"type": "string", "format": "binary", "contentMediaType": media_type}
    return {"schema": {**text, "contentSchema": rows}, "example": example}
