"""The permissions that an import requires, and the events that it records."""

from uuid import UUID

import pytest

from api.core.permissions import Permission
from api.core.secrets import new_id
from tests.support import make_principal
from tests.transfer.conftest import ADA, GRACE, list_rules, make_rows

ALL = frozenset(Permission)


@pytest.mark.parametrize(
    "missing", [Permission.ROLES_WRITE, Permission.USERS_HASHES, Permission.AUDIT_READ]
)
def test_A_05_a_caller_cannot_import_a_role_with_more_permissions(
    import_rows, read_accounts, missing
):
    by = make_principal(new_id(), ALL - {missing})

    result = import_rows({**ADA, "roles": ["admin"]}, GRACE, by=by)

    assert list_rules(result.rows[0]) == [("/roles", "permission_denied")]
    assert list(read_accounts()) == ["grace"]


@pytest.mark.parametrize(
    "guess",
    [
        {"username": "Victim", "email": "victim@example.org", "status_reason": "Fraud"},
        {"username": "Victim", "email": "victim@example.org", "roles": ["user"]},
        {"username": "Victim", "email": "victim@example.org", "app_metadata": {"plan": "gold"}},
        {"username": "Victim", "email": "wrong@example.org"},
        {"username": "wrong", "email": "wrong@example.org"},
    ],
)
def test_S_06_without_users_read_a_row_reveals_no_member_of_an_account(import_rows, user, guess):
    victim = user("Victim", status_reason="Fraud", app_metadata={"plan": "gold"})
    by = make_principal(new_id(), frozenset({Permission.USERS_IMPORT}))

    result = import_rows({"id": str(victim.id), **guess}, by=by)

    [row] = result.rows
    assert (row.outcome, row.id, list_rules(row)) == ("rejected", None, [("/id", "id_taken")])
    assert (result.unchanged, result.rejected) == (0, 1)


def test_S_06_with_users_read_the_row_of_an_existing_account_is_unchanged(import_rows, user):
    ada = user("Ada")
    by = make_principal(new_id(), frozenset({Permission.USERS_IMPORT, Permission.USERS_READ}))

    [row] = import_rows({"id": str(ada.id), "username": "Ada", "email": ada.email}, by=by).rows

    assert (row.outcome, row.id) == ("unchanged", ada.id)


def test_S_08_each_created_account_has_its_own_audit_event(import_rows, read_events):
    by = make_principal(new_id(), ALL)
    ids = [str(new_id()) for _ in range(3)]
    rows = [{**row, "id": user_id} for row, user_id in zip(make_rows(3), ids, strict=True)]

    import_rows(*rows, {**GRACE, "email": "nowhere"}, by=by)

    events = read_events("user.created")
    assert {actor for actor, _, _ in events} == {by.id}
    assert sorted(subject for _, subject, _ in events) == sorted(map(UUID, ids))


def test_an_import_is_one_audit_event_with_its_counts(import_rows, read_events):
    by = make_principal(new_id(), ALL)

    import_rows(*make_rows(600), {**GRACE, "email": "nowhere"}, by=by)

    counts = {"created": 600, "updated": 0, "unchanged": 0, "conflicts": 0, "rejected": 1}
    assert read_events("users.imported") == [(by.id, None, {**counts, "dry_run": False})]


def test_an_assigned_role_is_an_audit_event(import_rows, read_accounts, read_events):
    by = make_principal(new_id(), ALL)

    import_rows({**ADA, "roles": ["admin"]}, by=by)

    ada = read_accounts()["ada"]
    assert read_events("role.granted") == [(by.id, ada.id, {"role": "admin"})]
