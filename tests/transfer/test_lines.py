"""Reading the lines and records of a file."""

from io import BytesIO

import pytest

from api.transfer.lines import MAX_RECORD_BYTES, Line, join_records, read_lines

TEXT = b'one\r\n"two\nand a half"\n\n"three ""quoted"""\nlast'


def records(text):
    return list(join_records(read_lines(BytesIO(text))))


def lines(text):
    return list(read_lines(BytesIO(text)))


def test_lines_have_their_number_and_end():
    assert lines(TEXT) == [
        Line(1, b"one\r", 5),
        Line(2, b'"two', 10),
        Line(3, b'and a half"', 22),
        Line(4, b"", 23),
        Line(5, b'"three ""quoted"""', 42),
        Line(6, b"last", 46),
    ]


def test_records_continue_within_quotations():
    assert records(TEXT) == [
        Line(1, b"one\r", 5),
        Line(2, b'"two\nand a half"', 22),
        Line(4, b"", 23),
        Line(5, b'"three ""quoted"""', 42),
        Line(6, b"last", 46),
    ]


@pytest.mark.parametrize("read", [lines, records])
def test_an_empty_file_has_no_lines_or_records(read):
    assert read(b"") == []


@pytest.mark.parametrize("read", [lines, records])
def test_a_line_that_is_too_long_has_no_text(read):
    longest = b"x" * MAX_RECORD_BYTES
    text = b"\n".join([b"one", longest, longest + b"x", b"four", 3 * longest])

    assert [(line.number, line.text) for line in read(text)] == [
        (1, b"one"),
        (2, longest),
        (3, None),
        (4, b"four"),
        (5, None),
    ]
    assert read(text)[-1].end == len(text)


def test_a_quotation_without_an_end_is_a_record_that_is_too_long():
    read = records(b'one\n"two\n' + b"three\n" * 30_000)

    assert (read[0].text, read[1].text) == (b"one", None)
    assert (read[-1].number, read[-1].text) == (30_002, b"three")
