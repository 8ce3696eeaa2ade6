"""The specification as people read it: capabilities, features, rules and scenarios, with results.

It is made from Cucumber messages alone, so the results of any run can be shown.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import cucumber_messages as cucumber
from cucumber_messages import Envelope, Pickle

from features.capabilities import sort_key
from features.report.records import Status
from features.report.results import NOT_RUN, Result, collect_results, find_worst

HIDDEN_TAGS = {"local", "alone"}  # they say only how a scenario is run


@dataclass(frozen=True)
class Step:
    keyword: str
    text: str
    table: list[list[str]]
    doc_string: str


@dataclass(frozen=True)
class Example:
    """A row of examples, and how the scenario went with it."""

    cells: list[str]
    result: Result


@dataclass(frozen=True)
class Examples:
    name: str
    header: list[str]
    rows: list[Example]


@dataclass(frozen=True)
class Scenario:
    anchor: str
    feature: str
    name: str
    tags: list[str]
    steps: list[Step]
    examples: list[Examples]
    results: list[Result]

    @property
    def status(self) -> str:
        return find_worst(result.status for result in self.results)

    @property
    def errors(self) -> list[Result]:
        return [result for result in self.results if result.message]

    @property
    def not_passed(self) -> list[Result]:
        return [result for result in self.results if result.status != Status.PASSED]


@dataclass(frozen=True)
class Rule:
    """A rule with its scenarios; its name is empty for scenarios that belong to none."""

    anchor: str
    name: str
    description: str
    tags: list[str]
    background: list[Step]
    scenarios: list[Scenario]

    @property
    def status(self) -> str:
        return find_worst(each.status for each in self.scenarios)


@dataclass(frozen=True)
class Feature:
    anchor: str
    uri: str
    name: str
    narrative: list[str]
    tags: list[str]
    background: list[Step]
    rules: list[Rule]

    @property
    def capability(self) -> str:
        return PurePosixPath(self.uri).parent.name

    @property
    def scenarios(self) -> list[Scenario]:
        return [scenario for rule in self.rules for scenario in rule.scenarios]

    @property
    def results(self) -> list[Result]:
        return [result for scenario in self.scenarios for result in scenario.results]

    @property
    def status(self) -> str:
        return find_worst(result.status for result in self.results)


@dataclass(frozen=True)
class Capability:
    name: str
    features: list[Feature]

    @property
    def title(self) -> str:
        return self.name.replace("_", " ").capitalize()

    @property
    def results(self) -> list[Result]:
        return [result for feature in self.features for result in feature.results]

    @property
    def status(self) -> str:
        return find_worst(result.status for result in self.results)


@dataclass
class Outline:
    """All capabilities, and the anchor of each scenario by its file and its name when it ran."""

    capabilities: list[Capability] = field(default_factory=list)
    scenarios: dict[tuple[str, str], Scenario] = field(default_factory=dict)

    @property
    def features(self) -> list[Feature]:
        return [feature for each in self.capabilities for feature in each.features]

    @property
    def results(self) -> list[Result]:
        return [result for feature in self.features for result in feature.results]

    def list_scenarios(self) -> list[Scenario]:
        return [scenario for feature in self.features for scenario in feature.scenarios]


def make_outline(envelopes: list[Envelope]) -> Outline:
    """Return the specification with the results of the run."""
    results = collect_results(envelopes)
    pickles: dict[str, list[Pickle]] = defaultdict(list)
    for envelope in envelopes:
        if envelope.pickle:
            pickles[envelope.pickle.ast_node_ids[0]].append(envelope.pickle)
    outline = Outline()
    builder = Builder(pickles, results, outline)
    by_capability: dict[str, list[Feature]] = defaultdict(list)
    for envelope in envelopes:
        if envelope.gherkin_document and envelope.gherkin_document.feature:
            feature = builder.make_feature(envelope.gherkin_document)
            by_capability[feature.capability].append(feature)
    for name in sorted(by_capability, key=sort_key):
        outline.capabilities.append(Capability(name, by_capability[name]))
    return outline


@dataclass(frozen=True)
class Place:
    """The feature in which a scenario is."""

    uri: str
    anchor: str
    feature: str


@dataclass(frozen=True)
class Builder:
    """Makes features from syntax trees."""

    pickles: dict[str, list[Pickle]]
    results: dict[str, Result]
    outline: Outline

    def make_feature(self, document: cucumber.GherkinDocument) -> Feature:
        feature, path = document.feature, PurePosixPath(document.uri)
        place = Place(document.uri, make_anchor(*path.with_suffix("").parts[1:]), feature.name)
        rules = [self._make_rule(child.rule, place) for child in feature.children if child.rule]
        loose = self._make_scenarios(feature.children, place)
        return Feature(
            anchor=place.anchor,
            uri=place.uri,
            name=feature.name,
            narrative=[line.strip() for line in feature.description.splitlines() if line.strip()],
            tags=show_tags(feature.tags, path.parent.name),
            background=list(find_background(feature.children)),
            rules=[*([Rule(place.anchor, "", "", [], [], loose)] if loose else []), *rules],
        )

    def _make_rule(self, rule: cucumber.Rule, place: Place) -> Rule:
        return Rule(
            f"{place.anchor}--rule-{make_anchor(rule.name)}",
            rule.name,
            rule.description.strip(),
            show_tags(rule.tags),
            list(find_background(rule.children)),
            self._make_scenarios(rule.children, place),
        )

    def _make_scenarios(
        self, children: Iterable[cucumber.RuleChild], place: Place
    ) -> list[Scenario]:
        return [self._make_scenario(each.scenario, place) for each in children if each.scenario]

    def _make_scenario(self, scenario: cucumber.Scenario, place: Place) -> Scenario:
        pickles = self.pickles[scenario.id]
        made = Scenario(
            anchor=f"{place.anchor}--{make_anchor(scenario.name)}",
            feature=place.feature,
            name=scenario.name,
            tags=show_tags(scenario.tags),
            steps=[make_step(step) for step in scenario.steps],
            examples=[self._make_examples(each, pickles) for each in scenario.examples],
            results=[self.results.get(pickle.id, Result(NOT_RUN)) for pickle in pickles],
        )
        self.outline.scenarios |= {(place.uri, pickle.name): made for pickle in pickles}
        return made

    def _make_examples(self, examples: cucumber.Examples, pickles: list[Pickle]) -> Examples:
        by_row = {pickle.ast_node_ids[-1]: pickle.id for pickle in pickles}
        header = examples.table_header.cells if examples.table_header else []
        rows = [
            Example(
                [cell.value for cell in row.cells],
                self.results.get(by_row.get(row.id, ""), Result(NOT_RUN)),
            )
            for row in examples.table_body
        ]
        return Examples(examples.name, [cell.value for cell in header], rows)


def find_background(children: Iterable[cucumber.FeatureChild]) -> Iterator[Step]:
    for child in children:
        if child.background:
            yield from (make_step(step) for step in child.background.steps)


def make_step(step: cucumber.Step) -> Step:
    rows = step.data_table.rows if step.data_table else []
    return Step(
        step.keyword.strip(),
        step.text,
        [[cell.value for cell in row.cells] for row in rows],
        step.doc_string.content if step.doc_string else "",
    )


def show_tags(tags: Iterable[cucumber.Tag], capability: str = "") -> list[str]:
    """Return the tags that say something to a reader, such as ``since 0.1`` and ``S-07``."""
    names = [tag.name.removeprefix("@") for tag in tags]
    shown = [name for name in names if name not in {capability, *HIDDEN_TAGS}]
    return [re.sub(r"^(since|case)[:-]", r"\1 ", name) for name in shown]


def make_anchor(*parts: str) -> str:
    return "-".join(re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in parts)
