"""Each TypedDict of a body or a query has the members of the model that validates it."""

from inspect import signature
from typing import get_type_hints, is_typeddict

import pytest

from api.app import create_app  # noqa: F401  declares every operation
from api.web.restx import Namespace

OPERATIONS = dict(Namespace.operations)


def find_types(operation):
    """Return pairs of a model and the TypedDict through which services read its value."""
    reader = operation.prepare or operation.view
    hints = get_type_hints(reader)
    if operation.body is not None and not operation.consumes:
        name = next(iter(signature(reader).parameters)) if operation.prepare else "body"
        yield operation.body, hints[name]
    if operation.query is not None:
        yield operation.query, get_type_hints(operation.view)["query"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_members_are_those_of_the_model(name):
    for model, typed in find_types(OPERATIONS[name]):
        assert is_typeddict(typed), f"{name}: {model.name}"
        assert typed.__annotations__.keys() | set() == set(model), f"{name}: {model.name}"
        required = {member for member, field in model.items() if field.required}
        always = required | {
            member for member, field in model.items() if "default" in getattr(field, "keywords", {})
        }
        assert required <= typed.__required_keys__ <= always, f"{name}: {model.name}"
