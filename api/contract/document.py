"""The document as a whole.

Flask-RESTX describes paths, path parameters and models in Swagger 2.0. What Swagger 2.0 cannot
express (problem details, headers, links, bearer tokens) comes from the operations.
"""

import orjson
from flask import Flask

from api.contract.components import describe_components, describe_security_schemes
from api.contract.nodes import SCHEMAS, Node
from api.contract.operations import describe_operation
from api.contract.parameters import describe_path_parameter
from api.web.restx import Api

METHODS = ("get", "post", "put", "patch", "delete")

DESCRIPTION = """\
Register, log in, verify tokens, manage users.

**Try it:** send `POST /api/register`, then `POST /api/login` with the same example, copy the
`access_token` from the answer, press *Authorize* and paste it.

Every error is a problem document (RFC 9457). Its `error` is a stable code, its `type` a page that
says what to do.
"""

INFO: Node = {
    "title": "Rollbook",
    "version": "",
    "description": DESCRIPTION,
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}


def render_contract(  # noqa: PLR0913  each is named where it is called
    app: Flask,
    rest: Api,
    *,
    version: str,
    password_min_length: int,
    usernames_required: bool,
    base_path: str = "",
) -> bytes:
    """Return the document as JSON.

    Raises:
        ValueError: Flask-RESTX cannot describe a declaration; it would show that at run time only.
    """
    swagger = _describe_with_restx(app, rest)
    described: Node = {
        "openapi": "3.1.0",
        "info": {**INFO, "version": version},
        "servers": [{"url": base_path or "/"}],
        "tags": [tag for tag in swagger["tags"] if tag["name"] != "default"],
        "paths": {path: _describe_path(app, item) for path, item in swagger["paths"].items()},
        "components": describe_components(
            app,
            swagger["definitions"],
            password_min_length=password_min_length,
            usernames_required=usernames_required,
        ),
    }
    return orjson.dumps(described, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


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
    security: list[Node] = [{name: []} for name in describe_security_schemes(app)]
    described: Node = {
        key: describe_operation(app, part["operationId"], part["tags"], security)
        for key, part in methods.items()
    }
    return {**({"parameters": parameters} if parameters else {}), **described}
