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
