"""Hashes of other systems: supported formats, maximum cost, and verification."""

import hashlib
import re
import subprocess
import sys
import time

import pytest
from passlib import hash as passlib

from api.core.validation_rules import ValidationRule
from api.passwords.formats import notations
from api.passwords.formats.notations import find_hash_problem
from api.passwords.hashing import PasswordHashing
from api.users.models import User
from tests.other_systems import MAKERS
from tests.service import ROOT

PASSWORD = "the quick brown fox"
hashing = PasswordHashing(memory_kib=8, time_cost=1)
LONG = "ab" * 100
TRUNCATED = {"bcrypt 2a", "bcrypt 2b", "bcrypt 2y", "bcrypt, Django", "bcrypt, Spring"}
UNTRUNCATED = [name for name in MAKERS if name not in TRUNCATED]
WITHOUT_NUL = re.compile(r"bcrypt|SHA-\d+-crypt|phpass")
WITH_NUL = [name for name in MAKERS if not WITHOUT_NUL.match(name)]

BCRYPT = MAKERS["bcrypt 2b"](PASSWORD)
SCRYPT = MAKERS["scrypt, Werkzeug"](PASSWORD)
PHC_SCRYPT = MAKERS["scrypt, PHC"](PASSWORD)
PBKDF2 = MAKERS["PBKDF2-SHA256, Django"](PASSWORD)
SHA_CRYPT = MAKERS["SHA-512-crypt"](PASSWORD)
ARGON2 = MAKERS["argon2i"](PASSWORD)

# From the specification of SHA-crypt by Ulrich Drepper, version 0.6.
DREPPER = [
    "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
    "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA",
    (
        "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJu"
        "esI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
    ),
    (
        "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sb"
        "HbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v."
    ),
]
PASSLIB_V2 = "$bcrypt-sha256$v=2,t=2b,r=12$n79VH.0Q2TMWmt3Oqt9uku$Kq4Noyk3094Y2QlB8NdRT8SvGiI4ft2"


@pytest.fixture(params=MAKERS)
def make(request):
    return MAKERS[request.param]


class TestVerify:
    @pytest.mark.parametrize(
        "password", [PASSWORD, "", "Gänsefüßchen \u2603 \U0001f40d", LONG, "a" * 72, "a" * 73]
    )
    def test_only_the_hashed_password_matches(self, make, password):
        stored = make(password)

        assert hashing.verify(stored, password)
        assert not hashing.verify(stored, "x" + password)
        assert not hashing.verify(stored, password[:71][:-1] or "y")

    def test_a_password_matches_in_the_form_in_which_it_was_hashed(self, make):
        stored = make("cafe\u0301 \ufb01n")

        assert hashing.verify(stored, "cafe\u0301 \ufb01n")

    def test_a_password_matches_in_another_unicode_form(self, make):
        stored = make("caf\u00e9")

        assert hashing.verify(stored, "cafe\u0301")

    @pytest.mark.parametrize("name", UNTRUNCATED)
    def test_P_02_every_character_counts_if_it_does_in_the_other_system(self, name):
        stored = MAKERS[name]("a" * 80 + "X")

        assert not hashing.verify(stored, "a" * 80 + "Y")

    def test_bcrypt_ignores_characters_after_the_first_72_bytes(self):
        stored = MAKERS["bcrypt 2y"]("a" * 72)

        assert hashing.verify(stored, "a" * 72 + "X")
        assert not hashing.verify(stored, "a" * 71 + "X")

    @pytest.mark.parametrize("password", ["pass\0A", "\0", "\ud800", "\u0300" * 2000])
    def test_a_password_with_unusual_characters_does_not_match_and_raises_no_error(
        self, make, password
    ):
        assert not hashing.verify(make("pass"), password)

    @pytest.mark.parametrize("name", WITH_NUL)
    def test_a_password_does_not_end_at_a_nul_character(self, name):
        stored = MAKERS[name]("pass\0A")

        assert hashing.verify(stored, "pass\0A")
        assert not hashing.verify(stored, "pass\0B")

    @pytest.mark.parametrize("stored", DREPPER)
    def test_the_examples_of_the_specification_match(self, stored):
        assert hashing.verify(stored, "Hello world!")
        assert not hashing.verify(stored, "Hello world")

    def test_the_example_of_passlib_matches(self):
        assert hashing.verify(PASSLIB_V2, "password")
        assert not hashing.verify(PASSLIB_V2, "Password")


