"""Reading the lines and records of a file."""

from io import StringIO

import pytest

from api.transfer.lines import MAX_RECORD_CHARACTERS, Line, join_records, read_lines

TEXT = 'one\n"two\nand a half"\n\n"three ""quoted"""\nlast'


def records(text):
    return list(join_records(read_lines(StringIO(text))))


def lines(text):
    return list(read_lines(StringIO(text)))


def test_lines_have_their_number():
    assert lines(TEXT) == [
        Line(1, "one"),
        Line(2, '"two'),
        Line(3, 'and a half"'),
        Line(4, ""),
        Line(5, '"three ""quoted"""'),
        Line(6, "last"),
    ]


def test_records_continue_within_quotations():
    assert records(TEXT) == [
        Line(1, "one"),
        Line(2, '"two\nand a half"'),
        Line(4, ""),
        Line(5, '"three ""quoted"""'),
        Line(6, "last"),
    ]


@pytest.mark.parametrize("read", [lines, records])
def test_an_empty_file_has_no_lines_or_records(read):
    assert read("") == []


@pytest.mark.parametrize("read", [lines, records])
def test_a_line_that_is_too_long_has_no_text(read):
    longest = "x" * MAX_RECORD_CHARACTERS
    text = "\n".join(["one", longest, longest + "x", "four", 3 * longest])

    assert [(line.number, line.text) for line in read(text)] == [
        (1, "one"),
        (2, longest),
        (3, None),
        (4, "four"),
        (5, None),
    ]


def test_a_quotation_without_an_end_is_a_record_that_is_too_long():
    read = records('one\n"two\n' + "three\n" * 30_000)

    assert (read[0].text, read[1].text) == ("one", None)
    assert (read[-1].number, read[-1].text) == (30_002, "three")
