"""A row is compared with the account that it is about (B-20)."""

from datetime import UTC, datetime

import pytest

from api.transfer.outcomes import OnConflict
from tests.other_systems import MAKERS
from tests.transfer.conftest import ADA, GRACE, describe, make_rows
from tests.transfer.test_service import COMPLETE, ID

UPDATE = {"on_conflict": OnConflict.UPDATE}
EXTERNAL = {"external_source": "auth0", "external_id": "auth0|1"}


@pytest.mark.parametrize(
    "row",
    [COMPLETE, ADA, {"email": ADA["email"]}, {"email": "Ada@Example.org", **EXTERNAL}],
)
def test_B_20_a_repeated_row_is_unchanged(import_rows, row):
    import_rows(row)

    result = import_rows(row)

    assert describe(result) == [("unchanged", [])]
    assert (result.created, result.unchanged, result.rejected) == (0, 1, 0)


@pytest.mark.parametrize(
    ("first", "second", "different"),
    [
        ({"id": str(ID)}, {"id": str(ID), "email": "b@example.org"}, ["/email"]),
        (EXTERNAL, {**EXTERNAL, "email": "b@example.org"}, ["/email"]),
        ({}, {"display_name": "Countess"}, ["/display_name"]),
        ({}, {"username": "countess"}, ["/username"]),
        ({}, {"email": "b@example.org"}, ["/email"]),
        ({}, {"id": str(ID)}, ["/id"]),
        ({}, {"roles": ["admin"]}, ["/roles"]),
        ({}, {"status": "suspended"}, ["/status"]),
        ({}, EXTERNAL, ["/external_source", "/external_id"]),
        ({}, {"app_metadata": {"on": 1}}, ["/app_metadata"]),
        ({}, {"created_at": "2020-01-01T00:00:00Z"}, ["/created_at"]),
        ({}, {"password_hash": MAKERS["bcrypt 2y"]("other")}, ["/password_hash"]),
    ],
)
def test_B_20_a_conflict_names_the_members(import_rows, first, second, different):
    import_rows({**ADA, **first})

    result = import_rows({**ADA, **second})

    assert describe(result) == [("conflict", different)]
    assert result.rows[0].id is not None
    assert (result.created, result.conflicts, result.rejected) == (0, 1, 0)


def test_the_id_of_the_external_source_comes_before_the_names(import_rows):
    import_rows({**ADA, **EXTERNAL}, GRACE)

    result = import_rows({**GRACE, **EXTERNAL})

    assert describe(result) == [("conflict", ["/username", "/email"])]


def test_the_same_external_id_of_another_source_is_another_account(import_rows):
    import_rows({**ADA, **EXTERNAL})

    assert import_rows({**GRACE, **EXTERNAL, "external_source": "okta"}).created == 1


def test_members_that_a_row_lacks_may_differ(import_rows):
    import_rows(COMPLETE)

    assert describe(import_rows({"email": ADA["email"]})) == [("unchanged", [])]


def test_rows_of_one_file_are_compared_with_earlier_ones(import_rows, read_accounts):
    other = {**GRACE, "username": "ada"}

    result = import_rows(ADA, ADA, other, {**ADA, "display_name": "Countess"})

    assert (result.created, len(read_accounts())) == (1, 1)
    assert [row.line for row in result.rows] == [2, 3, 4]
    assert describe(result) == [
        ("unchanged", []),
        ("conflict", ["/email"]),
        ("conflict", ["/display_name"]),
    ]


def test_rows_of_different_batches_are_compared(import_rows):
    result = import_rows(*make_rows(1100), {**GRACE, "username": "Person0"})

    assert (result.created, describe(result)) == (1100, [("conflict", ["/username", "/email"])])


def test_a_deleted_account_is_a_conflict(import_rows, user):
    deleted = user("Ada", deleted_at=datetime(2026, 11, 1, tzinfo=UTC))
    row = {"id": str(deleted.id), "username": "Ada", "email": deleted.email}

    assert describe(import_rows(row, **UPDATE)) == [("conflict", ["/deleted_at"])]
