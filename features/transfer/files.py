"""Files of users, as other programs write them."""

from io import BytesIO
from zipfile import ZipFile

import orjson

from tests.other_systems import MAKERS

NDJSON, CSV, JSON = (
    {"Content-Type": kind} for kind in ("application/x-ndjson", "text/csv", "application/json")
)
COSTLY_HASHES = {  # of the password of every persona, since such a hash takes seconds to make
    14: "$2b$14$SOilJ5juJAynDboErqLdfue8uIfYsn7xqEUK7UjCuxlxuqDh16jQi",
    15: "$2b$15$JmCZUFG3K33AUHGTcSBviejTqTI0/6H3mHIe2MO/21stQWO33ThMu",
}


def make_row(person):
    """Return the row of a person in an export of another system."""
    password_hash = MAKERS["PBKDF2-SHA256, Django"](person.password)
    return {
        "username": person.username,
        "email": person.email,
        "password_hash": password_hash,
    }


def make_file(*rows):
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def make_table(row, separator):
    return "\r\n".join([separator.join(row), separator.join(row.values()), ""])


FILES = {  # by the words of the features, the media type and what writes such a file
    "a spreadsheet with semicolons": (CSV, lambda row: make_table(row, ";").encode()),
    "a spreadsheet with Unicode text": (CSV, lambda row: make_table(row, "\t").encode("utf-16")),
    "a database, with empty values": (
        NDJSON,
        lambda row: make_file({**row, "roles": None, "created_at": "2024-05-01 12:34:56.789+00"}),
    ),
    "a program that writes one list": (JSON, lambda row: orjson.dumps([row])),
}


def make_workbook(row):
    """Return what a spreadsheet saves if it is not told to save CSV: a ZIP archive of XML."""
    cells = "".join(f"<c t='inlineStr'><is><t>{each}</t></is></c>" for each in row.values())
    parts = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": "<workbook/>",
        "xl/worksheets/sheet1.xml": f"<worksheet><row>{cells}</row></worksheet>",
    }
    with ZipFile(file := BytesIO(), "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()
