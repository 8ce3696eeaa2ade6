"""Options for malloc, so that a worker gives back the 19 MiB that each password hash takes.

By default glibc keeps such a block for the next hash, and one in each of several heaps: 60 MiB for
two workers. With these options it maps each block and unmaps it afterwards, with huge pages, which
cost no more time than to use the block again (glibc manual, "Memory Allocation Tunables").
"""

import os
import sys
from pathlib import Path

OPTIONS = "glibc.malloc.mmap_threshold=8388608:glibc.malloc.hugetlb=1"
HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def restart_with_options() -> None:
    """Start this program again, since glibc reads its options when a process starts (20 ms).

    An operator's own GLIBC_TUNABLES stay. Without huge pages the options would cost a third of the
    logins, so memory is kept instead.
    """
    if "GLIBC_TUNABLES" not in os.environ and _has_huge_pages():
        command = [sys.executable, *sys.orig_argv[1:]]
        os.execve(sys.executable, command, {**os.environ, "GLIBC_TUNABLES": OPTIONS})  # noqa: S606  it is this program


def _has_huge_pages() -> bool:
    try:
        return "[never]" not in HUGE_PAGES.read_text()
    except OSError:
        return False
