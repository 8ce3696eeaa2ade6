"""What the document says about the API as a whole."""

from api.contract.nodes import Node
from api.web.http_errors import OF_ANY_REQUEST

DESCRIPTION = """\
Register, log in, verify tokens, manage users.

**Try it:** send `POST /api/register`, then `POST /api/login` with the same example, copy the
`access_token` from the answer, press *Authorize* on the page `/docs` and paste it.

## Versions

The version is that of the service (semantic versioning). Within a major version, and before 1.0.0
within a minor version, nothing is removed and no request that is accepted today is rejected. These
can be added at any time: operations, optional parameters and members of requests, members of
responses, values of enumerations in responses (`x-extensible-enum`), error codes and rules. So
ignore members that you do not know, and treat a value that you do not know as a case of its own.

An operation that is `deprecated` works as before. Its responses have the header `Deprecation`
(RFC 9745) and, once the date is known, `Sunset` (RFC 8594). It can be removed from that moment on,
or in a new major version.

## Numbers

Numbers are the defaults; the settings named beside them can change them. The keywords of schemas,
such as `minLength`, have the values that are set.

## Errors

Every error of Rollbook is a problem document (RFC 9457). Decide by `error`, a stable code; its
`type` is a page that says what to do. Each operation lists its codes by status. In
`invalid_request`, `errors` names each place and rule (`ValidationRule`).

The HTTP server rejects a request that it cannot read before Rollbook receives it. Then the status
is 400, 414 or 431, without a body and without `X-Request-Id`.
"""
PROTOCOL_ERRORS = """\
These codes can be the response to a request to any path. Operations do not list them, except 400,
413 and 415 where the operation has a body:

| status | code | what it means |
|---|---|---|
"""
LICENSE: Node = {"name": "Apache-2.0", "identifier": "Apache-2.0"}


def describe_info(version: str, base_path: str) -> Node:
    return {
        "title": "Rollbook",
        "version": version,
        "summary": "User management and authentication",
        "description": DESCRIPTION + "\n" + _list_protocol_errors(),
        "contact": {"name": "The operator of this service", "url": f"{base_path}/docs"},
        "license": LICENSE,
    }


def describe_external_docs(base_path: str) -> Node:
    return {
        "description": "Every error code, with an example and what to do",
        "url": f"{base_path}/docs/errors",
    }


def _list_protocol_errors() -> str:
    """Return the errors of HTTP itself as a table."""
    rows = [f"| {kind.status} | `{kind.code}` | {kind.detail} |\n" for kind in OF_ANY_REQUEST]
    return PROTOCOL_ERRORS + "".join(rows)
