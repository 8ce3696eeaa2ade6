"""The contract: Flask-RESTX writes Swagger 2.0, this says it in OpenAPI 3.1, once at start.

The paths, path parameters and shapes are Flask-RESTX's; what Swagger 2.0 has no words for
(problem documents, headers, links, bearer tokens) comes from the operations themselves.
"""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import orjson
from flask import Flask

from api.core.errors import RateLimited, Refusal, Unauthenticated, Unavailable
from api.web.bodies import FORM
from api.web.fields import Identifier, Slug, Text, Value, Whole
from api.web.idempotency import BARE, QUOTED, REPLAYED
from api.web.operations import Operation
from api.web.problems import MIMETYPE, document
from api.web.restx import Api, Namespace
from api.web.shapes import MOST_FINDINGS, Model

Node = dict[str, Any]
JSON = "application/json"
TEXT: Node = {"type": "string"}
SCHEMAS, EXAMPLES = "#/components/schemas/", "#/components/examples/"
METHODS = ("get", "post", "put", "patch", "delete")
TOKEN = "token"  # noqa: S105  the name of the security scheme
EXAMPLE_REQUEST_ID = "5f0c3b7a9d214e68"
EXAMPLE_BASE_URL = "https://rollbook.example"  # the same document, wherever it is served

DESCRIPTION = """\
Register, log in, be recognised, manage users.

**Try it:** send `POST /api/register`, then `POST /api/login` with the same example, copy the
`access_token` from the answer, press *Authorize* and paste it.

Every error is a problem document (RFC 9457); its `error` is a stable code and its `type` a page
that says what to do.
"""

HEADERS: dict[str, tuple[str, str]] = {
    "X-Request-Id": ("The request's id, also in the logs.", "string"),
    "RateLimit": ("What is left of the quota, and the seconds until it is renewed.", "string"),
    "RateLimit-Policy": ("The policy that counted this request.", "string"),
    "Retry-After": ("Seconds after which another try is welcome.", "integer"),
    "WWW-Authenticate": ("How to authenticate: `Bearer`.", "string"),
    "Location": ("Where the new resource is.", "string"),
    "ETag": ("The version; send it as `If-Match` or `If-None-Match`.", "string"),
    REPLAYED: ("`true` where this is the answer to an earlier request with the key.", "string"),
    "Cache-Control": ("How long the answer may be kept.", "string"),
    "Link": ('The next page, `rel="next"`.', "string"),
}

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

finding = Model(
    "Finding",
    {
        "pointer": Value(
            kind="string", required=True, description="JSON Pointer, or name of a parameter"
        ),
        "rule": Text(longest=40, required=True, description="Stable, for programs"),
        "message": Text(longest=500, required=True, description="For people"),
    },
    description="One thing that is wrong with the input; it never repeats the value.",
)


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


def _tell_password_length(schemas: Mapping[str, Node], shortest: int) -> None:
    """Say what the setting demands of a new password; the shapes know only the floor."""
    for schema in schemas.values():
        for property_ in schema["properties"].values():
            if property_.get("format") == "password" and property_["minLength"] > 1:
                property_["minLength"] = shortest


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
        "responses": {**_answers(operation), **_problems(operation.refusals)},
    }
    if operation.permission:
        lifted["x-permission"] = operation.permission
    if operation.own:
        lifted["x-self"] = True
    if parameters := list(_parameters(operation)):
        lifted["parameters"] = parameters
    if operation.body is not None:
        schema = {"$ref": SCHEMAS + operation.body.name}
        kinds = [JSON, FORM] if operation.form else [JSON]
        content = {kind: {"schema": schema} for kind in kinds}
        lifted["requestBody"] = {"required": True, "content": content}
    if operation.takes is not None:
        lifted["requestBody"] = {
            "required": True,
            "description": f"{operation.takes.longest} bytes at most.",
            "content": {
                kind: {"schema": _line(operation.takes.each)}
                for kind in operation.takes.media_types
            },
        }
    return lifted


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
    if operation.conditional:
        yield "If-Match"
    if operation.idempotent:
        yield "Idempotency-Key"


def _query_parameter(name: str, field: Any) -> Node:
    schema = field.schema()
    described = {"description": text} if (text := schema.pop("description", None)) else {}
    return {"name": name, "in": "query", "required": False, "schema": schema, **described}


