"""Names have no invisible characters, and a key is its own key."""

import sys
from unicodedata import category

import pytest

from api.core.identifiers import fold_text, is_email, is_name

INVISIBLE = [
    "\u200b", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u115f", "\U000e0041", "\u200e", "\u061c",
    "\u200d", "\u200c", "\ufe0f", "\u180e", "\u3164", "\uffa0", "\U0001d173", "\ufff9",
]  # fmt: skip
UNCHANGED = {"Cn", "Co", "Cs"}  # normalisation keeps unassigned and private characters


@pytest.mark.parametrize("character", INVISIBLE, ids=ascii)
@pytest.mark.parametrize("template", ["{}", "{}Ada", "Ada{}", "Ada {} Lovelace"])
def test_S_10_an_invisible_character_is_rejected_in_a_name(character, template):
    assert not is_name(template.format(character))


@pytest.mark.parametrize("name", [" ", "\u00a0\u3000", "\u2800", "a\u2800"], ids=ascii)
def test_S_10_a_name_that_shows_nothing_is_rejected(name):
    assert not is_name(name)


@pytest.mark.parametrize("character", ["\u200b", "\u00ad", "\u034f", "\u115f", "\u061c"], ids=ascii)
def test_S_10_an_invisible_character_is_rejected_in_an_email_address(character):
    assert not is_email(f"a{character}da@example.org")


@pytest.mark.parametrize(
    "name",
    [
        "Ada Lovelace",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, with a non-joiner
        "\u0d28\u0d4d\u200d\u0d28",  # Malayalam, with a joiner
        "Ada \U0001f469\u200d\U0001f52c",  # a scientist
        "\U0001f3f3\ufe0f\u200d\U0001f308",  # a rainbow flag
        "\U0001f469\U0001f3fd\u200d\U0001f4bb",  # with a tone of the skin
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # Scotland
        "\u2764\ufe0f",
        "1\ufe0f\u20e3",
    ],
    ids=ascii,
)
def test_S_10_joiners_are_accepted_where_writing_needs_them(name):
    assert is_name(name)


@pytest.mark.parametrize("joiners", ["\u200d\u200d", "\u200c\u200d", "\u200d\ufe0f"], ids=ascii)
def test_S_10_a_row_of_joiners_is_rejected(joiners):
    assert not is_name(f"A{joiners}da")


@pytest.mark.parametrize("local", ["\u02dc", "\u02dcada", "a\uff20b"], ids=ascii)
def test_S_10_an_email_address_whose_key_has_another_key_is_rejected(local):
    assert not is_email(f"{local}@example.org")


def test_S_10_the_key_of_every_character_that_a_name_can_have_is_its_own_key():
    unstable = [
        code
        for code in range(sys.maxunicode + 1)
        if category(chr(code)) not in UNCHANGED
        and is_name(chr(code))
        and fold_text(fold_text(chr(code))) != fold_text(chr(code))
    ]
    assert unstable == []


def test_S_10_a_display_name_is_rejected_over_http(person):
    ada = person("Ada")

    rejected = ada.patch("/api/me", {"display_name": "\u2060"}, expecting=422)
    [error] = rejected.json["errors"]
    assert (error["pointer"], error["rule"]) == ("/display_name", "format")
