"""The number of files that a worker may open, of which each connection is one."""

import resource
from collections.abc import Iterator

from api.config import Settings
from api.doctor.problems import Problem

MAX_CONNECTIONS = 1024  # of a worker; more of them wait in the backlog
MIN_CONNECTIONS = 16
MAX_OPEN_FILES = 8192
OTHER_FILES = 96  # of a worker: it starts with about 45, and each of its threads may open some


def check_open_files(settings: Settings) -> Iterator[Problem]:
    """Report that a worker cannot open enough files for its connections."""
    limit, needed = find_file_limit(), MAX_CONNECTIONS + _count_other_files(settings)
    if limit < needed:
        reason = (
            f"a process may open {limit}, so a worker serves {count_connections(settings)} "
            f"connections instead of {MAX_CONNECTIONS}, which need {needed}"
        )
        remedy = f"set LimitNOFILE={MAX_OPEN_FILES} in systemd, or run `ulimit -n {MAX_OPEN_FILES}`"
        yield Problem("open files", reason, remedy, is_hint=True)


def find_file_limit() -> int:
    """Return to how many files the service raises the limit of its processes."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(MAX_OPEN_FILES, hard)


def count_connections(settings: Settings) -> int:
    """Return how many connections a worker accepts.

    Without a file for another one, granian would try in vain to accept it, again and again.
    """
    free = find_file_limit() - _count_other_files(settings)
    return max(MIN_CONNECTIONS, min(MAX_CONNECTIONS, free))


def _count_other_files(settings: Settings) -> int:
    return OTHER_FILES + 2 * settings.database_pool_size