def _answers(operation: Operation) -> Node:
    answers = {str(operation.status): _answer(operation)}
    if operation.versioned and operation.method == "GET":
        headers = _headers(_answer_headers(operation))
        answers["304"] = {"description": "You have this version already", "headers": headers}
    return answers


def _answer(operation: Operation) -> Node:
    answer: Node = {
        "description": operation.summary,
        "headers": _headers(_answer_headers(operation)),
    }
    if operation.lines is not None:
        answer["content"] = {operation.lines.media_type: {"schema": _line(operation.shape)}}
    elif operation.shape is not None:
        answer["content"] = {JSON: {"schema": {"$ref": SCHEMAS + operation.shape.name}}}
    if operation.links:
        answer["links"] = {
            target: {"operationId": target, "parameters": dict(parameters)}
            for target, parameters in operation.links.items()
        }
    return answer


def _line(each: Model | None) -> Node:
    """Tell what stands on each line, for which a schema of the whole has no words."""
    return TEXT if each is None else {**TEXT, "x-each-line": {"$ref": SCHEMAS + each.name}}


def _answer_headers(operation: Operation) -> Iterable[str]:
    yield from ("X-Request-Id", "RateLimit", "RateLimit-Policy")
    yield from getattr(operation.headers, "names", ())
    if operation.tagged:
        yield "ETag"
    if operation.idempotent:
        yield REPLAYED


def _headers(names: Iterable[str]) -> Node:
    return {
        name: {"description": HEADERS[name][0], "schema": {"type": HEADERS[name][1]}}
        for name in names
    }


def _problems(refusals: Iterable[type[Refusal]]) -> Node:
    ordered = sorted(refusals, key=lambda kind: (kind.status, kind.code))
    return {
        str(status): _problem(list(group))
        for status, group in groupby(ordered, lambda kind: kind.status)
    }


def _problem(kinds: list[type[Refusal]]) -> Node:
    names = ["X-Request-Id"]
    if kinds[0].status == Unauthenticated.status:
        names.append("WWW-Authenticate")
    if issubclass(kinds[0], RateLimited):
        names += ["RateLimit", "RateLimit-Policy"]
    if issubclass(kinds[0], RateLimited | Unavailable):
        names.append("Retry-After")
    examples = {kind.code: {"$ref": EXAMPLES + kind.code} for kind in kinds}
    content = {"schema": {"$ref": SCHEMAS + "Problem"}, "examples": examples}
    told = " ".join(f"`{kind.code}`: {kind.detail}" for kind in kinds)
    return {"description": told, "headers": _headers(names), "content": {MIMETYPE: content}}


def _example(kind: type[Refusal]) -> Node:
    refusal = kind.__new__(kind)  # the example shows the class, whatever its constructor takes
    refusal.members = {}
    return document(refusal, EXAMPLE_REQUEST_ID, EXAMPLE_BASE_URL)


def _components(definitions: Mapping[str, Node]) -> Node:
    schemas = {**definitions, "Finding": finding.__schema__, "Problem": _problem_schema()}
    bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    refusals = {kind for one in Namespace.operations.values() for kind in one.refusals}
    return {
        "schemas": dict(sorted(schemas.items())),
        "examples": {
            kind.code: {"summary": kind.title, "value": _example(kind)}
            for kind in sorted(refusals, key=lambda kind: kind.code)
        },
        "securitySchemes": {TOKEN: bearer},
    }


def _problem_schema() -> Node:
    line = Text(longest=500).schema()
    properties: Node = {
        "type": {"type": "string", "format": "uri", "description": "A page about this error"},
        "title": line,
        "status": Whole(least=400, most=599).schema(),
        "detail": {**line, "description": "For people"},
        "error": {**line, "description": "Stable, for programs"},
        "message": {**line, "description": "The same text as `detail`"},
        "request_id": line,
        "errors": {
            "type": "array",
            "items": {"$ref": SCHEMAS + "Finding"},
            "maxItems": MOST_FINDINGS,
        },
        "permission": {**line, "description": "The permission that is missing"},
        "max_age": {
            **Whole().schema(),
            "description": "How recently the password has to have been given, in seconds",
        },
        "checks": {
            "type": "object",
            "additionalProperties": line,
            "description": "What was looked at, and how it is: `ok`, or what fails",
        },
    }
    required = [
        name for name in properties if name not in {"errors", "permission", "max_age", "checks"}
    ]
    return {"type": "object", "required": required, "properties": properties}
