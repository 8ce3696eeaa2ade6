"""What a run has seen: the pairs of operation and status, and the reports."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from xml.etree import ElementTree as ET

from api.fuzz.contract import Operation
from api.web.log_lines import hide_secrets

RATE_LIMITED = 429
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem;
       color-scheme: light dark }
table { border-collapse: collapse } th, td { padding: .2rem .8rem; text-align: left }
tr { border-bottom: 1px solid #8886 } pre { overflow: auto; padding: 1rem; border: 1px solid #8886 }
.failed { color: #c22; font-weight: 600 } .unseen { opacity: .5 }
"""


@dataclass
class Part:
    """The outcome of one part of a run: the requests of one kind of caller, or the probes."""

    name: str
    has_failed: bool
    log: str
    seconds: float
    junit: Path | None = None

    def __post_init__(self) -> None:
        self.log = hide_secrets(self.log)  # responses of the run can have new ones


@dataclass
class Results:
    """The outcome of a run."""

    operations: dict[str, Operation]
    seed: int
    must_succeed: tuple[str, ...] = ()  # the operations that some caller must perform
    parts: list[Part] = field(default_factory=list)
    pairs: Counter[tuple[str, int]] = field(default_factory=Counter)

    def add_pairs(self, file: Path) -> None:
        """Add the pairs that a process has counted."""
        if file.exists():
            for operation, status, count in json.loads(file.read_bytes()):
                self.pairs[operation, status] += count

    def add(self, part: Part, report: Callable[[str], None]) -> None:
        self.parts.append(part)
        result = "failed" if part.has_failed else "passed"
        report(f"{part.name}: {result}, {part.seconds:.0f} s")

    @property
    def documented_pairs(self) -> set[tuple[str, int]]:
        return {
            (operation.id, int(status))
            for operation in self.operations.values()
            for status in operation.node["responses"]
            if status.isdigit()
        }

    @property
    def never_successful(self) -> list[str]:
        """Return the operations for which no caller got a response of success."""
        successful = {operation for operation, status in self.pairs if status in range(200, 300)}
        return [operation for operation in self.must_succeed if operation not in successful]

    @property
    def has_failed(self) -> bool:
        return bool(self.never_successful) or any(part.has_failed for part in self.parts)

    @property
    def rate_limited(self) -> int:
        return sum(count for (_, status), count in self.pairs.items() if status == RATE_LIMITED)


@dataclass(frozen=True)
class Reports:
    """The files to which a run reports."""

    junit: Path | None = None
    html: Path | None = None

    def write(self, results: Results) -> None:
        if self.junit:
            write_junit(results, self.junit)
        if self.html:
            write_html(results, self.html)


def write_junit(results: Results, file: Path) -> None:
    """Write one JUnit report of all parts; each test case begins with the name of its part."""
    root = ET.Element("testsuites", name="rollbook fuzz")
    for part in results.parts:
        if part.junit and part.junit.exists():
            suites = ET.parse(part.junit).getroot().findall("testsuite")  # noqa: S314 # nosec B314  ours
        else:
            suites = [_make_suite(part)]
        for suite in suites:
            suite.set("name", part.name)
            root.append(suite)
    file.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(root).write(file, "utf-8", xml_declaration=True)


def _make_suite(part: Part) -> ET.Element:
    failures = str(int(part.has_failed))
    suite = ET.Element("testsuite", tests="1", failures=failures, time=f"{part.seconds:.1f}")
    case = ET.SubElement(suite, "testcase", name=part.name, time=f"{part.seconds:.1f}")
    if part.has_failed:
        ET.SubElement(case, "failure", message=part.name).text = part.log
    return suite


def write_html(results: Results, file: Path) -> None:
    """Write one page: the parts, the pairs of operation and status, the logs of what failed."""
    rows = "".join(map(_describe_part, results.parts))
    table = "".join(_describe_operation(results, one) for one in results.operations.values())
    failures = "".join(
        f"<h2>{part.name}</h2><pre>{escape(part.log)}</pre>"
        for part in results.parts
        if part.has_failed
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        f"<!doctype html><html lang=en><meta charset=utf-8><title>rollbook fuzz</title>"
        f"<style>{STYLE}</style><h1>Fuzzing of the contract, seed {results.seed}</h1>"
        f"<table><tr><th>Part<th>Result<th>Seconds</tr>{rows}</table>{failures}"
        f"<h2>Responses by operation and status</h2>"
        f"<p>A status that is documented and was not seen is grey.</p><table>{table}</table>"
    )


def _describe_part(part: Part) -> str:
    result = "<td class=failed>failed" if part.has_failed else "<td>passed"
    return f"<tr><td>{part.name}{result}<td>{part.seconds:.1f}</tr>"


def _describe_operation(results: Results, operation: Operation) -> str:
    documented = {int(status) for status in operation.node["responses"] if status.isdigit()}
    seen = {status for name, status in results.pairs if name == operation.id}
    cells = "".join(
        f"<td>{status}: {results.pairs[operation.id, status]}"
        if status in seen
        else f"<td class=unseen>{status}"
        for status in sorted(documented | seen)
    )
    return f"<tr><th>{operation.id}{cells}</tr>"


def describe(results: Results) -> Iterator[str]:
    """Describe what failed and what was not reached, in lines of text."""
    for part in results.parts:
        if part.has_failed:
            yield f"--- {part.name}\n{part.log}"
    seen = results.documented_pairs & results.pairs.keys()
    sent = sum(results.pairs.values())
    pairs = f"{len(seen)} of {len(results.documented_pairs)} pairs of operation and status"
    yield f"{sent} requests; seen {pairs}"
    if results.rate_limited:
        yield f"{results.rate_limited} responses were 429: raise the rate limits of the instance"
    for operation in results.never_successful:
        yield f"{operation} succeeded for no caller"
    yield "failed" if results.has_failed else "passed"
