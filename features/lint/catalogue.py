"""The feature files, read by the official parser of Gherkin."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gherkin.parser import Parser

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Step:
    """A step with the values of one row of examples; ``kind`` is given, when or then."""

    kind: str
    text: str


@dataclass(frozen=True)
class Scenario:
    """A scenario; an outline has a list of steps for each row of its examples."""

    name: str
    rule: str
    tags: frozenset[str]
    own_steps: list[Step]
    examples: list[list[Step]]


@dataclass(frozen=True)
class Feature:
    path: Path
    text: str
    name: str
    description: str
    tags: list[str]
    scenarios: list[Scenario]


def read_features(root: Path = ROOT) -> list[Feature]:
    return [read_feature(path.read_text(), path) for path in sorted(root.rglob("*.feature"))]


def read_feature(text: str, path: Path = Path("capability/planted.feature")) -> Feature:
    feature = Parser().parse(text)["feature"]
    return Feature(
        path,
        text,
        feature["name"],
        feature["description"],
        list_tags(feature),
        list(read_scenarios(feature)),
    )


def list_tags(node: dict[str, Any]) -> list[str]:
    return [tag["name"].removeprefix("@") for tag in node["tags"]]


def read_scenarios(feature: dict[str, Any]) -> Iterator[Scenario]:
    """Return the scenarios with the steps of their backgrounds and all tags above them."""
    tags = list_tags(feature)
    background = read_background(feature)
    for child in feature["children"]:
        if "scenario" in child:
            yield read_scenario(child["scenario"], "", tags, background)
        if rule := child.get("rule"):
            steps = background + read_background(rule)
            for each in rule["children"]:
                if "scenario" in each:
                    all_tags = tags + list_tags(rule)
                    yield read_scenario(each["scenario"], rule["name"], all_tags, steps)


def read_background(node: dict[str, Any]) -> list[Step]:
    found = [child["background"] for child in node["children"] if "background" in child]
    return read_steps(found[0]["steps"]) if found else []


def read_steps(steps: list[dict[str, Any]]) -> list[Step]:
    """Return the steps; ``And`` has the kind of the step before it."""
    read: list[Step] = []
    for step in steps:
        keyword = step["keyword"].strip().lower()
        kind = keyword if keyword in {"given", "when", "then"} or not read else read[-1].kind
        read.append(Step(kind, step["text"]))
    return read


def read_scenario(
    scenario: dict[str, Any], rule: str, tags: list[str], background: list[Step]
) -> Scenario:
    steps = read_steps(scenario["steps"])
    rows = list(read_rows(scenario)) or [{}]
    examples = [[*background, *(fill_in(step, row) for step in steps)] for row in rows]
    all_tags = frozenset(tags + list_tags(scenario))
    return Scenario(scenario["name"], rule, all_tags, steps, examples)


def read_rows(scenario: dict[str, Any]) -> Iterator[dict[str, str]]:
    for table in scenario["examples"]:
        names = [cell["value"] for cell in table["tableHeader"]["cells"]]
        for row in table["tableBody"]:
            yield dict(zip(names, (cell["value"] for cell in row["cells"]), strict=True))


def fill_in(step: Step, row: dict[str, str]) -> Step:
    text = step.text
    for name, value in row.items():
        text = text.replace(f"<{name}>", value)
    return Step(step.kind, text)
