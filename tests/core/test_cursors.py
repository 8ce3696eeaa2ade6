"""Cursors: signed positions in an ordered list."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from string import ascii_letters, digits
from uuid import UUID

import pytest

from api.core.cursors import SIGNATURE_BYTES, Cursors
from api.core.errors import InvalidRequest

ADA = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10")
TIMESTAMP = datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC)
INVALID = {
    "nothing": lambda _: "",
    "a letter": lambda _: "a",
    "a letter outside ASCII": lambda cursor: "ä" + cursor,
    "a character that the decoder skips": lambda cursor: cursor + "!",
    "padding": lambda cursor: cursor + "=",
    "too long": lambda cursor: cursor + "A",
    "too short": lambda cursor: cursor[:-1],
    "indented": lambda cursor: f" {cursor}",
    "without its signature": lambda cursor: urlsafe_b64encode(
        decode(cursor)[SIGNATURE_BYTES:]
    ).decode(),
}


cursors = Cursors("a secret")


def decode(cursor):
    return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


def rejected(cursor, sort="username"):
    with pytest.raises(InvalidRequest) as api_error:
        cursors.read(cursor, sort)
    return api_error.value.members["errors"]


@pytest.mark.parametrize(
    ("sort", "value"),
    [
        ("created_at", TIMESTAMP),
        ("-created_at", TIMESTAMP),
        ("at", TIMESTAMP),
        ("-at", TIMESTAMP),
        ("username", "ada"),
        ("-email", "ädä@example.org"),
        ("email", '"],[\\'),
    ],
)
def test_a_cursor_is_read_as_the_position_it_was_written_for(sort, value):
    assert cursors.read(cursors.write(sort, value, ADA), sort) == (value, ADA)


def test_a_cursor_needs_no_escaping_in_a_query_string():
    cursor = cursors.write("username", "ada?&=/+ä", ADA)

    assert cursor.isascii()
    assert not set("=+/&?#") & set(cursor)


@pytest.mark.parametrize("bit", range(8))
def test_a_cursor_with_one_changed_bit_is_rejected(bit):
    signed = decode(cursors.write("username", "ada", ADA))

    for place in range(len(signed)):
        changed = bytearray(signed)
        changed[place] ^= 1 << bit
        rejected(urlsafe_b64encode(changed).rstrip(b"=").decode())


@pytest.mark.parametrize("change", INVALID)
def test_a_changed_cursor_is_rejected(change):
    [validation_error] = rejected(INVALID[change](cursors.write("username", "ada", ADA)))

    assert (validation_error.pointer, validation_error.rule) == ("cursor", "cursor")


def test_other_spellings_of_the_last_bits_are_rejected():
    cursor = cursors.write("username", "ada", ADA)
    spellings = {cursor[:-1] + letter for letter in ascii_letters + digits}
    twins = [other for other in spellings - {cursor} if decode(other) == decode(cursor)]

    assert twins
    for twin in twins:
        rejected(twin)


@pytest.mark.parametrize("sort", ["-username", "email", "created_at"])
def test_a_cursor_belongs_to_one_order(sort):
    rejected(cursors.write("username", "ada", ADA), sort)


def test_a_cursor_of_another_secret_is_rejected():
    rejected(Cursors("another secret").write("username", "ada", ADA))
