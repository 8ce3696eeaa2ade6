"""The step definitions, read from their source, so that nothing has to be imported."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pytest_bdd import parsers

from features.lint.catalogue import ROOT

KINDS = {"given", "when", "then"}
FIELD = {"parse": re.compile(r"{(\w+)(?::[^}]*)?}"), "re": re.compile(r"\(\?P<(\w+)>")}
PARSERS = {"parse": parsers.parse, "re": parsers.re}


@dataclass(frozen=True)
class Pattern:
    """The words of a step: a text, or a pattern of a parser of pytest-bdd."""

    kind: str
    parser: str | None
    text: str

    @cached_property
    def matcher(self) -> parsers.StepParser:
        return PARSERS.get(self.parser or "", parsers.string)(self.text)

    @property
    def fields(self) -> set[str]:
        """Return the names of the values that the step takes from the words."""
        return set(FIELD[self.parser].findall(self.text)) if self.parser else set()


@dataclass(frozen=True)
class Definition:
    """A function with the steps that it defines, or a fixture, which defines none."""

    path: Path
    function: ast.FunctionDef
    patterns: list[Pattern]

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.name}: {self.function.name}"

    @property
    def parameters(self) -> list[str]:
        arguments = self.function.args
        return [each.arg for each in (*arguments.args, *arguments.kwonlyargs)]

    @property
    def used_names(self) -> set[str]:
        nodes = [node for statement in self.function.body for node in ast.walk(statement)]
        return {node.id for node in nodes if isinstance(node, ast.Name)}

    def matches(self, kind: str, text: str) -> bool:
        return any(each.kind == kind and each.matcher.is_matching(text) for each in self.patterns)


def read_definitions(root: Path = ROOT) -> list[Definition]:
    """Return all step definitions and the fixtures beside them."""
    paths = [*sorted(root.rglob("steps.py")), *sorted((root / "common").glob("*.py"))]
    return [each for path in paths for each in parse_definitions(path.read_text(), path)]


def parse_definitions(source: str, path: Path = Path("capability/steps.py")) -> list[Definition]:
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    return [Definition(path, each, list(read_patterns(each))) for each in functions]


def read_patterns(function: ast.FunctionDef) -> Iterator[Pattern]:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and get_name(decorator.func) in KINDS:
            words = decorator.args[0]
            parser = get_name(words.func) if isinstance(words, ast.Call) else None
            text = ast.literal_eval(words.args[0] if isinstance(words, ast.Call) else words)
            yield Pattern(get_name(decorator.func), parser, text)


def get_name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def is_in_scope(definition: Definition, feature_path: Path) -> bool:
    """Return whether a feature sees a definition: its own capability's, or a shared one."""
    return definition.path.parent.name in {"common", feature_path.parent.name}
