"""Request bodies, and bodies of several rows in both directions."""

import orjson

from api.contract.nodes import TEXT, Node, refer_to_schema
from api.web.bodies import FORM, JSON
from api.web.operations import Operation
from api.web.schemas import Model


def describe_request_body(operation: Operation) -> Node | None:
    if operation.body is None:
        return None
    if operation.consumes:
        content = {
            media_type: (describe_array if media_type == JSON else describe_rows)(
                operation.body, example
            )
            for media_type, example in operation.consumes.items()
        }
    else:
        schema = refer_to_schema(operation.body.name)
        content = {FORM if operation.form else JSON: {"schema": schema}}
    return {"required": True, "content": content}


def describe_rows(row: Model, example: str) -> Node:
    """Describe text whose rows have this schema, which JSON Schema cannot express."""
    return {"schema": {**TEXT, "x-each-line": refer_to_schema(row.name)}, "example": example}


def describe_array(row: Model, example: str) -> Node:
    """Describe a JSON array whose items have this schema."""
    schema = {"type": "array", "items": refer_to_schema(row.name)}
    return {"schema": schema, "example": orjson.loads(example)}
