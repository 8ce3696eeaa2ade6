"""How a stream is cut, wherever its chunks end."""

import pytest

from api.transfer import lines
from api.transfer.lines import LONGEST, Line

TEXT = b'one\r\n"two\nand a half"\n\n"three ""quoted"""\nlast'


def cut(text, size):
    return [text[start : start + size] for start in range(0, len(text), size)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_lines_are_the_same_wherever_chunks_end(size):
    read = list(lines.lines(cut(TEXT, size)))

    assert read == [
        Line(1, b"one\r"),
        Line(2, b'"two'),
        Line(3, b'and a half"'),
        Line(4, b""),
        Line(5, b'"three ""quoted"""'),
        Line(6, b"last"),
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_records_go_on_within_quotations(size):
    read = list(lines.records(cut(TEXT, size)))

    assert read == [
        Line(1, b"one\r"),
        Line(2, b'"two\nand a half"'),
        Line(4, b""),
        Line(5, b'"three ""quoted"""'),
        Line(6, b"last"),
    ]


@pytest.mark.parametrize("read", [lines.lines, lines.records])
def test_there_may_be_nothing(read):
    assert list(read([])) == list(read([b"", b""])) == []


@pytest.mark.parametrize("read", [lines.lines, lines.records])
@pytest.mark.parametrize("size", [1000, LONGEST, 10 * LONGEST])
def test_a_line_that_is_too_long_is_not_kept_and_costs_no_other(read, size):
    longest = b"x" * LONGEST
    text = b"\n".join([b"one", longest, longest + b"x", b"four", 3 * longest])

    assert list(read(cut(text, size))) == [
        Line(1, b"one"),
        Line(2, longest),
        Line(3, None),
        Line(4, b"four"),
        Line(5, None),
    ]


def test_an_endless_line_fills_no_memory():
    kept = []

    def endless():
        for _ in range(1000):
            yield b"x" * 10_000
            kept.append(None)

    assert list(lines.lines(endless())) == [Line(1, None)]
    assert len(kept) == 1000


def test_a_quotation_that_nobody_closes_costs_what_fits_into_a_record():
    text = b'one\n"two\n' + b"three\n" * 30_000

    read = list(lines.records(cut(text, 1000)))

    assert read[0] == Line(1, b"one")
    assert read[1] == Line(2, None)
    assert read[-1] == Line(30_002, b"three")
