"""Hashes that other projects publish with their passwords; each file names its source."""

import json
from pathlib import Path

import pytest

from api.passwords.formats.notations import find_hash_problem
from api.passwords.hashing import PasswordHashing

VECTORS = [
    pytest.param(vector["password"], vector["hash"], id=f"{path.stem} {number}")
    for path in sorted((Path(__file__).parent / "vectors").glob("*.json"))
    for number, vector in enumerate(json.loads(path.read_text(encoding="utf-8"))["vectors"])
]
hashing = PasswordHashing(memory_kib=8, time_cost=1)


@pytest.mark.parametrize(("password", "stored"), VECTORS)
def test_only_the_published_password_matches(password, stored):
    assert find_hash_problem(stored) is None
    assert hashing.verify(stored, password)
    assert not hashing.verify(stored, "x" + password)


@pytest.mark.parametrize(("_password", "stored"), VECTORS)
def test_every_published_hash_is_outdated(_password, stored):
    assert hashing.is_outdated(stored)
