"""The contract: Flask-RESTX writes Swagger 2.0, this says it in OpenAPI 3.1, once at start.

The paths, path parameters and shapes are Flask-RESTX's; what Swagger 2.0 has no words for
(problem documents, headers, links, bearer tokens) comes from the operations themselves.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from flask import Flask

from api.web.bodies import FORM
from api.web.fields import Identifier, Slug
from api.web.idempotency import BARE, QUOTED
from api.web.openapi_answers import (
    JSON,
    SCHEMAS,
    Node,
    answers,
    example,
    line,
    problem_schema,
    problems,
    validation_error,
)
from api.web.operations import Operation
from api.web.restx import Api, Namespace

METHODS = ("get", "post", "put", "patch", "delete")
TOKEN = "token"  # noqa: S105  the name of the security scheme

DESCRIPTION = """\
Register, log in, be recognised, manage users.

**Try it:** send `POST /api/register`, then `POST /api/login` with the same example, copy the
`access_token` from the answer, press *Authorize* and paste it.

Every error is a problem document (RFC 9457); its `error` is a stable code and its `type` a page
that says what to do.
"""

SENT_HEADERS: dict[str, Node] = {
    "Idempotency-Key": {
        "description": "A name for this request, such as a UUID. Sent again with the same key, it "
        "is not done again, and its first answer is told again.",
        "schema": {"type": "string", "pattern": f"^(?:{QUOTED}|{BARE})$"},
    },
    "If-Match": {
        "description": "The ETag of what you read: what was changed since then is left alone and "
        "answered 412. `*` is any version.",
        "schema": {"type": "string"},
    },
    "If-None-Match": {
        "description": "The ETag of what you have: where it still holds, the answer is 304.",
        "schema": {"type": "string"},
    },
}


def contract(app: Flask, rest: Api, *, version: str, password_min_length: int) -> bytes:
    """Return the document, ready to be served.

    Raises:
        ValueError: a declaration is wrong; Flask-RESTX would tell only at run time.
    """
    swagger = _as_restx_has_it(app, rest)
    described: Node = {
        "openapi": "3.1.0",
        "info": {
            "title": "Rollbook",
            "version": version,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [tag for tag in swagger["tags"] if tag["name"] != "default"],
        "paths": {path: _path(item) for path, item in swagger["paths"].items()},
        "components": _components(swagger["definitions"]),
    }
    _tell_password_length(described["components"]["schemas"], password_min_length)
    return orjson.dumps(described, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _as_restx_has_it(app: Flask, rest: Api) -> Node:
    with app.test_request_context():
        swagger = rest.__schema__
    if "paths" not in swagger:
        raise ValueError("the contract cannot be written from the declarations")
    moved: Node = orjson.loads(orjson.dumps(swagger).replace(b"#/definitions/", SCHEMAS.encode()))
    return moved


def _tell_password_length(schemas: Mapping[str, Node], min_length: int) -> None:
    """Say what the setting demands of a new password; the shapes know only the floor."""
    for schema in schemas.values():
        for property_ in schema["properties"].values():
            if property_.get("format") == "password" and property_["minLength"] > 1:
                property_["minLength"] = min_length


def _path(item: Node) -> Node:
    methods = {key: item[key] for key in METHODS if key in item}  # Flask-RESTX has a set of them
    shared = {"parameters": [_parameter(part) for part in item.get("parameters", [])]}
    lifted: Node = {key: _operation(part) for key, part in methods.items()}
    return {**(shared if shared["parameters"] else {}), **lifted}


def _operation(part: Node) -> Node:
    operation = Namespace.operations[part["operationId"]]
    lifted: Node = {
        "operationId": operation.id,
        "tags": part["tags"],
        "summary": operation.summary,
        "description": _description(operation),
        "security": [] if operation.public else [{TOKEN: []}],
        "responses": {**answers(operation), **problems(operation.documented_errors)},
    }
    if operation.permission:
        lifted["x-permission"] = operation.permission
    if operation.own:
        lifted["x-self"] = True
    if parameters := list(_parameters(operation)):
        lifted["parameters"] = parameters
    if body := _body(operation):
        lifted["requestBody"] = {"required": True, **body}
    return lifted


def _body(operation: Operation) -> Node | None:
    if takes := operation.takes:
        content = {kind: {"schema": line(takes.each)} for kind in takes.media_types}
        return {"description": f"{takes.longest} bytes at most.", "content": content}
    if operation.body is None:
        return None
    schema = {"$ref": SCHEMAS + operation.body.name}
    kinds = [JSON, FORM] if operation.form else [JSON]
    return {"content": {kind: {"schema": schema} for kind in kinds}}


def _description(operation: Operation) -> str:
    save = ", save for yourself" if operation.own else ""
    needs = f"Needs the permission `{operation.permission}`{save}." if operation.permission else ""
    takes = f"Takes {operation.cap} bytes at most." if operation.cap else ""
    return "\n\n".join(filter(None, [operation.description, needs, takes])) or operation.summary


def _parameter(part: Node) -> Node:
    described = {"name": part["name"], "in": "path", "required": True}
    kind = Identifier() if part["name"].endswith("_id") else Slug()
    return described | {"schema": kind.schema()}


def _parameters(operation: Operation) -> Iterable[Node]:
    for name, field in (operation.query or {}).items():
        yield _query_parameter(name, field)
    for name in _sent_headers(operation):
        yield {"name": name, "in": "header", "required": False, **SENT_HEADERS[name]}


def _sent_headers(operation: Operation) -> Iterable[str]:
    if operation.versioned and operation.method == "GET":
        yield "If-None-Match"
    if operation.is_conditional:
        yield "If-Match"
    if operation.idempotent:
        yield "Idempotency-Key"


def _query_parameter(name: str, field: Any) -> Node:
    schema = field.schema()
    described = {"description": text} if (text := schema.pop("description", None)) else {}
    return {"name": name, "in": "query", "required": False, "schema": schema, **described}


def _components(definitions: Mapping[str, Node]) -> Node:
    schemas = {**definitions, "Finding": validation_error.__schema__, "Problem": problem_schema()}
    bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    api_errors = {kind for one in Namespace.operations.values() for kind in one.documented_errors}
    return {
        "schemas": dict(sorted(schemas.items())),
        "examples": {
            kind.code: {"summary": kind.title, "value": example(kind)}
            for kind in sorted(api_errors, key=lambda kind: kind.code)
        },
        "securitySchemes": {TOKEN: bearer},
    }
