"""What several operations share: schemas, responses, headers, examples and security schemes."""

from collections.abc import Iterable, Mapping

from flask import Flask

from api.contract.headers import HEADERS
from api.contract.nodes import SCHEMAS, Node, find_references, refer
from api.contract.problems import (
    describe_shared_errors,
    describe_shared_examples,
    make_code_schema,
    make_problem_schema,
    make_rule_schema,
)
from api.contract.schemas import (
    METADATA_SCHEMA,
    describe_answered,
    describe_choices,
    describe_sent,
    find_reachable,
)
from api.core.errors import ApiError
from api.web.authentication import list_authenticators
from api.web.fields import METADATA, Choices, Password
from api.web.restx import Namespace
from api.web.schemas import Model
from api.web.validation_errors import validation_error


def describe_components(  # noqa: PLR0913  each is named where it is called
    app: Flask,
    definitions: Mapping[str, Node],
    paths: Node,
    errors: Iterable[type[ApiError]],
    *,
    password_min_length: int,
    usernames_required: bool,
) -> Node:
    kinds = list(errors)
    schemas = _describe_schemas(definitions, kinds)
    _set_password_length(schemas, password_min_length)
    if usernames_required:
        _require_usernames(schemas)
    responses = describe_shared_errors()
    schemas |= _describe_used_choices([schemas, paths])
    components = {
        "schemas": dict(sorted(schemas.items())),
        "responses": responses,
        "examples": describe_shared_examples(kinds),
        "headers": {name: header.describe() for name, header in HEADERS.items()},
    }
    used = _select_used(components, paths)
    return {**used, "securitySchemes": describe_security_schemes(app)}


def describe_security_schemes(app: Flask) -> dict[str, Node]:
    """Return the credentials that are accepted, each of them alone."""
    authenticators = list_authenticators(app, accept_clients=True)
    return dict(authenticator.security_scheme for authenticator in authenticators)


def _describe_schemas(
    definitions: Mapping[str, Node], errors: list[type[ApiError]]
) -> dict[str, Node]:
    """Return the schemas of requests, closed, and those of responses, open.

    Raises:
        ValueError: a model is used in both directions.
    """
    bodies, results = _list_models()
    sent, answered = find_reachable(bodies, definitions), find_reachable(results, definitions)
    if both := sent & answered:
        raise ValueError(f"models of requests and of responses: {', '.join(sorted(both))}")
    described = {
        name: (describe_sent if name in sent else describe_answered)(schema)
        for name, schema in definitions.items()
    }
    return described | {
        METADATA: METADATA_SCHEMA,
        validation_error.name: _describe_validation_error(),
        "ValidationRule": make_rule_schema(),
        "Problem": describe_answered(make_problem_schema(errors)),
        "ErrorCode": make_code_schema(errors),
    }


def _list_models() -> tuple[list[str], list[str]]:
    """Return the names of the models of requests, and of those of responses."""
    operations = Namespace.operations.values()
    bodies = [each.body.name for each in operations if each.body is not None]
    results = [each.response.name for each in operations if each.response is not None]
    results += [each.error_format.model.name for each in operations if each.error_format]
    return bodies, results


def _describe_validation_error() -> Node:
    described: Node = describe_answered(validation_error.__schema__)
    rule = described["properties"]["rule"]
    described["properties"]["rule"] = {
        **refer("schemas", "ValidationRule"),
        "description": rule["description"],
    }
    return described


def _describe_used_choices(parts: list[Node]) -> dict[str, Node]:
    used = {target.removeprefix(SCHEMAS) for target in find_references(parts)}
    return {
        name: describe_choices(choices) for name, choices in Choices.known.items() if name in used
    }


def _select_used(components: dict[str, dict[str, Node]], paths: Node) -> dict[str, dict[str, Node]]:
    """Return the components that the paths refer to, also through other components."""
    used: set[str] = set()
    pending = find_references(paths)
    while pending:
        target = pending.pop()
        used.add(target)
        kind, name = target.split("/")[-2:]
        pending |= find_references(components[kind][name]) - used
    return {
        kind: {name: part for name, part in parts.items() if f"#/components/{kind}/{name}" in used}
        for kind, parts in components.items()
    }


def _set_password_length(schemas: Mapping[str, Node], min_length: int) -> None:
    """Set the minimum length of a new password, which is a setting."""
    for name, schema in schemas.items():
        for member, field in Model.known.get(name, {}).items():
            if isinstance(field, Password):
                schema["properties"][member]["minLength"] = min_length


def _require_usernames(schemas: Mapping[str, Node]) -> None:
    """Require a username in the bodies with which users register or are created."""
    for schema in schemas.values():
        is_account = schema.get("properties", {}).keys() >= {"username", "email", "password"}
        if is_account and "email" in schema.get("required", ()):
            schema["required"].append("username")
