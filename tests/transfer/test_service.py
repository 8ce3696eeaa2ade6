"""The outcome of each row of an import."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from api.core.database import in_transaction
from api.core.errors import InvalidRequest
from api.core.secrets import new_id
from api.login import service as login
from api.transfer import service
from api.transfer.errors import TooManyRows
from api.transfer.formats import Format
from tests.other_systems import MAKERS
from tests.support import PASSWORD
from tests.transfer.conftest import ADA, GRACE, list_rules, make_rows

ID = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10")
COMPLETE = {
    **ADA,
    "id": str(ID),
    "display_name": "Ada Lovelace",
    "locale": "en-GB",
    "roles": ["admin", "user"],
    "status": "suspended",
    "status_reason": "Lost device",
    "user_metadata": {"theme": "dark", "on": True},
    "app_metadata": {"plan": {"name": "free", "seats": [1, 2.5, None]}},
    "password_hash": MAKERS["bcrypt 2y"](PASSWORD),
    "created_at": "2019-12-10T01:02:03.456789+01:00",
    "updated_at": "2020-12-10T01:02:03Z",
}


def test_a_row_becomes_an_account_with_all_its_members(import_rows, read_accounts):
    result = import_rows(COMPLETE)

    ada = read_accounts()["ada"]
    assert (result.created, result.rows) == (1, [])
    assert (ada.id, ada.display_name, ada.status_reason) == (ID, "Ada Lovelace", "Lost device")
    assert (ada.roles, ada.status) == (("admin", "user"), "suspended")
    assert ada.password_hash == COMPLETE["password_hash"]
    assert (ada.user_metadata, ada.app_metadata, ada.deleted_at, ada.version) == (
        COMPLETE["user_metadata"],
        COMPLETE["app_metadata"],
        None,
        1,
    )
    assert ada.created_at == datetime(2019, 12, 10, 0, 2, 3, 456789, tzinfo=UTC)
    assert ada.updated_at == datetime(2020, 12, 10, 1, 2, 3, tzinfo=UTC)
    assert (ada.username_key, ada.email_key) == ("ada", "ada@example.org")
    assert ada.display_name_key == "ada lovelace"


def test_username_and_email_are_enough(import_rows, read_accounts):
    import_rows(ADA)

    ada = read_accounts()["ada"]
    assert (ada.roles, ada.status, ada.password_hash) == (("user",), "active", None)
    assert ada.created_at == ada.updated_at


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_an_imported_user_logs_in_with_the_same_password(import_rows, make, read_accounts):
    import_rows({**ADA, "password_hash": make(PASSWORD)})

    grant = in_transaction(lambda: login.log_in(PASSWORD, username="ada"))

    assert grant.user_id == read_accounts()["ada"].id
    assert read_accounts()["ada"].password_hash.startswith("$argon2id$")


def test_an_account_without_a_hash_has_no_password(import_rows):
    import_rows(ADA)

    with pytest.raises(login.InvalidCredentials):
        in_transaction(lambda: login.log_in("", username="ada"))


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"password": PASSWORD}, [("/password", "password_not_hashed")]),
        ({"password_hash": PASSWORD}, [("/password_hash", "hash_unknown")]),
        (
            {"password_hash": COMPLETE["password_hash"].replace("$04$", "$20$")},
            [("/password_hash", "hash_too_costly")],
        ),
        ({"username": " ab"}, [("/username", "pattern")]),
        ({"username": 7}, [("/username", "type")]),
        ({"email": "nowhere"}, [("/email", "format")]),
        ({"display_name": "x\0y"}, [("/display_name", "pattern")]),
        ({"roles": ["unknown"]}, [("/roles", "role")]),
        ({"roles": ["A b"]}, [("/roles/0", "pattern")]),
        ({"roles": "admin"}, [("/roles", "type")]),
        ({"status": "asleep"}, [("/status", "enum")]),
        ({"id": "1"}, [("/id", "format")]),
        ({"user_metadata": []}, [("/user_metadata", "type")]),
        ({"user_metadata": {"x": "y" * 20_000}}, [("/user_metadata", "max_bytes")]),
        ({"app_metadata": {"x": 2**60}}, [("/app_metadata/x", "number")]),
        ({"created_at": "yesterday"}, [("/created_at", "format")]),
        ({"token_generation": 7}, [("/token_generation", "additional_properties")]),
    ],
)
def test_only_the_row_that_breaks_a_rule_is_rejected_without_its_value(
    import_rows, read_accounts, changes, rules
):
    result = import_rows({**ADA, **changes}, GRACE)

    [row] = result.rows
    assert (row.line, row.outcome, list_rules(row)) == (1, "rejected", rules)
    assert PASSWORD not in str(result)
    assert (result.created, result.rejected) == (1, 1)
    assert list(read_accounts()) == ["grace"]


@pytest.mark.parametrize("text", [b"[]", b"null", b'"ada"', b"7", b"{}", b"{", b"[1]"])
def test_a_row_that_is_not_an_account_is_rejected(import_rows, text):
    result = import_rows(GRACE, text)

    assert (result.created, [row.line for row in result.rows]) == (1, [2])


def test_a_row_has_a_limited_number_of_errors(import_rows):
    [row] = import_rows({**ADA, **{f"unknown{n}": 1 for n in range(100)}}).rows

    assert len(row.errors) == service.MAX_ROW_ERRORS


@pytest.mark.parametrize("name", ["created_at", "updated_at", "deleted_at"])
def test_S_08_a_timestamp_in_the_future_is_rejected(import_rows, read_accounts, name):
    [row] = import_rows({**ADA, name: "2126-01-01T00:00:00Z"}).rows

    assert list_rules(row)[-1:] == [(f"/{name}", "future")]
    assert read_accounts() == {}


def test_the_names_of_a_row_with_a_deleted_account_are_free(import_rows, read_accounts, user):
    user("Ada")
    deleted = {**COMPLETE, "deleted_at": "2026-11-01T00:00:00Z"}

    result = import_rows(
        deleted, {**deleted, "id": str(new_id())}, {**COMPLETE, "id": str(new_id())}
    )

    assert (result.created, [row.line for row in result.rows]) == (2, [3])
    assert read_accounts()["ada"].deleted_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert import_rows(deleted).unchanged == 1


def test_too_many_rows_import_nothing(import_rows, read_accounts, build):
    with build(import_max_rows=600).app_context():
        with pytest.raises(TooManyRows) as error:
            import_rows(*make_rows(601))
        assert error.value.members == {"max_rows": 600}
        assert read_accounts() == {}

        assert import_rows(*make_rows(600)).created == 600


def test_rows_are_counted_before_one_is_written(import_rows, build, monkeypatch):
    monkeypatch.setattr(service.store, "write_accounts", None)
    with build(import_max_rows=600).app_context(), pytest.raises(TooManyRows):
        import_rows(*make_rows(601))


def test_csv_is_imported(import_rows, read_accounts):
    text = (
        "\ufeffusername,email,display_name,roles,password_hash,created_at,user_metadata\r\n"
        'ada,ada@example.org,"Lovelace, Ada",user admin,'
        f'{COMPLETE["password_hash"]},2019-12-10T00:00:00Z,"{{""theme"": ""dark""}}"\r\n'
        "grace,grace@example.org,,,,,\r\n"
        "eve,eve@example.org,,,,,dark\r\n"
    )

    result = import_rows(body=text.encode(), format=Format.CSV)

    ada, grace = read_accounts().values()
    assert [(row.line, list_rules(row)) for row in result.rows] == [
        (4, [("/user_metadata", "json")])
    ]
    assert (ada.display_name, ada.roles) == ("Lovelace, Ada", ("admin", "user"))
    assert ada.password_hash == COMPLETE["password_hash"]
    assert ada.user_metadata == {"theme": "dark"}
    assert (grace.display_name, grace.roles, grace.password_hash) == (None, ("user",), None)


def test_an_unknown_column_rejects_the_whole_body(import_rows):
    with pytest.raises(InvalidRequest):
        import_rows(body=b"username,email,shoe_size\nada,a@b.org,7\n", format=Format.CSV)


class TestDryRun:
    def test_a_dry_run_has_the_same_result_and_writes_nothing(
        self, import_rows, read_accounts, read_events, user
    ):
        user("Eve")
        rows = [COMPLETE, {**GRACE, "username": "eve"}, {**GRACE, "email": "x"}]
        rows += [*make_rows(600), GRACE, {**ADA, "username": "Person3"}]

        dry_run = import_rows(*rows, dry_run=True)

        assert list(read_accounts()) == ["Eve"]
        assert [details["dry_run"] for _, _, details in read_events("users.imported")] == [True]
        assert read_events("user.created") == []
        result = import_rows(*rows)
        assert (dry_run.rows, dry_run.created) == (result.rows, result.created)
        assert (dry_run.dry_run, result.dry_run, result.created) == (True, False, 602)
