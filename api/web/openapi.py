"""The contract: an OpenAPI 3.1 document, made once at start.

Flask-RESTX describes paths, path parameters and models in Swagger 2.0. What Swagger 2.0 cannot
express (problem details, headers, links, bearer tokens) comes from the operations.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from flask import Flask

from api.web.authentication import list_authenticators
from api.web.bodies import FORM, JSON
from api.web.body_limits import find_max_bytes
from api.web.fields import Identifier, Password, Slug
from api.web.idempotency import BARE, QUOTED
from api.web.openapi_responses import (
    SCHEMAS,
    Node,
    describe_array,
    describe_errors,
    describe_responses,
    describe_rows,
    make_example,
    problem_schema,
    validation_error,
)
from api.web.operations import Operation
from api.web.restx import Api, Namespace
from api.web.schemas import Model

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

REQUEST_HEADERS: dict[str, Node] = {
    "Idempotency-Key": {
        "description": "A name for this request, such as a UUID. A request that is repeated with "
        "the same key is not executed again; the first response is repeated.",
        "schema": {"type": "string", "pattern": f"^(?:{QUOTED}|{BARE})$"},
    },
    "If-Match": {
        "description": "The ETag that you read. If the resource has changed since, the response is "
        "412 and nothing is changed. `*` is any version.",
        "schema": {"type": "string"},
    },
    "If-None-Match": {
        "description": "The ETag that you have. If it is current, the response is 304.",
        "schema": {"type": "string"},
    },
}


def contract(  # noqa: PLR0913  each is named where it is called
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
        "paths": {path: _path(app, item) for path, item in swagger["paths"].items()},
        "components": _components(app, swagger["definitions"]),
    }
    _set_password_length(described["components"]["schemas"], password_min_length)
    if usernames_required:
        _require_usernames(described["components"]["schemas"])
    return orjson.dumps(described, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _describe_with_restx(app: Flask, rest: Api) -> Node:
    with app.test_request_context():
        swagger = rest.__schema__
    if "paths" not in swagger:
        raise ValueError("the contract cannot be written from the declarations")
    moved: Node = orjson.loads(orjson.dumps(swagger).replace(b"#/definitions/", SCHEMAS.encode()))
    return moved


def _set_password_length(schemas: Mapping[str, Node], min_length: int) -> None:
    """Set the minimum length of a new password, which is a setting."""
    for name, schema in schemas.items():
        for member, field in Model.known.get(name, {}).items():
            if isinstance(field, Password):
                schema["properties"][member]["minLength"] = min_length


def _require_usernames(schemas: Mapping[str, Node]) -> None:
    """Require a username in the bodies with which users register or are created."""
    for schema in schemas.values():
        is_account = schema["properties"].keys() >= {"username", "email", "password"}
        if is_account and "email" in schema.get("required", ()):
            schema["required"].append("username")


def _path(app: Flask, item: Node) -> Node:
    methods = {key: item[key] for key in METHODS if key in item}  # Flask-RESTX has a set of them
    shared = {"parameters": [_parameter(part) for part in item.get("parameters", [])]}
    lifted: Node = {key: _operation(app, part) for key, part in methods.items()}
    return {**(shared if shared["parameters"] else {}), **lifted}


def _operation(app: Flask, part: Node) -> Node:
    operation = Namespace.operations[part["operationId"]]
    lifted: Node = {
        "operationId": operation.id,
        "tags": part["tags"],
        "summary": operation.summary,
        "description": _description(operation, find_max_bytes(app, operation)),
        "security": [] if operation.public else [{name: []} for name in _security_schemes(app)],
        "responses": {
            **describe_responses(operation),
            **describe_errors(operation.documented_errors),
        },
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
    if operation.body is None:
        return None
    if operation.consumes:
        return {
            "content": {
                media_type: (
                    describe_array(operation.body, example)
                    if media_type == JSON
                    else describe_rows(operation.body, example)
                )
                for media_type, example in operation.consumes.items()
            }
        }
    schema = {"$ref": SCHEMAS + operation.body.name}
    kinds = [JSON, FORM] if operation.form else [JSON]
    return {"content": {kind: {"schema": schema} for kind in kinds}}


def _description(operation: Operation, max_bytes: int | None) -> str:
    own = ", except for yourself" if operation.own else ""
    requires = (
        f"Requires the permission `{operation.permission}`{own}." if operation.permission else ""
    )
    limit = f"The body has at most {max_bytes} bytes." if max_bytes else ""
    return "\n\n".join(filter(None, [operation.description, requires, limit])) or operation.summary


def _parameter(part: Node) -> Node:
    described = {"name": part["name"], "in": "path", "required": True}
    kind = Identifier() if part["name"].endswith("_id") else Slug()
    return described | {"schema": kind.schema()}


def _parameters(operation: Operation) -> Iterable[Node]:
    for name, field in (operation.query or {}).items():
        yield _query_parameter(name, field)
    for name in _request_headers(operation):
        yield {"name": name, "in": "header", "required": False, **REQUEST_HEADERS[name]}


def _request_headers(operation: Operation) -> Iterable[str]:
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


def _security_schemes(app: Flask) -> dict[str, dict[str, str]]:
    """Return the credentials that are accepted, each of them alone."""
    return dict(authenticator.security_scheme for authenticator in list_authenticators(app))


def _components(app: Flask, definitions: Mapping[str, Node]) -> Node:
    operations = Namespace.operations.values()
    errors = {error for operation in operations for error in operation.documented_errors}
    schemas = {
        **definitions,
        "ValidationError": validation_error.__schema__,
        "Problem": problem_schema(errors),
    }
    return {
        "schemas": dict(sorted(schemas.items())),
        "examples": {
            kind.code: {"summary": kind.title, "value": make_example(kind)}
            for kind in sorted(errors, key=lambda kind: kind.code)
        },
        "securitySchemes": _security_schemes(app),
    }
