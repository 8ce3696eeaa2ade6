"""Reading rows of JSON and CSV."""

from io import BytesIO

import pytest

from api.core.errors import InvalidRequest
from api.transfer import formats
from api.transfer.errors import TooManyRows
from api.transfer.formats import Format
from api.transfer.row import Row

HEADER = b"username,email\r\n"


def read(text, declared=None):
    rows = formats.read_rows(BytesIO(text), declared, max_rows=100).rows
    return [row._replace(size=0) for row in rows]


def list_rules(rows):
    return [(row.line, [error.rule for error in row.errors]) for row in rows]


class TestJsonLines:
    def test_each_line_is_a_row_and_blank_lines_are_skipped(self):
        assert read(b'\xef\xbb\xbf{"username": "ada"}\r\n\n  \t\r\n{"username": "grace"}') == [
            Row(1, {"username": "ada"}),
            Row(4, {"username": "grace"}),
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
        rows = read(b"{}\n" + line + b"\n{}")

        assert [row.line for row in rows] == [1, 2, 3]
        assert rows[2] == Row(3, {})
        assert list_rules(rows[1:2]) == [(2, ["json"])]

    def test_a_first_line_that_is_damaged_is_rejected_alone(self):
        assert list_rules(read(b'{"username": "ada",}\n{}')) == [(1, ["json"]), (2, [])]

    def test_a_line_that_is_too_long_is_rejected(self):
        text = b'{"username": "' + b"x" * 200_000 + b'"}\n{}'

        assert list_rules(read(b"{}\n" + text)) == [(1, []), (2, ["line_too_long"]), (3, [])]


class TestJsonArray:
    @pytest.mark.parametrize(
        "text",
        [
            b'[{"username": "ada"},\n{"username": "grace"}]',
            b' \n[{"username":"ada"}\n,{"username":"grace"}\n]\n',
            b'{"users": [{"username": "ada"}, {"username": "grace"}]}',
            b'{"kind": "x", "roles": [1], "Users": [{"username": "ada"}, {"username": "grace"}]}',
            b'{"total": 2, "data": [\n{"username": "ada"}, {"username": "grace"}\n], "next": null}',
            b'{\n "meta": {"a": [1]},\n "users":\n [{"username": "ada"}, {"username": "grace"}]}',
        ],
    )
    def test_each_item_is_a_row(self, text):
        assert [row.members for row in read(text)] == [{"username": "ada"}, {"username": "grace"}]

    def test_a_row_has_the_number_of_its_first_line(self):
        assert [row.line for row in read(b'[\n\n{"a":\n1}, {},\n{}]')] == [3, 4, 5]

    @pytest.mark.parametrize(
        "item",
        [
            b'{"username": "ada", "username": "eve"}',
            b'{"username": NaN}',
            b'{"username": "\\ud800"}',
            b'{"username": "\xff"}',
            b"[" * 500 + b"]" * 500,
            b'{"username": "' + b"x" * 200_000 + b'"}',
        ],
    )
    def test_an_item_that_is_rejected_does_not_prevent_the_others(self, item):
        rows = read(b"[{}," + item + b",{}]")

        assert [len(row.errors) for row in rows] == [0, 1, 0]

    @pytest.mark.parametrize(
        "text",
        [
            b'[{"username": "ada"}',
            b'[{"username": "ada"},',
            b'[{"username": "ada"},]',
            b'[{"username": "ada"}] more',
            b'[{"username": "ada"} {"username": "ada"}]',
            b'{"users": [{}]',
            b'{\n"users": [{}], }',
            b'{\n"users" [{}]}',
            b"[" * 1_000_000,
            b'{"users": ' * 100_000,
        ],
    )
    def test_a_damaged_file_is_rejected(self, text):
        assert "The JSON is damaged" in reject(text).message

    def test_an_object_without_an_array_of_users_is_rejected(self):
        assert "without an array named users" in reject(b'{\n"a": [], "b": []}').message

    @pytest.mark.parametrize(
        "text",
        [
            b'{"email": "a@b.org"},\n{"email": "b@b.org"}\n',
            b"{\n" + b",".join(b'"m%d": 1' % number for number in range(2000)) + b"}",
            b'{\n"a": [' + b",".join([b"1"] * 200_000) + b'], "b": [], "users": []}',
        ],
        ids=["lines with commas", "many members", "other large arrays"],
    )
    def test_an_object_that_cannot_hold_users_is_rejected(self, text):
        assert reject(text)

    def test_one_account_with_an_array_is_not_a_file_with_an_array(self):
        text = b'{"username": "ada", "roles": ["user"]}'

        assert read(text) == [Row(1, {"username": "ada", "roles": ["user"]})]

    def test_a_file_of_any_size_is_read_with_one_value_in_memory(self):
        class Endless(BytesIO):
            def read(self, size=-1):
                return (super().read(size) or b'{"username": "ada"},' * 10)[:size]

            read1 = read

        rows = formats.json_rows.read_array(
            formats.open_text(Endless(b"["), formats.find_encoding(BytesIO(b"["))),
            formats.ACCOUNTS,
        )

        assert [next(rows).members for _ in range(20_000)][-1] == {"username": "ada"}


def reject(text, declared=None):
    """Return the error of a file that is not recognised."""
    with pytest.raises(InvalidRequest) as api_error:
        read(text, declared)
    (error,) = api_error.value.members["errors"]
    assert error.rule == "unrecognised"
    return error


class TestCsv:
    def test_the_header_has_the_names_of_the_members(self):
        text = b'\xef\xbb\xbfemail,username,display_name\r\na@b.org,ada,"Love, Ada ""A."""\r\n'

        assert read(text) == [
            Row(2, {"email": "a@b.org", "username": "ada", "display_name": 'Love, Ada "A."'})
        ]

    def test_an_empty_cell_is_a_missing_member(self):
        assert read(b"username,email,id\nada,a@b.org,\n\n") == [
            Row(2, {"username": "ada", "email": "a@b.org"})
        ]

    def test_a_row_has_the_number_of_its_first_line(self):
        assert [row.line for row in read(HEADER + b'"a\nb",c\r\n\r\nd,e\r\n')] == [2, 5]

    @pytest.mark.parametrize(
        "cell", ["user admin", "user,admin", "{user,admin}", '["user","admin"]']
    )
    def test_roles_are_words_or_an_array(self, cell):
        quoted = cell.replace('"', '""')

        [row] = read(f'email,roles\na@b.org,"{quoted}"\n'.encode())

        assert row.members["roles"] == ["user", "admin"]

    @pytest.mark.parametrize(
        ("header", "rule"),
        [
            (b"username,email,shoe_size", "additional_properties"),
            (b"username,email,password", "additional_properties"),
            (b"username,display_name", "required"),
            (b"username,email,Email", "repeated"),
            (b"username,,email", "unnamed"),
            (b"shoe_size", "unrecognised"),
            (b"ada,ada@example.org", "unrecognised"),
            (b"", "unrecognised"),
            (b'"username', "unrecognised"),
            (b"x" * 200_000, "unrecognised"),
        ],
    )
    def test_a_header_that_is_not_valid_is_rejected(self, header, rule):
        with pytest.raises(InvalidRequest) as api_error:
            read(header + b"\nada,a@b.org,1\n", Format.CSV)

        assert rule in [error.rule for error in api_error.value.members["errors"]]

    def test_the_pointer_to_an_unknown_column_is_escaped(self):
        with pytest.raises(InvalidRequest) as api_error:
            read(b"username,email,a/b~c\n")

        (error,) = api_error.value.members["errors"]
        assert error.pointer == "/a~1b~0c"

    @pytest.mark.parametrize(
        ("record", "rule"),
        [
            (b"ada", "columns"),
            (b"ada,a@b.org,more", "columns"),
            (b'ada,"a@b.org"x', "csv"),
            (b"\xc3\xa4,\xff", "csv"),
            (b"x" * 200_000, "line_too_long"),
        ],
    )
    def test_a_row_that_is_not_valid_does_not_prevent_the_others(self, record, rule):
        found = read(HEADER + record + b"\ngrace,g@b.org\n")

        assert list_rules(found) == [(2, [rule]), (3, [])]


@pytest.mark.parametrize("text", [HEADER + b"a,b\n" * 9 + b"\n", b"{}\n" * 9 + b"\n"])
def test_blank_lines_count_towards_the_maximum(text):
    assert list(formats.read_rows(BytesIO(text), max_rows=10).rows)

    with pytest.raises(TooManyRows):
        list(formats.read_rows(BytesIO(text + b"\n"), max_rows=10).rows)
