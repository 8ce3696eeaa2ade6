"""Whatever a row holds, it becomes an account or is refused, and nothing else happens."""

from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from api.core.errors import InvalidRequest
from api.transfer import rows
from api.transfer.formats import COLUMNS, Row
from api.transfer.rows import SHAPE

LEAVES = some.none() | some.booleans() | some.integers() | some.floats() | some.text()
VALUES = some.recursive(
    LEAVES, lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner), max_leaves=5
)
NEARLY = some.fixed_dictionaries(
    {
        "username": some.from_regex(r"[a-z]{3,9}", fullmatch=True),
        "email": some.just("ada@example.org"),
    },
    optional={name: VALUES for name in COLUMNS if name not in {"username", "email"}},
)


@given(VALUES | NEARLY)
@example({"username": "ada", "email": "ada@example.org", "created_at": "0001-01-01T00:00:00+14:00"})
@example({"username": "ada", "email": "ada@example.org", "created_at": "2026-02-30T00:00:00Z"})
@example({"username": "ada", "email": "ada@example.org", "id": "{" + "0" * 32 + "}"})
def test_it_becomes_an_account_or_is_refused(members):
    account = None
    with suppress(InvalidRequest):
        account = rows.account(Row(1, members))

    assert account is None or isinstance(account.columns["id"], UUID)


def test_every_column_of_a_csv_is_a_member_and_the_other_way_round():
    model = rows.schemas.imported_user

    assert COLUMNS.keys() == model.keys()
    assert SHAPE.check(model.also["examples"][0]) is None


@pytest.mark.parametrize("null", ["display_name", "password_hash"])
def test_what_an_export_writes_of_nothing_is_taken_as_nothing(null):
    row = Row(1, {"username": "ada", "email": "ada@example.org", null: None})

    assert rows.account(row).columns[null] is None
