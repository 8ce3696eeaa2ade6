"""What a row says, in either format."""

import pytest

from api.core.errors import InvalidRequest
from api.transfer import formats
from api.transfer.formats import Format, Row

HEADER = b"username,email\r\n"


def csv(text):
    return list(formats.rows([text], Format.CSV))


def ndjson(text):
    return [row._replace(size=0) for row in formats.rows([text], Format.NDJSON)]


def rules(read):
    return [
        (row.line, [validation_error.rule for validation_error in row.findings]) for row in read
    ]


class TestNdjson:
    def test_each_line_is_an_object_and_empty_ones_are_nothing(self):
        assert ndjson(b'\xef\xbb\xbf{"username": "ada"}\r\n\n{"username": "grace"}') == [
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
    def test_what_two_parsers_could_read_differently_is_refused(self, line):
        read = ndjson(line + b"\n{}")

        assert [row.line for row in read] == [1, 2]
        assert read[1] == Row(2, {})
        assert rules(read[:1]) == [(1, ["json"])]

    def test_a_line_that_is_too_long_is_refused(self):
        assert rules(ndjson(b"x" * 200_000 + b"\n{}")) == [(1, ["line_too_long"]), (2, [])]


class TestCsv:
    def test_the_header_says_what_the_cells_are(self):
        text = b'\xef\xbb\xbfemail,username,display_name\r\na@b.org,ada,"Love, Ada ""A."""\r\n'

        assert csv(text) == [
            Row(2, {"email": "a@b.org", "username": "ada", "display_name": 'Love, Ada "A."'})
        ]

    def test_an_empty_cell_was_not_given(self):
        assert csv(b"username,email,id\nada,a@b.org,\n\n") == [
            Row(2, {"username": "ada", "email": "a@b.org"})
        ]

    def test_lines_are_counted_as_an_editor_does(self):
        assert [row.line for row in csv(HEADER + b'"a\nb",c\r\n\r\nd,e\r\n')] == [2, 5]

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
    def test_a_header_that_nobody_knows_is_refused_before_the_first_row(self, header, rule):
        with pytest.raises(InvalidRequest) as api_error:
            formats.rows([header, b"\nada,a@b.org,1\n"], Format.CSV)

        assert rule in [
            validation_error.rule for validation_error in api_error.value.members["errors"]
        ]

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
    def test_a_row_out_of_order_costs_no_other(self, record, rule):
        read = csv(HEADER + record + b"\ngrace,g@b.org\n")

        assert rules(read) == [(2, [rule]), (3, [])]
