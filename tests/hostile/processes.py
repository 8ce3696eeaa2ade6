"""What the processes of a service take, as Linux tells it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TICK = os.sysconf("SC_CLK_TCK")


def family(process: int) -> Iterator[int]:
    yield process
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from family(int(child))


def processor_seconds(service: Any) -> float:
    """Return how long its processes have computed so far, to a hundredth of a second."""
    return sum(map(_ticks, family(service.process.pid))) / TICK


def _ticks(process: int) -> int:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def peak_mib(service: Any) -> float:
    """Return the most memory that any of its processes has held."""
    return max(map(_peak, family(service.process.pid))) / 1024


def _peak(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
