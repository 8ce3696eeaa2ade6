"""``python -m bench``: how fast the service is, beside what it could be. ``make bench`` runs it."""

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass

from bench import (
    footprint,
    instructions,
    login_timing,
    logins,
    pages,
    reads,
    refreshes,
    report,
    trail,
    transfer,
)
from bench.load import GENERATOR
from bench.report import Figure
from bench.stage import Stage, stage


@dataclass(frozen=True)
class Size:
    """How long it takes, and how sure the figures are."""

    rounds: int
    seconds: int  # of one measurement in a round
    users: int
    events: int  # of the audit trail
    asked: int  # times for each list page
    pairs: int  # of failed logins
    imported: int  # users, at most


WHOLE = Size(
    rounds=5,
    seconds=3,
    users=1_000_000,
    events=10_000_000,
    asked=200,
    pairs=login_timing.PAIRS,
    imported=200_000,
)
QUICK = Size(
    rounds=2, seconds=1, users=100_000, events=100_000, asked=50, pairs=50, imported=20_000
)


def measure(ready: Stage, size: Size, *, count_instructions: bool) -> Iterator[Figure]:
    yield from reads.measure(ready, size.rounds, size.seconds)
    yield from footprint.memory(ready, "reads")
    yield from refreshes.measure(ready, size.rounds, size.seconds)
    yield from logins.measure(ready, size.rounds, size.seconds)
    yield from footprint.memory(ready, "logins")
    yield from login_timing.measure(ready, size.pairs)
    yield from footprint.cold_start(ready)
    yield from pages.measure(ready, size.users, size.asked)
    yield from trail.measure(ready, size.events, size.asked)
    yield from transfer.measure(ready, size.imported)
    if count_instructions:
        yield from instructions.measure(ready)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute, and less sure")
    parser.add_argument("--publish", action="store_true", help="write into bench/README.md")
    options = parser.parse_args()
    os.environ["LOG_LEVEL"] = "WARNING"  # of what runs in this process; a service has its own
    with stage() as ready:
        known = report.conditions(**ready.conditions(), Load=f"{GENERATOR}, on the same machine")
        for name, value in known.items():
            print(f"{name}: {value}")
        figures = []
        size = QUICK if options.quick else WHOLE
        for figure in measure(ready, size, count_instructions=not options.quick):
            print(report.on_screen(figure), flush=True)
            figures.append(figure)
    if options.publish:
        report.publish(figures, known)


if __name__ == "__main__":
    main()
