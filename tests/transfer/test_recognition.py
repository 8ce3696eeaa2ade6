"""The format of a file is recognised before its first row (B-17)."""

import codecs
import gzip
from io import BytesIO

import pytest

from api.core.errors import InvalidRequest
from api.transfer import formats
from api.transfer.formats import Format
from api.transfer.lines import MAX_RECORD_CHARACTERS

ADA = {"username": "ada", "email": "ada@example.org"}
JOSE = {"username": "josé", "email": "jose@example.org"}


def read(text, **options):
    return formats.read_rows(BytesIO(text), **options)


def list_members(text):
    rows = list(read(text).rows)
    assert not any(row.errors for row in rows)
    return [row.members for row in rows]


CSV_FILES = {
    "semicolons": "username;email\r\nada;ada@example.org\r\n",
    "tabs": "username\temail\r\nada\tada@example.org\r\n",
    "bars": "username|email\nada|ada@example.org\n",
    "carriage returns": "username,email\rada,ada@example.org\r",
    "sep": "sep=,\r\nusername,email\r\nada,ada@example.org\r\n",
    "sep semicolon": "sep=;\r\nusername;email\r\nada;ada@example.org\r\n",
    "quoted sep": '"sep=;"\r\nusername;email\r\nada;ada@example.org\r\n',
    "empty trailing columns": "username,email,,\r\nada,ada@example.org,,\r\n",
    "trailing cells": "username,email\r\nada,ada@example.org,,\r\n",
    "rows of separators": "username;email\r\n;\r\nada;ada@example.org\r\n;;\r\n",
    "blanks after separators": 'Username, Email\r\nada, "ada@example.org"\r\n',
    "blanks at the end": "username ,email \r\nada ,ada@example.org \r\n",
    "upper case": "USERNAME,EMail\r\nada,ada@example.org\r\n",
    "blanks and hyphens in names": "User Name,E-Mail\r\nada,ada@example.org\r\n",
    "quoted": '"username","email"\r\n"ada","ada@example.org"\r\n',
    "quoted semicolons": '"username";"email"\r\n"ada";"ada@example.org"\r\n',
    "blank lines first": "\r\n\r\nusername,email\r\nada,ada@example.org\r\n",
    "comma in a semicolon file": "username;email;display_name\nada;ada@example.org;\n",
}


@pytest.mark.parametrize("text", CSV_FILES.values(), ids=CSV_FILES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_B_17_csv_is_recognised(text, encoding):
    assert list_members(text.encode(encoding)) == [ADA]


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_B_17_utf_16_is_recognised_by_its_byte_order_mark(mark, encoding):
    text = "username\temail\r\njosé\tjose@example.org\r\n"

    assert list_members(mark + text.encode(encoding)) == [JOSE]


def test_B_17_json_in_utf_16_is_recognised():
    assert list_members('[{"username": "josé", "email": "jose@example.org"}]'.encode("utf-16")) == [
        JOSE
    ]


def test_B_17_windows_1252_is_read_with_a_warning():
    file = read("username;email\r\njosé;jose@example.org\r\n".encode("cp1252"))

    assert [row.members for row in file.rows] == [JOSE]
    assert "Windows-1252" in file.warnings[0]


def test_utf_8_has_no_warning():
    assert read("email\njosé@example.org\n".encode()).warnings == ()


def test_the_end_of_the_sample_is_not_the_end_of_a_line():
    start, end = '{"realm":"', '","users":[{"email":"a@example.org"}'
    size = formats.SAMPLE_CHARACTERS + MAX_RECORD_CHARACTERS
    padding = "x" * (size - len(start) - len(end))

    found = read(f'{start}{padding}{end},{{"email":"b@example.org"}}]}}'.encode())

    assert (found.format, len(list(found.rows))) == (Format.JSON, 2)


def test_one_damaged_row_of_a_file_in_utf_8_is_rejected_alone():
    text = "username,email\njosé,jose@example.org\n".encode() + b"jos\xe9,x@example.org\n"

    assert [[error.rule for error in row.errors] for row in read(text).rows] == [[], ["csv"]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (gzip.compress(b"{}", mtime=0), "compressed with gzip"),
        (b"PK\x03\x04\x14\0\0\0", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Excel workbook"),
        (b"SQLite format 3\0", "SQLite database"),
        (b"-- PostgreSQL database dump\n", "SQL dump"),
        (b"INSERT INTO users VALUES (1);\n", "SQL dump"),
        (b"PGDMP\x01\x0e", "pg_dump"),
        (b"<html>", "XML or HTML"),
        (b"%PDF-1.7", "PDF"),
        (codecs.BOM_UTF32_LE + b"a\0\0\0", "UTF-32"),
        ("username,email\n".encode("utf-16-le"), "UTF-16 without a byte order mark"),
        (codecs.BOM_UTF16_LE + b"a", "damaged"),
        (b"email\n\x81\x8d@example.org\n", "neither in UTF-8 nor in Windows-1252"),
        (b"Vorname;Nachname;Mail\nAda;Lovelace;ada@example.org\n", "not a header"),
        (b"just some text\n", "not a header"),
    ],
)
def test_B_17_what_is_not_recognised_is_named_in_one_sentence(text, words):
    with pytest.raises(InvalidRequest) as api_error:
        read(text)

    (error,) = api_error.value.members["errors"]
    assert (error.pointer, error.rule) == ("", "unrecognised")
    assert words in error.message
    assert error.message.endswith(".")


@pytest.mark.parametrize(
    ("text", "declared"), [(b"email\na@b.org\n", Format.NDJSON), (b"{}\n", Format.CSV)]
)
def test_a_file_in_another_format_than_declared_is_rejected(text, declared):
    with pytest.raises(InvalidRequest, match="invalid_request"):
        read(text, declared=declared)
