"""Reading rows of NDJSON and CSV."""

import pytest

from api.core.errors import InvalidRequest
from api.transfer import formats
from api.transfer.errors import TooManyRows
from api.transfer.formats import Format, Row

HEADER = b"username,email\r\n"


def read_csv(text):
    return [row._replace(size=0) for row in formats.read_rows(text, Format.CSV, max_rows=100)]


def read_ndjson(text):
    return [row._replace(size=0) for row in formats.read_rows(text, Format.NDJSON, max_rows=100)]


def list_rules(rows):
    return [(row.line, [error.rule for error in row.errors]) for row in rows]


class TestNdjson:
    def test_each_line_is_a_row_and_blank_lines_are_skipped(self):
        assert read_ndjson(b'\xef\xbb\xbf{"username": "ada"}\r\n\n{"username": "grace"}') == [
            Row(1, {"username": "ada"}),
            Row(3, {"username": "grace"}),
        ]

    @pytest.mark.parametrize(
        "line",
        [
            b"{",
            b"username,email",
            b'{"username": "ada", "username": "eve"}',
            b'{"username": NaN}',
            b'{"username": "\\ud800"}',
            b'{"username": "\xff"}',
            b"[" * 1000 + b"]" * 1000,
            b'{"a":' * 900 + b"1" + b"}" * 900,
            b"[" * 100_000,
            b"\0",
        ],
    )
    def test_ambiguous_json_is_rejected(self, line):
        rows = read_ndjson(line + b"\n{}")

        assert [row.line for row in rows] == [1, 2]
        assert rows[1] == Row(2, {})
        assert list_rules(rows[:1]) == [(1, ["json"])]

    def test_a_line_that_is_too_long_is_rejected(self):
        assert list_rules(read_ndjson(b"x" * 200_000 + b"\n{}")) == [
            (1, ["line_too_long"]),
            (2, []),
        ]


class TestCsv:
    def test_the_header_has_the_names_of_the_members(self):
        text = b'\xef\xbb\xbfemail,username,display_name\r\na@b.org,ada,"Love, Ada ""A."""\r\n'

        assert read_csv(text) == [
            Row(2, {"email": "a@b.org", "username": "ada", "display_name": 'Love, Ada "A."'})
        ]

    def test_an_empty_cell_is_a_missing_member(self):
        assert read_csv(b"username,email,id\nada,a@b.org,\n\n") == [
            Row(2, {"username": "ada", "email": "a@b.org"})
        ]

    def test_a_row_has_the_number_of_its_first_line(self):
        assert [row.line for row in read_csv(HEADER + b'"a\nb",c\r\n\r\nd,e\r\n')] == [2, 5]

    @pytest.mark.parametrize(
        ("header", "rule"),
        [
            (b"username,email,shoe_size", "additionalProperties"),
            (b"username,email,password", "additionalProperties"),
            (b"username,display_name", "required"),
            (b"username,email,email", "repeated"),
            (b"", "required"),
            (b"\xff", "csv"),
            (b'"username', "csv"),
            (b"x" * 200_000, "required"),
        ],
    )
    def test_a_header_that_is_not_valid_is_rejected(self, header, rule):
        with pytest.raises(InvalidRequest) as api_error:
            read_csv(header + b"\nada,a@b.org,1\n")

        assert rule in [error.rule for error in api_error.value.members["errors"]]

    def test_the_pointer_to_an_unknown_column_is_escaped(self):
        with pytest.raises(InvalidRequest) as api_error:
            read_csv(b"username,email,a/b~c\n")

        (error,) = api_error.value.members["errors"]
        assert error.pointer == "/a~1b~0c"

    @pytest.mark.parametrize(
        ("record", "rule"),
        [
            (b"ada", "columns"),
            (b"ada,a@b.org,more", "columns"),
            (b'ada,"a@b.org"x', "csv"),
            (b"ada,\xff", "csv"),
            (b"x" * 200_000, "line_too_long"),
        ],
    )
    def test_a_row_that_is_not_valid_does_not_prevent_the_others(self, record, rule):
        read = read_csv(HEADER + record + b"\ngrace,g@b.org\n")

        assert list_rules(read) == [(2, [rule]), (3, [])]


@pytest.mark.parametrize(("format", "text"), [("ndjson", b"{}\n"), ("csv", b"a,b\n")])
def test_blank_lines_count_towards_the_maximum(format, text):  # noqa: A002  its name outside
    header = HEADER if format == "csv" else b""
    assert list(formats.read_rows(header + text * 9 + b"\n", Format(format), max_rows=10))

    with pytest.raises(TooManyRows):
        formats.read_rows(header + text * 9 + b"\n\n", Format(format), max_rows=10)
