import re

import pytest

from api.core.program_secrets import is_well_formed, make_secret

# What docs/calling-from-a-service.md and secret scanners know.
PATTERN = re.compile(r"rb_live_[0-9A-Za-z]{49}")


def test_K_01_a_secret_has_the_documented_form_and_a_right_checksum():
    secret = make_secret("rb_live_")

    assert PATTERN.fullmatch(secret)
    assert is_well_formed(secret, "rb_live_")


def test_K_01_two_secrets_differ():
    assert make_secret("rb_live_") != make_secret("rb_live_")


@pytest.mark.parametrize("place", [8, 30, 50, 56])
def test_a_changed_letter_makes_the_checksum_wrong(place):
    secret = make_secret("rb_live_")
    other = "a" if secret[place] != "a" else "b"

    assert not is_well_formed(secret[:place] + other + secret[place + 1 :], "rb_live_")


@pytest.mark.parametrize(
    "text", ["", "rb_live_", "rb_live_" + "0" * 48, "rb_live_" + "\u0663" * 49]
)
def test_other_texts_are_no_secrets(text):
    assert not is_well_formed(text, "rb_live_")


def test_a_secret_of_another_kind_is_not_accepted():
    assert not is_well_formed(make_secret("rb_client_"), "rb_live_")
