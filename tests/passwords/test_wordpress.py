"""Passwords with quotes and backslashes, which WordPress hashes with slashes."""

import bcrypt
import pytest

from api.passwords.formats.notations import find_hash_problem, read_hash
from api.passwords.hashing import PasswordHashing
from api.passwords.imported import make_wordpress_text
from tests.other_systems import MAKERS, bcrypt_of_wordpress

MAKE = {
    "before 6.8": MAKERS["phpass, WordPress"],
    "6.8": bcrypt_of_wordpress,
    "bcrypt of a plugin": MAKERS["bcrypt 2y"],
}
SLASHED = [("it's", r"it\'s"), ('a "quote"', r"a \"quote\""), ("back\\slash", "back\\\\slash")]


@pytest.fixture(scope="module")
def hashing():
    return PasswordHashing(memory_kib=8)


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
@pytest.mark.parametrize(("password", "slashed"), SLASHED)
def test_a_password_matches_with_and_without_slashes(hashing, make, password, slashed):
    for hashed in (slashed, password):
        stored = make_wordpress_text(make(hashed))

        assert hashing.verify(stored, password)
        assert not hashing.verify(stored, f"{password}!")


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_spaces_around_a_password_are_removed(hashing, make):
    stored = make_wordpress_text(make("correct horse"))

    assert hashing.verify(stored, " correct horse\n")
    assert not hashing.verify(stored, "correcthorse")


def test_slashes_are_tried_for_hashes_of_wordpress_only(hashing):
    assert not hashing.verify(MAKERS["phpass, WordPress"](r"it\'s"), "it's")


def test_the_cost_is_that_of_both_forms():
    stored = bcrypt.hashpw(b"x", bcrypt.gensalt(4)).decode()
    too_costly = stored.replace("$04$", "$14$")

    marked = read_hash(make_wordpress_text(stored))
    assert marked.cost == 2 * read_hash(stored).cost
    assert find_hash_problem(too_costly) is None
    assert find_hash_problem(make_wordpress_text(too_costly)).rule == "hash_too_costly"
    assert find_hash_problem("{wordpress}nonsense") is not None
