"""Which operations and error codes the scenarios reach.

A request counts if a `When` or a `Then` of a passed scenario sends it. A `Given` prepares, and
proves nothing.
"""

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import api.app  # noqa: F401  imports every error class
from api.core.errors import catalogue
from features.report.run import Run, Scenario

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT / "openapi" / "openapi.json"
EXEMPTIONS = ROOT / "features" / "coverage_exemptions.toml"
METHODS = {"get", "put", "post", "delete", "patch"}
GIVEN = "given"


class ExemptionError(Exception):
    """An exemption names what does not exist."""


@dataclass(frozen=True)
class Subject:
    """An operation or an error code."""

    id: str
    title: str
    place: str  # the method and path, or the status


@dataclass(frozen=True)
class Row:
    """A subject with the scenarios that reach it, or with the reason why none has to."""

    subject: Subject
    scenarios: tuple[Scenario, ...]  # an outline once
    exemption: str
    count: int = 0  # of the scenarios, each row of examples counted

    @property
    def is_gap(self) -> bool:
        return not self.scenarios and not self.exemption


@dataclass(frozen=True)
class Table:
    """The coverage of all subjects of one kind."""

    kind: str
    rows: tuple[Row, ...]

    @property
    def gaps(self) -> list[Row]:
        return [row for row in self.rows if row.is_gap]

    @property
    def summary(self) -> str:
        reached = sum(bool(row.scenarios) for row in self.rows)
        exempt = sum(not row.scenarios and not row.is_gap for row in self.rows)
        return (
            f"{reached} of {len(self.rows)} {self.kind}s reached, {exempt} exempt, "
            f"{len(self.gaps)} without a scenario"
        )


@dataclass(frozen=True)
class Ran:
    """A scenario that ran; rows of examples can have the same name, and differ by number."""

    number: int
    scenario: Scenario


@dataclass(frozen=True)
class Exemptions:
    """The reasons why no scenario has to reach an operation or a code, by its id."""

    operations: dict[str, str]
    codes: dict[str, str]


def make_tables(run: Run, exemptions: Exemptions) -> tuple[Table, Table]:
    """Return the coverage of the operations, and of the error codes.

    Raises:
        ExemptionError: an exemption names what does not exist.
    """
    counted = [
        (Ran(number, scenario.scenario), request)
        for number, scenario in enumerate(run.scenarios)
        if scenario.passed
        for request in scenario.requests
        if request.kind != GIVEN
    ]
    operations = [(scenario, request.operation) for scenario, request in counted]
    codes = [(scenario, request.code) for scenario, request in counted]
    return (
        make_table("operation", list_operations(), operations, exemptions.operations),
        make_table("error code", list_codes(), codes, exemptions.codes),
    )


def make_table(
    kind: str,
    subjects: Iterable[Subject],
    reached: list[tuple[Ran, str | None]],
    reasons: dict[str, str],
) -> Table:
    subjects = list(subjects)
    if unknown := reasons.keys() - {subject.id for subject in subjects}:
        raise ExemptionError(f"there is no {kind} {', '.join(sorted(unknown))}")
    by_id: dict[str, dict[Ran, None]] = {subject.id: {} for subject in subjects}
    for ran, name in reached:
        if name in by_id:
            by_id[name][ran] = None
    rows = [make_row(each, by_id[each.id], reasons.get(each.id, "")) for each in subjects]
    return Table(kind, tuple(rows))


def make_row(subject: Subject, reached: Iterable[Ran], exemption: str) -> Row:
    names = [ran.scenario for ran in reached]
    return Row(subject, tuple(dict.fromkeys(names)), exemption, len(names))


def list_operations(contract: Path = CONTRACT) -> list[Subject]:
    """Return the operations of the contract, in its order."""
    return [
        Subject(operation["operationId"], operation["summary"], f"{method.upper()} {path}")
        for path, item in json.loads(contract.read_bytes())["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def list_codes() -> list[Subject]:
    """Return the error codes of the service, by status."""
    return [Subject(kind.code, kind.title, str(kind.status)) for kind in catalogue()]


def load_exemptions(path: Path = EXEMPTIONS) -> Exemptions:
    """Return the exemptions: groups of operations or error codes, each with its reason."""
    groups = tomllib.loads(path.read_text())["exempt"]
    operations, codes = (
        {name: group["reason"] for group in groups for name in group.get(kind, ())}
        for kind in ("operations", "error_codes")
    )
    return Exemptions(operations, codes)
