"""Opening a file as text: its character encoding is found before the first row is read."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from io import TextIOWrapper
from typing import IO, TextIO

from api.core.errors import InvalidRequest, ValidationError
from api.core.validation_rules import ValidationRule

BLOCK_BYTES = 1024 * 1024
SAMPLE_BYTES = 4096

BYTE_ORDER_MARKS = {  # UTF-32 first, because its mark begins with that of UTF-16
    codecs.BOM_UTF32_LE: "",
    codecs.BOM_UTF32_BE: "",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
UNPACK = "unpack it first"
SAVE_AS_CSV = "save the table as CSV in UTF-8"
OTHER_FILES = {  # the first bytes of files that are often tried, with what to do instead
    b"\x1f\x8b": ("compressed with gzip", UNPACK),
    b"PK\x03\x04": ("an Excel workbook or a ZIP archive", f"{SAVE_AS_CSV}, or {UNPACK}"),
    b"\xd0\xcf\x11\xe0": ("an Excel workbook", SAVE_AS_CSV),
    b"BZh": ("compressed with bzip2", UNPACK),
    b"\xfd7zXZ": ("compressed with xz", UNPACK),
    b"\x28\xb5\x2f\xfd": ("compressed with zstd", UNPACK),
    b"%PDF": ("a PDF", SAVE_AS_CSV),
    b"SQLite format 3": ("an SQLite database", "export its table of users as CSV"),
    b"PGDMP": ("an archive of pg_dump", "export the table with `\\copy … TO … CSV HEADER`"),
    b"--": ("an SQL dump", "export the table of users as CSV"),
    b"/*": ("an SQL dump", "export the table of users as CSV"),
    b"INSERT INTO": ("an SQL dump", "export the table of users as CSV"),
    b"CREATE TABLE": ("an SQL dump", "export the table of users as CSV"),
    b"<": ("XML or HTML", "export the users as CSV or JSON"),
}
WINDOWS_1252 = (
    "The file is not in UTF-8 and was read as Windows-1252; "
    "if names look wrong, save it as CSV in UTF-8."
)
UTF_8, FALLBACK = "utf-8", "cp1252"
ESCAPE = "surrogateescape"


@dataclass(frozen=True)
class Encoding:
    """The name of an encoding, with a warning if it is a guess."""

    name: str
    warnings: tuple[str, ...] = ()


def make_unrecognised(message: str) -> InvalidRequest:
    """Return the error for a file that is not recognised, in one sentence with the way out."""
    return InvalidRequest([ValidationError("", ValidationRule.UNRECOGNISED, message)])


def find_encoding(file: IO[bytes]) -> Encoding:
    """Return the encoding of a seekable file.

    Raises:
        InvalidRequest: the file is not text, or its encoding is not supported.
    """
    file.seek(0)
    sample = file.read(SAMPLE_BYTES)
    for mark, name in BYTE_ORDER_MARKS.items():
        if sample.startswith(mark):
            if not name:
                raise make_unrecognised("The file is in UTF-32; save it in UTF-8.")
            _require_decodable(file, name)
            return Encoding(name)
    if sample.lstrip()[:1] in {b"{", b"["} and b"\0" not in sample[:2]:
        return Encoding(UTF_8)  # RFC 8259, 8.1
    _reject_other_files(sample)
    return _find_encoding_of_csv(file)


def _reject_other_files(sample: bytes) -> None:
    for start, (kind, remedy) in OTHER_FILES.items():
        if sample.lstrip().startswith(start):
            raise make_unrecognised(f"The file is {kind}, not CSV or JSON; {remedy}.")
    if b"\0" in sample:
        message = "The file is binary, or in UTF-16 without a byte order mark; save it in UTF-8."
        raise make_unrecognised(message)


def _find_encoding_of_csv(file: IO[bytes]) -> Encoding:
    """Return UTF-8, or Windows-1252 if no character beyond ASCII is in UTF-8.

    A file that mixes both is UTF-8 with damaged rows, which are rejected one by one.
    """
    undecodable: set[str] = set()
    for text in _decode_blocks(file, UTF_8, ESCAPE):
        if not text.isascii():
            beyond_ascii = {character for character in set(text) if not character.isascii()}
            invalid = {character for character in beyond_ascii if "\udc80" <= character <= "\udcff"}
            if beyond_ascii != invalid:
                return Encoding(UTF_8)
            undecodable |= invalid
    if not undecodable:
        return Encoding(UTF_8)
    try:
        "".join(undecodable).encode(UTF_8, ESCAPE).decode(FALLBACK)
    except UnicodeDecodeError:
        message = "The file is neither in UTF-8 nor in Windows-1252; save it as CSV in UTF-8."
        raise make_unrecognised(message) from None
    return Encoding(FALLBACK, (WINDOWS_1252,))


def _require_decodable(file: IO[bytes], encoding: str) -> None:
    errors = ESCAPE if encoding.startswith(UTF_8) else "strict"
    try:
        for _ in _decode_blocks(file, encoding, errors):
            pass
    except UnicodeDecodeError:
        message = "The file begins like UTF-16 but is damaged; save it in UTF-8."
        raise make_unrecognised(message) from None


def _decode_blocks(file: IO[bytes], encoding: str, errors: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    file.seek(0)
    for block in iter(partial(file.read, BLOCK_BYTES), b""):
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def open_text(file: IO[bytes], encoding: Encoding) -> TextIO:
    """Return the file as text from its start, with line ends converted to LF.

    Bytes that are not UTF-8 become lone surrogates, so that only their row is rejected.
    """
    file.seek(0)
    errors = ESCAPE if encoding.name.startswith(UTF_8) else "strict"
    return TextIOWrapper(file, encoding=encoding.name, errors=errors)
