"""The plugin of pytest that prints the scenarios by name and writes the files of the run.

`pytest features --specification build/specification` switches it on.
"""

import os
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from features.report.recorder import Recorder
from features.report.records import ScenarioRecord, Status, load_record
from features.report.run import FEATURES, MESSAGES, name_databases, write_run

COLOURS = {Status.PASSED: "green", Status.SKIPPED: "yellow"}


def pytest_addoption(parser):
    parser.addoption(
        "--specification",
        metavar="DIRECTORY",
        type=Path,
        help="print the scenarios by name, and write the results of the features there",
    )


def pytest_configure(config):
    if config.getoption("specification") is None:
        return
    config.pluginmanager.register(Recorder(config.rootpath), "recorder")
    if not hasattr(config, "workerinput"):  # the main process of pytest-xdist, or the only one
        config.pluginmanager.register(Reporter(config), "specification")


class Reporter:
    """Prints each feature when its scenarios have run, and at the end what ran where."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.records: list[ScenarioRecord] = []
        self.open_features: dict[str, list[ScenarioRecord]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report):
        """Print no dot for what is going to be printed by name."""
        if report.passed and report.when == "call":
            return "passed", "", ""
        return None

    def pytest_runtest_logreport(self, report):
        text = getattr(report, "scenario", None)
        if text is None:
            return
        record = load_record(text)
        self.records.append(record)
        waiting = self.open_features.setdefault(record.worker, [])
        if waiting and waiting[-1].uri != record.uri:
            self._print_feature(self.open_features.pop(record.worker))
            waiting = self.open_features.setdefault(record.worker, [])
        waiting.append(record)

    def pytest_sessionfinish(self, session, exitstatus):
        for records in self.open_features.values():
            self._print_feature(records)
        self.open_features.clear()
        if self.records:
            write_run(
                self.config.getoption("specification"),
                self.config.rootpath,
                self.records,
                success=exitstatus == pytest.ExitCode.OK,
                is_full=asks_for_all_features(self.config),
            )

    def pytest_terminal_summary(self, terminalreporter):
        if not self.records:
            return
        terminalreporter.section("what ran")
        capabilities = defaultdict(list)
        for record in self.records:
            capabilities[Path(record.uri).parent.name].append(record)
        for name, records in sorted(capabilities.items()):
            terminalreporter.write_line(f"{name:<16} {describe(records)}")
        terminalreporter.write_line(f"{'all':<16} {describe(self.records)}")
        terminalreporter.write_line(f"{'database':<16} {name_databases(self.records)}")
        written = self.config.getoption("specification") / MESSAGES
        terminalreporter.write_line(f"{'results':<16} {written}")

    def _print_feature(self, records: list[ScenarioRecord]) -> None:
        terminal = self.config.get_terminal_writer()
        if terminal.width_of_current_line:
            terminal.line()
        capability = Path(records[0].uri).parent.name
        terminal.line(f"{capability}: {records[0].feature}", bold=True)
        for record in records:
            colour = COLOURS.get(record.status, "red")
            terminal.line(f"  {record.status.lower():<9} {record.name}", **{colour: True})


def asks_for_all_features(config: pytest.Config) -> bool:
    """Return whether the command line names all features, and this service runs them."""
    named = [(config.invocation_params.dir / name).resolve() for name in config.args]
    is_selecting = config.getoption("keyword") or config.getoption("markexpr")
    is_remote = "SERVICE_URL" in os.environ
    return config.rootpath / FEATURES in named and not is_selecting and not is_remote


def describe(records: list[ScenarioRecord]) -> str:
    """Return how many features and scenarios there are, and how they went."""
    features = len({record.uri for record in records})
    counts = Counter(record.status.lower() for record in records)
    results = ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))
    return f"{features:>3} features, {len(records):>3} scenarios: {results}"
