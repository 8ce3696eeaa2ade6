"""Strict JSON."""

import pytest

from api.core import json_reader


@pytest.mark.parametrize("text", ["{}", '{"a": [1, 2.5, null, "é"]}', b'"x"', "1"])
def test_unambiguous_json_is_read(text):
    assert json_reader.read(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "NaN",
        '{"a": 1, "a": 2}',
        '[{"a": {"b": 1, "b": 1}}]',
        '"\\ud800"',
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        "{} {}",
        "[" * 100_000,
        "[" * 33 + "]" * 33,
        '{"a":' * 33 + "1" + "}" * 33,
    ],
    ids=lambda text: ascii(text)[:20] + str(len(text)),
)
def test_ambiguous_json_is_rejected(text):
    with pytest.raises(ValueError, match=r".*"):
        json_reader.read(text)


@pytest.mark.parametrize("text", ["[" * 32 + "]" * 32, '{"a":' * 32 + "1" + "}" * 32])
def test_it_may_be_nested_32_levels_deep(text):
    assert json_reader.read(text)


@pytest.mark.parametrize(
    ("text", "what", "place"),
    [
        (b"", "empty", "at byte 0 (line/column 1/1)"),
        (b'{"a": 1,}', "trailing comma", "at byte 7 (line/column 1/8)"),
        (b'{\n  "a" 1}', "expected ':'", "at byte 8 (line/column 2/7)"),
        ('{"ä": x}'.encode(), "expected a JSON value", "at byte 7 (line/column 1/7)"),
        (b'{"a":\n"\xff"}', "not UTF-8", "at byte 7 (line/column 2/2)"),
        ('{"a": "\ud800"}', "not UTF-8", "at byte 7 (line/column 1/8)"),
        ("\ufeff{}".encode(), "byte order mark", "at byte 0 (line/column 1/1)"),
    ],
)
def test_an_error_says_what_is_wrong_and_where(text, what, place):
    with pytest.raises(json_reader.JsonError) as rejected:
        json_reader.read(text)

    assert what in str(rejected.value)
    assert str(rejected.value).endswith(place)


def test_a_repeated_member_is_named_up_to_a_length():
    with pytest.raises(json_reader.JsonError, match='the member "b" is repeated'):
        json_reader.read('{"a": {"b": "secret", "c": 1, "b": 2}}')
    with pytest.raises(json_reader.JsonError) as rejected:
        json_reader.read(f'{{"{"a" * 9000}": 1, "{"a" * 9000}": 1}}')
    assert len(str(rejected.value)) < 100
