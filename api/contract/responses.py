"""Responses of success."""

import orjson

from api.contract.bodies import describe_object, describe_rows
from api.contract.headers import COMMON_HEADERS, describe_success_headers, refer_to_headers
from api.contract.nodes import Node
from api.web.bodies import JSON
from api.web.idempotency import REPLAYED
from api.web.links import Link
from api.web.operations import Operation
from api.web.schemas import Model


def describe_responses(operation: Operation) -> Node:
    responses = {str(operation.status): _describe_success(operation)}
    for status, model in operation.alternatives.items():
        responses[str(status)] = _describe_alternative(operation, model)
    if operation.answers_not_modified:
        headers = describe_success_headers(operation)
        responses["304"] = {"description": "You already have this version", "headers": headers}
    return responses


def _describe_success(operation: Operation) -> Node:
    response: Node = {
        "description": operation.summary,
        "headers": describe_success_headers(operation),
    }
    if operation.response is not None:
        response["content"] = {operation.produces: _describe_content(operation, operation.response)}
    if operation.links:
        response["links"] = {
            target: _describe_link(target, link) for target, link in operation.links.items()
        }
    return response


def _describe_alternative(operation: Operation, model: Model) -> Node:
    replayed = (REPLAYED,) if operation.idempotent else ()
    return {
        "description": model.also["description"],
        "headers": refer_to_headers((*COMMON_HEADERS, *replayed)),
        "content": {JSON: describe_object(model)},
    }


def _describe_link(target: str, link: Link) -> Node:
    described: Node = {"operationId": target, "description": f"Then call {target}"}
    if link.parameters:
        described["parameters"] = dict(link.parameters)
    if link.body:
        described["requestBody"] = dict(link.body)
    return described


def _describe_content(operation: Operation, model: Model) -> Node:
    if operation.produces == JSON:
        return describe_object(model)
    example = orjson.dumps(model.also["examples"][0], option=orjson.OPT_APPEND_NEWLINE)
    return describe_rows(model, operation.produces, example.decode())
