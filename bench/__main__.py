"""``python -m bench`` measures how fast the service is. ``make bench`` runs it."""

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass

from bench import (
    address_timing,
    audit_log,
    footprint,
    instructions,
    login_timing,
    logins,
    pages,
    reads,
    refreshes,
    report,
    reset_timing,
    transfer,
)
from bench.load import GENERATOR
from bench.report import Figure
from bench.testbed import Testbed, open_testbed


@dataclass(frozen=True)
class Size:
    """How much is measured. More rounds and more data take longer and vary less."""

    rounds: int
    seconds: int  # of one measurement in a round
    users: int
    events: int  # in the audit log
    requests: int  # for each list page
    login_pairs: int
    max_imported_users: int


FULL = Size(
    rounds=5,
    seconds=3,
    users=1_000_000,
    events=10_000_000,
    requests=200,
    login_pairs=login_timing.PAIRS,
    max_imported_users=200_000,
)
QUICK = Size(
    rounds=2,
    seconds=1,
    users=100_000,
    events=100_000,
    requests=50,
    login_pairs=50,
    max_imported_users=20_000,
)


def measure(testbed: Testbed, size: Size, *, count_instructions: bool) -> Iterator[Figure]:
    yield from reads.measure(testbed, size.rounds, size.seconds)
    yield from footprint.measure_memory(testbed, "reads")
    yield from refreshes.measure(testbed, size.rounds, size.seconds)
    yield from logins.measure(testbed, size.rounds, size.seconds)
    yield from footprint.measure_memory(testbed, "logins")
    yield from login_timing.measure(testbed, size.login_pairs)
    yield from address_timing.measure(testbed, size.login_pairs)
    yield from reset_timing.measure(testbed, size.login_pairs)
    yield from footprint.measure_cold_start(testbed)
    yield from pages.measure(testbed, size.users, size.requests)
    yield from audit_log.measure(testbed, size.events, size.requests)
    yield from transfer.measure(testbed, size.max_imported_users)
    if count_instructions:
        yield from instructions.measure(testbed)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="take one minute; less precise")
    parser.add_argument("--publish", action="store_true", help="write into bench/README.md")
    options = parser.parse_args()
    os.environ["LOG_LEVEL"] = "WARNING"  # of this process; the service has its own settings
    with open_testbed() as testbed:
        conditions = report.collect_conditions(
            **testbed.describe(), Load=f"{GENERATOR}, on the same machine"
        )
        for name, value in conditions.items():
            print(f"{name}: {value}")
        figures = []
        size = QUICK if options.quick else FULL
        for figure in measure(testbed, size, count_instructions=not options.quick):
            print(report.format_line(figure), flush=True)
            figures.append(figure)
    if options.publish:
        report.publish_figures(figures, conditions)


if __name__ == "__main__":
    main()
