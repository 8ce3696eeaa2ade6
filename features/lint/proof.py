"""Checks of the step definitions: what their words say, they take, use and prove."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator

from features.lint.catalogue import Feature, Step
from features.lint.definitions import Definition, is_in_scope

LOCAL_FIXTURES = {"app", "build", "build_strict", "advance_clock", "monkeypatch", "signing_secret"}


def check_parameters(definition: Definition) -> Iterator[str]:
    """Find words that a step does not take, and parameters that it does not use."""
    for pattern in definition.patterns:
        for field in sorted(pattern.fields - set(definition.parameters)):
            yield f"{definition.name} ignores {field!r} of {pattern.text!r}"
    for name in definition.parameters:
        if definition.patterns and name not in definition.used_names:
            yield f"{definition.name} does not use its parameter {name!r}"


def check_assertions(definition: Definition) -> Iterator[str]:
    if any(pattern.kind == "then" for pattern in definition.patterns) and not asserts(definition):
        yield f"{definition.name} is a Then that asserts nothing"


def asserts(definition: Definition) -> bool:
    for node in ast.walk(definition.function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", "")
            expects = [each.value for each in node.keywords if each.arg == "expecting"]
            if name.startswith(("assert_", "check_")) or any(map(is_status, expects)):
                return True
    return False


def is_status(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and isinstance(value.value, int)


def check_duplicates(definitions: Iterable[Definition]) -> Iterator[str]:
    """Find steps of one kind that do the same under different words."""
    alike = defaultdict(list)
    for definition in definitions:
        for kind in sorted({pattern.kind for pattern in definition.patterns}):
            alike[kind, describe_body(definition)].append(definition.name)
    for names in alike.values():
        if len(names) > 1:
            yield f"{' and '.join(names)} do the same"


def describe_body(definition: Definition) -> str:
    """Return the statements of a function, whatever its parameters are called."""
    numbers = {name: f"_{number}" for number, name in enumerate(sorted(definition.parameters))}
    body = ast.unparse(ast.Module(definition.function.body, type_ignores=[]))
    tree = ast.parse(body)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = numbers.get(node.id, node.id)
    return ast.dump(tree)


def check_uses(features: Iterable[Feature], definitions: list[Definition]) -> Iterator[str]:
    """Find steps without a definition or with several, and definitions without a step."""
    unused = {(each.name, pattern) for each in definitions for pattern in each.patterns}
    for feature in features:
        steps = {s for scenario in feature.scenarios for row in scenario.examples for s in row}
        for step in sorted(steps, key=lambda step: step.text):
            found = find_definitions(step, feature, definitions)
            if len(found) != 1:
                yield f"{step.text!r} in {feature.path.name} has {len(found)} definitions"
            unused -= {
                (each.name, pattern)
                for each in found
                for pattern in each.patterns
                if pattern.kind == step.kind and pattern.matcher.is_matching(step.text)
            }
    yield from sorted(f"{name} is not used: {pattern.text!r}" for name, pattern in unused)


def find_definitions(
    step: Step, feature: Feature, definitions: Iterable[Definition]
) -> list[Definition]:
    scope = [each for each in definitions if is_in_scope(each, feature.path)]
    return [each for each in scope if each.matches(step.kind, step.text)]


def check_local_tags(features: Iterable[Feature], definitions: list[Definition]) -> Iterator[str]:
    """Find scenarios that could run remotely but are @local, and the reverse."""
    for feature in features:
        scope = [each for each in definitions if is_in_scope(each, feature.path)]
        local = find_local_names(scope)
        for scenario in feature.scenarios:
            steps = {step for row in scenario.examples for step in row}
            found = [each for step in steps for each in find_definitions(step, feature, scope)]
            is_local = any(each.function.name in local for each in found)
            if is_local != ("local" in scenario.tags):
                claim = "lacks" if is_local else "does not need"
                yield f"{scenario.name!r} in {feature.path.name} {claim} the tag @local"


def find_local_names(definitions: list[Definition]) -> set[str]:
    """Return the fixtures and steps that need the service in this process, also indirectly."""
    local = set(LOCAL_FIXTURES)
    while True:
        found = {each.function.name for each in definitions if local & set(each.parameters)}
        if found <= local:
            return local
        local |= found
