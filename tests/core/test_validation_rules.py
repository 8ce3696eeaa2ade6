"""The catalogue of validation rules is complete."""

import ast
from pathlib import Path

import pytest

from api.core.errors import catalogue
from api.core.validation_rules import COMMAND_LINE_RULES, DESCRIPTIONS, ValidationRule
from api.web.schemas import MESSAGES, RULES, Model

CODE = Path(__file__).parents[2] / "api"
DYNAMIC = {"rule", "problem.rule", "_find_rule(error)", "TAKEN_RULES[name]"}  # typed, mypy checks
ANNOTATIONS = {
    "$ref",
    "additionalProperties",
    "default",
    "description",
    "examples",
    "items",
    "properties",
    "title",
}


def find_rules_in_code():
    """Yield what each ValidationError of the code is given as its rule."""
    for file in CODE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            is_call = isinstance(node, ast.Call)
            if is_call and ast.unparse(node.func) == "ValidationError" and len(node.args) > 1:
                yield ast.unparse(node.args[1])


def find_keywords(schema):
    for keyword, value in schema.items():
        yield keyword
        if keyword in {"items", "additionalProperties"} and isinstance(value, dict):
            yield from find_keywords(value)
        if keyword == "properties":
            for member in value.values():
                yield from find_keywords(member)


def test_every_rule_is_described_and_in_order():
    assert list(DESCRIPTIONS) == list(ValidationRule)
    assert [rule.name for rule in ValidationRule] == sorted(rule.name for rule in ValidationRule)
    assert all(text.endswith(".") for text in DESCRIPTIONS.values())


def test_the_code_names_no_rule_that_the_catalogue_lacks():
    names = {f"ValidationRule.{rule.name}" for rule in ValidationRule}

    assert set(find_rules_in_code()) <= names | DYNAMIC


def test_the_catalogue_has_no_rule_that_the_code_does_not_use():
    text = "".join(file.read_text() for file in CODE.rglob("*.py"))
    codes = {kind.code for kind in catalogue()}  # an import reports these as the rule of a row
    unused = [
        rule
        for rule in ValidationRule
        if text.count(f"ValidationRule.{rule.name}") < 2 and rule not in codes
    ]

    assert unused == []


@pytest.mark.usefixtures("application")
def test_every_keyword_of_a_model_has_a_rule_and_a_message():
    keywords = {word for model in Model.known.values() for word in find_keywords(model.__schema__)}

    assert keywords - ANNOTATIONS <= RULES.keys()
    assert set(RULES.values()) == MESSAGES.keys()


def test_rules_of_the_command_line_are_not_in_the_contract(application):
    document = application.test_client().get("/openapi.json").json
    rules = document["components"]["schemas"]["ValidationRule"]

    assert set(rules["x-extensible-enum"]) == set(ValidationRule) - COMMAND_LINE_RULES
    texts = dict(zip(rules["x-extensible-enum"], rules["x-enum-descriptions"], strict=True))
    assert texts["required"] == DESCRIPTIONS[ValidationRule.REQUIRED]
