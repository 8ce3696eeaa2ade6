"""Values that a stranger chose carry no message of their own."""

import pytest

from api.mail.values import MAX_NAME_LENGTH, clean_name, prepare_values


@pytest.mark.parametrize(
    "name",
    ["Grace Hopper", "J. R. R. Tolkien", "O'Neill, Ph. D.", "李小龍", "curl/8.5.0", "Дж. Смит"],
)
def test_an_ordinary_name_stays_as_it_is(name):
    assert clean_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "Click https://evil.test",
        "You won: HTTP://EVIL",
        "www.evil",
        "evil.test",
        "evil。test",
        "evil．test",
        "ｅｖｉｌ．ｔｅｓｔ",
        "ev\u200bil.te\u00adst",
        "write to eve@evil",
        "пример.рф",
        " \t\u2028 ",
        "",
    ],
)
def test_a_name_that_could_pass_for_a_link_is_left_out(name):
    assert clean_name(name) is None


def test_a_long_name_is_cut():
    cut = clean_name("x" * 80)

    assert (len(cut), cut[-2:]) == (MAX_NAME_LENGTH, "x…")


def test_a_name_is_one_line_without_invisible_characters():
    assert clean_name("Ada\r\nBcc:\u202e  x\x00") == "Ada Bcc: x"


def test_names_and_timestamps_are_prepared_and_other_values_are_not():
    values = {
        "inviter": "evil.test",
        "at": "2026-11-30T09:30:00+01:00",
        "minutes": 5,
        "link": "x.org",
    }

    assert prepare_values(values, "de") == {
        "inviter": None,
        "at": "30. November 2026, 08:30 UTC",
        "minutes": 5,
        "link": "x.org",
    }


def test_a_device_has_no_english_word():
    assert prepare_values({"device": "Firefox on Linux"}, "zh") == {"device": "Firefox, Linux"}
