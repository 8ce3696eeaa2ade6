"""What the C library keeps of memory that nobody uses any more, and how it gives it back.

A thread that first asks for memory while others do gets a heap of its own, and the end of such a
heap is never given back: each thread that has hashed one password would keep its 19 MiB for good.
One heap costs nothing here, because the interpreter lets one thread run at a time. To give memory
back after every hash would make a login a third dearer, so it is done when nobody asks.

Only glibc has these functions; with another library nothing is done.
"""

import ctypes
from contextlib import suppress

ARENA_MAX = -8  # mallopt(3)

_library = ctypes.CDLL(None)


def keep_one_heap() -> None:
    """Let all threads of this process, and those it forks, share a heap.

    It has to be said before they start: a heap that has been made is used again.
    """
    with suppress(AttributeError):
        _library.mallopt(ARENA_MAX, 1)


def give_back() -> None:
    """Give to the system what is free."""
    with suppress(AttributeError):
        _library.malloc_trim(0)
