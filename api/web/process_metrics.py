"""What the processes of the service use, added up over the parent and its workers.

prometheus_client reports one process. These have the same names, so that dashboards know them.
Linux documents the files in proc(5).
"""

import os
import resource
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

PROC = Path("/proc")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# The places in /proc/PID/stat, after the name of the program.
USER_TICKS, SYSTEM_TICKS, ENDED_USER_TICKS, ENDED_SYSTEM_TICKS, RESIDENT_PAGES = 11, 12, 13, 14, 21


class Usage(NamedTuple):
    """What one process uses."""

    cpu_seconds: float
    ended_cpu_seconds: float  # of children that have ended
    resident_bytes: int
    open_files: int


class ServiceProcesses(Collector):
    """The metrics of the process with this id and of its children."""

    def __init__(self, parent: int) -> None:
        self.parent = parent

    def collect(self) -> Iterator[Metric]:
        parent, children = _read_usage(self.parent), _read_children(self.parent)
        usages = [usage for usage in (parent, *children) if usage]
        seconds = sum(usage.cpu_seconds for usage in usages)
        seconds += parent.ended_cpu_seconds if parent else 0
        yield CounterMetricFamily(
            "process_cpu_seconds", "CPU time of all processes of the service.", value=seconds
        )
        yield from self._collect_gauges(usages, workers=len(usages) - bool(parent))

    def _collect_gauges(self, usages: list[Usage], *, workers: int) -> Iterable[Metric]:
        max_open_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        gauges = {
            "process_resident_memory_bytes": (
                "Resident memory of all processes of the service; shared pages count in each.",
                sum(usage.resident_bytes for usage in usages),
            ),
            "process_open_fds": (
                "Open files of the process of the service that has most.",
                max((usage.open_files for usage in usages), default=0),
            ),
            "process_max_fds": ("The maximum of open files of a process.", max_open_files),
            "rollbook_workers": ("Worker processes that run.", workers),
        }
        for name, (description, value) in gauges.items():
            yield GaugeMetricFamily(name, description, value=value)


def _read_children(parent: int) -> list[Usage | None]:
    children: list[str] = []
    with suppress(OSError):
        for file in (PROC / str(parent) / "task").glob("*/children"):
            children += file.read_text().split()
    return [_read_usage(int(child)) for child in children]


def _read_usage(process: int) -> Usage | None:
    """Return what a process uses, or None if it has ended."""
    directory = PROC / str(process)
    try:
        stat = (directory / "stat").read_text().rpartition(")")[2].split()
        open_files = sum(1 for _ in (directory / "fd").iterdir())
    except OSError:
        return None
    return Usage(
        cpu_seconds=(int(stat[USER_TICKS]) + int(stat[SYSTEM_TICKS])) / TICKS_PER_SECOND,
        ended_cpu_seconds=(
            (int(stat[ENDED_USER_TICKS]) + int(stat[ENDED_SYSTEM_TICKS])) / TICKS_PER_SECOND
        ),
        resident_bytes=int(stat[RESIDENT_PAGES]) * PAGE_BYTES,
        open_files=open_files,
    )
