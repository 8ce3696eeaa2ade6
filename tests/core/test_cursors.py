"""A place in an order, which nobody can make up."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from string import ascii_letters, digits
from uuid import UUID

import pytest

from api.core.cursors import SIGNATURE_BYTES, Cursors
from api.core.errors import InvalidRequest

ADA = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10")
MOMENT = datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC)
MISTAKES = {
    "nothing": lambda _: "",
    "a letter": lambda _: "a",
    "a letter that is none": lambda cursor: "ä" + cursor,
    "a sign that is skipped": lambda cursor: cursor + "!",
    "padding": lambda cursor: cursor + "=",
    "too long": lambda cursor: cursor + "A",
    "too short": lambda cursor: cursor[:-1],
    "indented": lambda cursor: f" {cursor}",
    "without its seal": lambda cursor: urlsafe_b64encode(plain(cursor)[SIGNATURE_BYTES:]).decode(),
}


cursors = Cursors("a secret")


def plain(cursor):
    return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


def rejected(cursor, sort="username"):
    with pytest.raises(InvalidRequest) as api_error:
        cursors.read(cursor, sort)
    return api_error.value.members["errors"]


@pytest.mark.parametrize(
    ("sort", "value"),
    [
        ("created_at", MOMENT),
        ("-created_at", MOMENT),
        ("at", MOMENT),
        ("-at", MOMENT),
        ("username", "ada"),
        ("-email", "ädä@example.org"),
        ("email", '"],[\\'),
    ],
)
def test_a_cursor_leads_back_to_its_place(sort, value):
    assert cursors.read(cursors.write(sort, value, ADA), sort) == (value, ADA)


def test_a_cursor_is_text_for_a_query_string():
    cursor = cursors.write("username", "ada?&=/+ä", ADA)

    assert cursor.isascii()
    assert not set("=+/&?#") & set(cursor)


@pytest.mark.parametrize("bit", range(8))
def test_a_cursor_with_one_bit_changed_anywhere_is_refused(bit):
    sealed = plain(cursors.write("username", "ada", ADA))

    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1 << bit
        rejected(urlsafe_b64encode(changed).rstrip(b"=").decode())


@pytest.mark.parametrize("change", MISTAKES)
def test_a_cursor_is_one_exact_text(change):
    [validation_error] = rejected(MISTAKES[change](cursors.write("username", "ada", ADA)))

    assert (validation_error.pointer, validation_error.rule) == ("cursor", "cursor")


def test_idle_bits_at_the_end_are_refused():
    cursor = cursors.write("username", "ada", ADA)
    spellings = {cursor[:-1] + letter for letter in ascii_letters + digits}
    twins = [other for other in spellings - {cursor} if plain(other) == plain(cursor)]

    assert twins
    for twin in twins:
        rejected(twin)


@pytest.mark.parametrize("sort", ["-username", "email", "created_at"])
def test_a_cursor_belongs_to_one_order(sort):
    rejected(cursors.write("username", "ada", ADA), sort)


def test_a_cursor_of_another_secret_is_refused():
    rejected(Cursors("another secret").write("username", "ada", ADA))
