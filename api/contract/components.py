"""What several operations share: schemas, examples and security schemes."""

from collections.abc import Mapping

from flask import Flask

from api.contract.nodes import Node
from api.contract.problems import make_example, make_problem_schema
from api.web.authentication import list_authenticators
from api.web.fields import Password
from api.web.restx import Namespace
from api.web.schemas import Model
from api.web.validation_errors import validation_error


def describe_components(
    app: Flask,
    definitions: Mapping[str, Node],
    *,
    password_min_length: int,
    usernames_required: bool,
) -> Node:
    operations = Namespace.operations.values()
    errors = {error for operation in operations for error in operation.documented_errors}
    schemas: dict[str, Node] = {
        **definitions,
        validation_error.name: validation_error.__schema__,
        "Problem": make_problem_schema(errors),
    }
    _set_password_length(schemas, password_min_length)
    if usernames_required:
        _require_usernames(schemas)
    return {
        "schemas": dict(sorted(schemas.items())),
        "examples": {
            kind.code: {"summary": kind.title, "value": make_example(kind)}
            for kind in sorted(errors, key=lambda kind: kind.code)
        },
        "securitySchemes": describe_security_schemes(app),
    }


def describe_security_schemes(app: Flask) -> dict[str, dict[str, str]]:
    """Return the credentials that are accepted, each of them alone."""
    return dict(authenticator.security_scheme for authenticator in list_authenticators(app))


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
