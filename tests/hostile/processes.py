"""Processor time and memory of the processes of a service, from /proc."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TICK = os.sysconf("SC_CLK_TCK")


def process_tree(process: int) -> Iterator[int]:
    yield process
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from process_tree(int(child))


def processor_seconds(service: Any) -> float:
    """Return the processor time of all processes of a service."""
    return sum(map(_ticks, process_tree(service.process.pid))) / TICK


def _ticks(process: int) -> int:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def peak_mib(service: Any) -> float:
    """Return the peak memory of the largest process of a service."""
    return max(map(_peak, process_tree(service.process.pid))) / 1024


def _peak(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