class TestImport:
    def test_all_of_these_and_they_are_made_anew(self, make):
        stored = make(PASSWORD)

        assert find_hash_problem(stored) is None
        assert hashing.is_outdated(stored)
        assert len(stored) <= notations.MAX_HASH_LENGTH

    def test_a_hash_is_at_most_as_long_as_the_column(self):
        longest = PBKDF2.replace("seasalt", "s" * (7 + 128 - 16))

        assert User.__table__.c.password_hash.type.length == notations.MAX_HASH_LENGTH
        assert find_hash_problem(longest) is None
        assert find_hash_problem(longest.replace("s", "ss", 80)).rule == ValidationRule.HASH_UNKNOWN

    @pytest.mark.parametrize(
        "stored",
        [
            BCRYPT.replace("$04$", "$15$"),
            MAKERS["bcrypt, Django"](PASSWORD).replace("$04$", "$31$"),
            MAKERS["bcrypt of SHA-256, passlib"](PASSWORD)
            .replace("r=4", "r=31")
            .replace("r=04", "r=15"),
            SCRYPT.replace("256:8:1", "262144:8:1"),
            SCRYPT.replace("256:8:1", "256:8:1025"),
            SCRYPT.replace("256:8:1", "131072:8:3"),
            PHC_SCRYPT.replace("ln=8", "ln=39"),
            PHC_SCRYPT.replace("p=1", "p=9999"),
            PBKDF2.replace("$1000$", "$3000001$"),
            PBKDF2.replace("$1000$", "$9999999999$"),
            MAKERS["PBKDF2-SHA1, Werkzeug"](PASSWORD).replace(":1000$", ":3000001$") + "00" * 8,
            SHA_CRYPT.replace("1000", "1000001"),
            SHA_CRYPT.replace("1000", "999999999"),
            ARGON2.replace("m=64", "m=131073"),
            ARGON2.replace("m=64", "m=4294967295"),
            ARGON2.replace("t=1", "t=11"),
            ARGON2.replace("p=2", "p=17").replace("m=64", "m=136"),
        ],
        ids=range(17),
    )
    def test_P_07_a_hash_with_too_high_a_cost_is_rejected_and_never_computed(self, stored):
        started = time.process_time()

        assert find_hash_problem(stored).rule == ValidationRule.HASH_TOO_COSTLY
        assert not hashing.verify(stored, PASSWORD)
        assert time.process_time() - started < 0.2

    @pytest.mark.parametrize(
        "stored",
        [
            "",
            "$",
            "plain",
            hashlib.sha256(PASSWORD.encode()).hexdigest(),
            "!",
            "\ud800",
            BCRYPT + "\n",
            " " + BCRYPT,
            BCRYPT[:-1],
            BCRYPT[:28] + "z" + BCRYPT[29:],
            BCRYPT[:-1] + "z",
            BCRYPT.replace("$04$", "$03$"),
            BCRYPT.replace("$04$", "$99$"),
            BCRYPT.replace("$2b$", "$2x$"),
            BCRYPT.replace("$04$", "$\u0660\u0664$"),
            SCRYPT.replace("256:", "255:"),
            SCRYPT.replace("256:", "1:"),
            SCRYPT.replace("256:8:1", "262144:1:1"),
            SCRYPT.replace("256:", "0:"),
            SCRYPT[:-1],
            SCRYPT.replace("256:8:1", "256:8"),
            PHC_SCRYPT + "AA",
            PHC_SCRYPT[:-1] + "!",
            PHC_SCRYPT[:-1] + "9",
            PBKDF2.replace("$1000$", "$-1000$"),
            PBKDF2.replace("$1000$", "$" + "9" * 60 + "$"),
            PBKDF2.replace("sha256", "md5"),
            PBKDF2[:-3],
            MAKERS["PBKDF2-SHA512, PHC"](PASSWORD).replace("l=32", "l=33"),
            SHA_CRYPT.replace("rounds=1000", "rounds=999"),
            SHA_CRYPT.replace("rounds=1000", "rounds=01000"),
            SHA_CRYPT[:-1] + "z",
            ARGON2.replace("$v=19", "$v=18"),
            ARGON2.replace("m=64", "m=15"),
            ARGON2 + "AA",
            ARGON2[:-1] + "!",
            ARGON2.replace("argon2i", "argon2x"),
            "a" * 1_000_000,
            "$6$" + "a" * 1_000_000,
            "pbkdf2_sha256$1$" + "$" * 200,
        ],
        ids=range(40),
    )
    def test_a_malformed_hash_is_rejected(self, stored):
        assert find_hash_problem(stored).rule == ValidationRule.HASH_UNKNOWN
        assert hashing.is_outdated(stored)
        assert not hashing.verify(stored, PASSWORD)

    def test_a_well_formed_hash_never_raises_an_error(self, make):
        """The library of the hash function accepts every text that the pattern accepts."""
        stored = make(PASSWORD)
        for place in range(len(stored)):
            for sign in "A/9$,=.z":
                changed = stored[:place] + sign + stored[place + 1 :]
                known = notations.read_hash(changed)
                if known and known.cost <= 1 and "9" not in changed[:20]:
                    known.matches(b"")


def test_P_07_the_cost_of_a_sha_crypt_hash_depends_on_the_password_length():
    stored = passlib.sha512_crypt.using(rounds=1000, salt="salt").hash("a" * 1000)
    costly = stored.replace("rounds=1000", "rounds=600000")
    started = time.process_time()

    assert hashing.verify(stored, "a" * 1000)
    assert not hashing.verify(costly, "a" * 1000)
    assert time.process_time() - started < 0.5


def test_passlib_is_not_imported_at_start():
    loaded = "import sys, api.app; print('passlib' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "False\n"
