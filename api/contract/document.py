"""The document as a whole.

Flask-RESTX describes paths, path parameters and models in Swagger 2.0. What Swagger 2.0 cannot
express (problem details, headers, links, bearer tokens) comes from the operations.
"""

from dataclasses import dataclass
from itertools import chain

import orjson
from flask import Flask

from api.contract.components import describe_components
from api.contract.info import describe_external_docs, describe_info
from api.contract.nodes import SCHEMAS, Node
from api.contract.operations import describe_operation
from api.contract.parameters import describe_path_parameter
from api.core.errors import ApiError
from api.web.http_errors import BY_STATUS
from api.web.restx import Api, Namespace

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What the document depends on beside the declarations."""

    version: str
    password_min_length: int
    usernames_required: bool
    base_path: str = ""


@dataclass(frozen=True)
class Webhooks:
    """The requests that this service sends: a path item for each event, and their parameters."""

    items: dict[str, Node]
    parameters: dict[str, Node]
    tag: Node  # of all of them
    after: str  # the name of the tag before it


def render_contract(
    app: Flask, rest: Api, deployment: Deployment, webhooks: Webhooks | None = None
) -> bytes:
    """Return the document as JSON.

    Raises:
        ValueError: Flask-RESTX cannot describe a declaration; it would show that at run time only.
    """
    swagger = _describe_with_restx(app, rest)
    base_path = deployment.base_path
    described: Node = {
        "openapi": "3.1.0",
        "info": describe_info(deployment.version, base_path),
        "externalDocs": describe_external_docs(base_path),
        "servers": [{"url": base_path or "/", "x-internal": False}],
        "tags": [tag for tag in swagger["tags"] if tag["name"] != "default"],
        "paths": {path: _describe_path(app, item) for path, item in swagger["paths"].items()},
    }
    described["components"] = describe_components(
        app,
        swagger["definitions"],
        described["paths"],
        list_http_errors(),
        password_min_length=deployment.password_min_length,
        usernames_required=deployment.usernames_required,
    )
    if webhooks:
        names = [tag["name"] for tag in described["tags"]]
        described["tags"].insert(names.index(webhooks.after) + 1, webhooks.tag)
        described["webhooks"] = webhooks.items
        described["components"]["parameters"] = webhooks.parameters
    return orjson.dumps(described, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def list_http_errors() -> list[type[ApiError]]:
    """Return every error that the API can answer, by status and code.

    Those of the command line and of pages for browsers are not among them.
    """
    kinds = {*_list_documented_errors(), *BY_STATUS.values()}
    return sorted(kinds, key=lambda kind: (kind.status, kind.code))


def _list_documented_errors() -> set[type[ApiError]]:
    operations = Namespace.operations.values()
    return set(chain.from_iterable(operation.documented_errors for operation in operations))


def _describe_with_restx(app: Flask, rest: Api) -> Node:
    with app.test_request_context():
        swagger = rest.__schema__
    if "paths" not in swagger:
        raise ValueError("the contract cannot be written from the declarations")
    moved: Node = orjson.loads(orjson.dumps(swagger).replace(b"#/definitions/", SCHEMAS.encode()))
    return moved


def _describe_path(app: Flask, item: Node) -> Node:
    methods = {key: item[key] for key in METHODS if key in item}  # Flask-RESTX has a set of them
    parameters = [describe_path_parameter(part["name"]) for part in item.get("parameters", [])]
    described: Node = {
        key: describe_operation(app, part["operationId"], part["tags"])
        for key, part in methods.items()
    }
    return {**({"parameters": parameters} if parameters else {}), **described}
