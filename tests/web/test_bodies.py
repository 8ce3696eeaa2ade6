"""A body is one JSON value in UTF-8 that every parser reads in the same way."""

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from api.web.bodies import read_json
from api.web.http_errors import BadRequest, UnsupportedMediaType

MAX_DEPTH = 32


def make_request(body, content_type="application/json"):
    data = body if isinstance(body, bytes) else body.encode()
    builder = EnvironBuilder(method="POST", data=data, content_type=content_type)
    return Request(builder.get_environ())


def nest(depth, opening="[", closing="]"):
    return opening * depth + "1" + closing * depth


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ('{"a": 1, "b": [true, null, "x"]}', {"a": 1, "b": [True, None, "x"]}),
        (' \t\r\n{"a":1}\n', {"a": 1}),
        ('{"a": {"a": 1}, "b": {"a": 1}}', {"a": {"a": 1}, "b": {"a": 1}}),
        ('{"": 1}', {"": 1}),
        ('"\\ud83d\\ude00"', "\U0001f600"),
        ('"ä\\u0000\\n"', "ä\0\n"),
        ("[1.5, -0, 1e3]", [1.5, 0, 1000.0]),
        (str(2**64 - 1), 2**64 - 1),
        ("null", None),
        ("[]", []),
    ],
)
def test_H_05_valid_json_is_read(body, value):
    assert read_json(make_request(body)) == value


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "{",
        "{}{}",
        "{} x",
        "{'a': 1}",
        '{"a": 1,}',
        '{"a": 1 /* b */}',
        "{a: 1}",
        "NaN",
        "[Infinity]",
        "-Infinity",
        "[01]",
        "[+1]",
        "[.5]",
        "[0x1]",
        "1e999",
        "9" * 5000,
        "True",
        '"a\nb"',
        '"\\x41"',
        '"\\ud800"',
        '"\\udc00\\ud800"',
        b'"\xff"',
        b'"\xc0\x80"',
        b'"\xed\xa0\x80"',
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        b"\0",
        b'{"a": 1}\0',
    ],
    ids=lambda body: ascii(body)[:40],
)
def test_H_05_invalid_json_is_rejected(body):
    with pytest.raises(BadRequest):
        read_json(make_request(body))


@pytest.mark.parametrize(
    "body",
    [
        '{"a": 1, "a": 1}',
        '{"a": 1, "\\u0061": 2}',
        '{"b": {"a": 1, "a": 2}}',
        '[{"a": 1, "c": 0, "a": 2}]',
        '{"": 1, "": 2}',
    ],
)
def test_H_05_a_repeated_member_is_rejected(body):
    with pytest.raises(BadRequest):
        read_json(make_request(body))


def test_a_400_says_that_the_json_is_wrong_and_where():
    with pytest.raises(BadRequest) as rejected:
        read_json(make_request('{"password": "hunter2",\n "b" 1}'))

    assert rejected.value.detail.startswith("The body is not valid JSON: ")
    assert "line/column 2/6" in rejected.value.detail
    assert "hunter2" not in rejected.value.detail


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_H_04_the_depth_is_limited(opening, closing):
    levels = opening.count("[") + opening.count("{")
    deepest = MAX_DEPTH // levels

    read_json(make_request(nest(deepest, opening, closing)))
    for depth in (deepest + 1, 50_000):
        with pytest.raises(BadRequest):
            read_json(make_request(nest(depth, opening, closing)))


@pytest.mark.parametrize("body", [str([[[]]] * 100), '"' + "[{" * 100 + '"'])
def test_H_04_siblings_and_strings_do_not_count_as_depth(body):
    read_json(make_request(body))


def test_H_04_the_depth_is_limited_among_many_siblings():
    read_json(make_request(f"[{nest(MAX_DEPTH - 1)}, {'[], ' * 50} {{}}]"))

    with pytest.raises(BadRequest):
        read_json(make_request(f"[{nest(MAX_DEPTH)}, {'[], ' * 50} {{}}]"))


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json;charset=UTF8",
        'application/json; charset="utf8"; x=y',
    ],
)
def test_H_10_json_in_utf_8_is_accepted(content_type):
    assert read_json(make_request("{}", content_type)) == {}


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "text/json",
        "application/problem+json",
        "application/jsonp",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        "application/json; charset=utf-7",
        "application/json; charset=../utf8",
        "application/json, text/plain",
    ],
)
def test_H_10_other_media_types_are_rejected(content_type):
    with pytest.raises(UnsupportedMediaType) as caught:
        read_json(make_request("{}", content_type))

    assert caught.value.headers == {}  # Accept-Encoding would mean that the encoding is the reason
