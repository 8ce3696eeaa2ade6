"""Every row becomes an account or is rejected."""

from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from api.core.errors import InvalidRequest
from api.transfer import rows
from api.transfer.import_schemas import ImportedUser, check_row, imported_user
from api.transfer.layouts import COLUMNS
from api.transfer.row import Row


@pytest.fixture(scope="module", autouse=True)
def context(application):
    """Settings decide which names are allowed."""
    with application.app_context():
        yield


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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the app stays the same
@given(VALUES | NEARLY)
@example({"username": "ada", "email": "ada@example.org", "created_at": "0001-01-01T00:00:00+14:00"})
@example({"username": "ada", "email": "ada@example.org", "created_at": "2026-02-30T00:00:00Z"})
@example({"username": "ada", "email": "ada@example.org", "id": "{" + "0" * 32 + "}"})
@example({"username": "ada", "email": "ada@example.org", "password_hash": "unknown"})
def test_every_row_becomes_an_account_or_is_rejected(context, members):
    account = None
    with suppress(InvalidRequest):
        account = rows.make_account(Row(1, members))

    assert account is None or isinstance(account.columns["id"], UUID)


def test_csv_columns_model_and_typed_dict_have_the_same_members():
    assert COLUMNS.keys() == imported_user.keys() == ImportedUser.__annotations__.keys()
    assert check_row(imported_user.also["examples"][0]) is None


@pytest.mark.parametrize("name", sorted(COLUMNS.keys() - {"email", "username"}))
def test_B_19_null_means_that_a_member_is_not_given(name):
    row = Row(1, {"username": "ada", "email": "ada@example.org", name: None})

    assert rows.make_account(row).given == {"username", "email"}


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-01 12:34:56.789+00",
        "2024-05-01 12:34:56.789+0000",
        "2024-05-01 12:34:56.789 UTC",
        "2024-05-01 12:34:56.789Z",
        "2024-05-01T14:34:56.789+02",
        "2024-05-01T12:34:56.789000z",
    ],
)
def test_B_19_a_timestamp_as_postgresql_writes_it_is_read(text):
    row = Row(1, {"username": "ada", "email": "ada@example.org", "created_at": text})

    created_at = rows.make_account(row).columns["created_at"]
    assert created_at == datetime(2024, 5, 1, 12, 34, 56, 789000, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2024-05-01 12:34:56", "1714566896", "2024-05-01", "01.05.2024"])
def test_an_ambiguous_timestamp_is_rejected(text):
    with pytest.raises(InvalidRequest):
        rows.make_account(
            Row(1, {"username": "ada", "email": "ada@example.org", "created_at": text})
        )


def test_an_empty_password_hash_is_rejected():
    row = Row(1, {"username": "ada", "email": "ada@example.org", "password_hash": ""})

    with pytest.raises(InvalidRequest) as api_error:
        rows.make_account(row)

    (error,) = api_error.value.members["errors"]
    assert (error.pointer, error.rule) == ("/password_hash", "min_length")


@pytest.mark.parametrize("number", [0, 2**128 - 1])
def test_A_12_the_nil_and_the_max_UUID_are_rejected(number):
    row = Row(1, {"username": "ada", "email": "ada@example.org", "id": str(UUID(int=number))})

    with pytest.raises(InvalidRequest) as api_error:
        rows.make_account(row)

    assert [error.pointer for error in api_error.value.members["errors"]] == ["/id"]


@pytest.mark.parametrize("member", ["external_source", "external_id"])
@pytest.mark.parametrize("text", [" 1", "1 ", "\u00a01", "1\u200b", "\u202e1", "\ufeff1", " "])
def test_A_13_an_external_id_has_no_invisible_characters_and_outer_spaces(member, text):
    members = {"external_source": "auth0", "external_id": "1", member: text}

    with pytest.raises(InvalidRequest) as api_error:
        rows.make_account(Row(1, {"username": "ada", "email": "ada@example.org", **members}))

    assert {error.pointer for error in api_error.value.members["errors"]} == {f"/{member}"}


@pytest.mark.parametrize("text", ["auth0|5f7c8ec7", "uid=ada, ou=people", "\u00fc", "a" * 255])
def test_an_external_id_may_have_any_visible_characters(text):
    members = {"external_source": "auth0", "external_id": text}

    account = rows.make_account(Row(1, {"email": "ada@example.org", "username": "ada", **members}))
    assert account.columns["external_id"] == text
