"""Giving memory back, in a process of its own."""

import platform

import pytest

HASHED = """
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from api.passwords import hashing
from api.serving import memory

def resident():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 // 2**20

{first}
hashing.configure()
with ThreadPoolExecutor(4) as callers:  # each asks for memory while others do
    list(callers.map(hashing.hash_password, ["a long password"] * 4))
before = resident()
memory.give_back()
print(before - resident())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has the functions")
def test_what_a_hash_has_taken_is_given_back(python):
    given_back = int(python(HASHED.format(first="memory.keep_one_heap()")))
    assert given_back >= 15  # MiB, of 19
