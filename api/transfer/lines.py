"""A stream of bytes, cut into lines and records, of which none fills the memory."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

LONGEST = 128 * 1024  # octets of a record


class Line(NamedTuple):
    """Some text, and where it begins; ``text`` is None where it was too long to be kept."""

    number: int
    text: bytes | None


def lines(chunks: Iterable[bytes]) -> Iterator[Line]:
    """Cut chunks of any size into lines, without their ends."""
    number, kept, too_long = 1, bytearray(), False
    for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for piece in ended:
            fits = not too_long and len(kept) + len(piece) <= LONGEST
            yield Line(number, bytes(kept + piece) if fits else None)
            number, kept, too_long = number + 1, bytearray(), False
        if too_long or len(kept) + len(rest) > LONGEST:
            kept, too_long = bytearray(), True
        else:
            kept += rest
    if kept or too_long:
        yield Line(number, None if too_long else bytes(kept))


def records(chunks: Iterable[bytes]) -> Iterator[Line]:
    """Cut chunks into the records of RFC 4180, which go on where a quotation is open.

    After a record that is too long the next line is taken for a new one: it may be that somebody
    forgot to close a quotation.
    """
    number, kept, quoted = 0, bytearray(), False
    for line in lines(chunks):
        number = number or line.number
        if line.text is not None:
            kept += line.text
            quoted ^= line.text.count(b'"') % 2 == 1
        too_long = line.text is None or len(kept) > LONGEST
        if quoted and not too_long:
            kept += b"\n"
            continue
        yield Line(number, None if too_long else bytes(kept))
        number, kept, quoted = 0, bytearray(), False
    if kept:
        yield Line(number, bytes(kept))
