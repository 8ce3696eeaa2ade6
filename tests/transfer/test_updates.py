"""An import can update accounts (B-20)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from api.core import clock
from api.core.database import db, in_transaction, transaction
from api.core.errors import StepUpRequired
from api.core.permissions import Permission
from api.core.principal import OPERATOR, ApiKeyCredential, Principal
from api.core.secrets import new_id
from api.login import service as login
from api.service_accounts import service as service_accounts
from api.service_accounts.models import ServiceAccount
from api.transfer import service
from api.transfer.formats import Format
from api.transfer.outcomes import OnConflict
from api.users.models import PurgedAccount, User
from tests.other_systems import MAKERS
from tests.support import PASSWORD, make_principal
from tests.transfer.conftest import ADA, GRACE, describe, list_rules, write_ndjson
from tests.transfer.test_service import COMPLETE, ID

UPDATE = {"on_conflict": OnConflict.UPDATE}
EXTERNAL = {"external_source": "auth0", "external_id": "auth0|1"}
ALL = frozenset(Permission)


class TestUpdate:
    def test_B_20_an_account_gets_the_members_of_the_row(
        self, import_rows, read_accounts, read_events
    ):
        import_rows({"email": ADA["email"]})
        row = {**COMPLETE, **EXTERNAL}
        del row["id"], row["updated_at"]

        result = import_rows(row, **UPDATE)

        ada = read_accounts()["ada"]
        assert (result.updated, describe(result)) == (1, [("updated", [])])
        assert (ada.display_name, ada.roles, ada.status) == (
            "Ada Lovelace",
            ("admin", "user"),
            "suspended",
        )
        assert (ada.password_hash, ada.external_id) == (COMPLETE["password_hash"], "auth0|1")
        assert ada.created_at == datetime(2019, 12, 10, 0, 2, 3, 456789, tzinfo=UTC)
        assert import_rows(row, **UPDATE).unchanged == 1
        for event in ("user.updated", "user.suspended", "role.granted", "user.password_set"):
            assert next(subject for _, subject, _ in read_events(event)) == ada.id

    def test_names_may_have_the_form_of_imported_ones(self, import_rows, read_accounts):
        import_rows(ADA)

        assert import_rows({**ADA, "username": "o'neil"}, **UPDATE).updated == 1
        assert list(read_accounts()) == ["o'neil"]

    def test_K_03_a_program_cannot_change_the_account_of_its_owner(
        self, import_rows, read_accounts
    ):
        import_rows(ADA)
        ada = read_accounts()["ada"]
        program = Principal(id=ada.id, permissions=ALL, credential=ApiKeyCredential(new_id()))

        result = import_rows({**ADA, "email": "thief@example.org"}, **UPDATE, by=program)

        assert (result.updated, result.conflicts) == (0, 1)
        assert read_accounts()["ada"].email == ADA["email"]

    def test_an_update_alone_creates_no_account(self, import_rows, read_accounts):
        import_rows(ADA)
        rows = [{**ADA, "display_name": "Countess"}, GRACE]

        result = import_rows(*rows, on_conflict=OnConflict.UPDATE_ONLY)

        assert describe(result) == [("updated", []), ("rejected", [""])]
        assert list(read_accounts()) == ["ada"]

    def test_keys_of_app_metadata_that_the_row_lacks_stay(self, import_rows, read_accounts):
        row = {**ADA, "app_metadata": {"django": {"groups": ["a"], "is_staff": True}}}
        import_rows({**row, "app_metadata": {**row["app_metadata"], "plan": "gold"}})

        assert import_rows(row, **UPDATE).unchanged == 1
        changed = {**ADA, "app_metadata": {"django": {"groups": ["b"]}}}
        assert import_rows(changed, **UPDATE).updated == 1

        metadata = {"django": {"groups": ["b"]}, "plan": "gold"}
        assert read_accounts()["ada"].app_metadata == metadata

    def test_roles_are_withdrawn_too(self, import_rows, read_accounts, user):
        user("Root", role="admin")
        import_rows({**ADA, "roles": ["admin"]})

        import_rows({**ADA, "roles": ["user"]}, **UPDATE)

        assert read_accounts()["ada"].roles == ("user",)

    @pytest.mark.parametrize("change", [{"roles": ["user"]}, {"status": "suspended"}])
    def test_the_last_administrator_remains_one(self, import_rows, user, change):
        root = user("Root", role="admin")

        result = import_rows({"email": root.email, **change}, GRACE, **UPDATE)

        assert [list_rules(row) for row in result.rows] == [[("/status", "last_administrator")]]
        assert result.created == 1

    def test_a_name_of_another_account_rejects_the_row_alone(self, import_rows, read_accounts):
        import_rows(ADA, GRACE)

        result = import_rows(
            {**ADA, "username": "grace"}, {**GRACE, "display_name": "Admiral"}, **UPDATE
        )

        assert describe(result) == [("rejected", ["/username"]), ("updated", [])]
        assert read_accounts()["grace"].display_name == "Admiral"

    def test_an_account_with_more_permissions_is_not_updated(self, import_rows, user):
        root = user("Root", role="admin")
        by = make_principal(
            new_id(),
            frozenset({Permission.USERS_IMPORT, Permission.USERS_READ, Permission.USERS_WRITE}),
        )

        result = import_rows({"email": root.email, "display_name": "Mine"}, by=by, **UPDATE)

        assert [list_rules(row) for row in result.rows] == [[("", "permission_denied")]]

    def test_a_role_is_not_withdrawn_without_permission(self, import_rows, read_accounts):
        import_rows({**ADA, "roles": ["admin"]})
        by = make_principal(new_id(), ALL - {Permission.ROLES_WRITE})

        result = import_rows({**ADA, "roles": ["user"]}, by=by, **UPDATE)

        assert [list_rules(row) for row in result.rows] == [[("", "permission_denied")]]
        assert read_accounts()["ada"].roles == ("admin", "user")

    def test_a_dry_run_reports_what_an_update_would_do(
        self, import_rows, read_accounts, read_events
    ):
        import_rows(ADA, GRACE)
        rows = [{**ADA, "display_name": "Countess"}, {**GRACE, "username": "ada"}]

        dry_run = import_rows(*rows, dry_run=True, **UPDATE)

        assert read_accounts()["ada"].display_name is None
        assert read_events("user.updated") == []
        assert dry_run.rows == import_rows(*rows, **UPDATE).rows


WITH_HASH = {**ADA, "password_hash": MAKERS["bcrypt 2y"](PASSWORD)}


def log_in():
    in_transaction(lambda: login.log_in(PASSWORD, username="ada"))


class TestPasswords:
    def test_B_20_a_repeated_import_keeps_the_hash_of_a_login(self, import_rows, read_accounts):
        import_rows(WITH_HASH)
        log_in()

        result = import_rows(WITH_HASH, **UPDATE)

        assert describe(result) == [("unchanged", [])]
        assert read_accounts()["ada"].password_hash.startswith("$argon2id$")

    def test_a_hash_that_is_new_in_the_other_system_ends_all_sessions(
        self, import_rows, read_accounts, read_events
    ):
        import_rows(WITH_HASH)
        log_in()
        row = {**ADA, "password_hash": MAKERS["bcrypt 2y"]("another password")}

        assert describe(import_rows(row)) == [("conflict", ["/password_hash"])]
        assert import_rows(row, **UPDATE).updated == 1

        assert read_accounts()["ada"].password_hash == row["password_hash"]
        [(_, _, details)] = read_events("user.password_set")
        assert details == {"must_change_password": False, "sessions_ended": 1}

    def test_a_hash_is_replaced_only_by_a_caller_who_may_set_passwords(
        self, import_rows, read_accounts
    ):
        import_rows(WITH_HASH)
        permissions = ALL - {Permission.USERS_CREDENTIALS}
        by = make_principal(new_id(), permissions, authenticated_at=clock.now())
        row = {**ADA, "display_name": "Mine", "password_hash": MAKERS["bcrypt 2y"]("other")}

        result = import_rows(row, by=by, **UPDATE)

        assert [list_rules(row) for row in result.rows] == [[("", "permission_denied")]]
        ada = read_accounts()["ada"]
        assert (ada.password_hash, ada.display_name) == (WITH_HASH["password_hash"], None)

    def test_a_chunk_ends_when_the_password_was_verified_too_long_ago(
        self, import_rows, read_accounts
    ):
        import_rows(WITH_HASH)
        since = clock.now() - timedelta(seconds=601)
        by = make_principal(new_id(), ALL, authenticated_at=since)
        row = {**ADA, "password_hash": MAKERS["bcrypt 2y"]("other")}

        with pytest.raises(StepUpRequired):
            import_rows(GRACE, row, by=by, **UPDATE)

        accounts = read_accounts()
        assert list(accounts) == ["ada"]
        assert accounts["ada"].password_hash == WITH_HASH["password_hash"]

    def test_a_caller_cannot_replace_their_own_hash(self, import_rows, user):
        root = user("Root", role="admin")
        by = make_principal(root.id, ALL, authenticated_at=clock.now())
        row = {"email": root.email, "password_hash": MAKERS["bcrypt 2y"]("other")}

        result = import_rows(row, by=by, **UPDATE)

        assert list_rules(result.rows[0]) == [("/password_hash", "own_password")]

    def test_a_row_without_a_hash_keeps_the_password(self, import_rows, read_accounts):
        import_rows(WITH_HASH)

        assert import_rows(ADA, **UPDATE).unchanged == 1
        assert read_accounts()["ada"].password_hash == WITH_HASH["password_hash"]


class TestWithoutUsersRead:
    @pytest.mark.parametrize("row", [ADA, {"email": ADA["email"]}, {**ADA, "status": "suspended"}])
    def test_S_06_a_row_of_an_existing_account_is_rejected(self, import_rows, row):
        import_rows(ADA)
        by = make_principal(new_id(), frozenset({Permission.USERS_IMPORT}))

        result = import_rows(row, by=by)

        assert (result.rejected, result.rows[0].id) == (1, None)
        assert ("/email", "email_taken") in list_rules(result.rows[0])

    def test_S_06_rows_of_one_file_reveal_nothing_either(self, import_rows):
        by = make_principal(new_id(), frozenset({Permission.USERS_IMPORT}))

        result = import_rows(ADA, ADA, by=by)

        assert (result.created, result.rejected, result.unchanged) == (1, 1, 0)


def test_S_07_the_id_of_a_purged_account_stays_taken(import_rows):
    with transaction():
        db.session.add(PurgedAccount(id=ID, purged_at=datetime(2026, 1, 1, tzinfo=UTC)))

    result = import_rows({**ADA, "id": str(ID)}, **UPDATE)

    assert [list_rules(row) for row in result.rows] == [[("/id", "id_taken")]]


@pytest.mark.parametrize("options", [{}, UPDATE])
@pytest.mark.parametrize("deleted", [False, True], ids=["present", "deleted"])
def test_S_07_the_id_of_a_service_account_is_no_id_of_a_user(import_rows, options, deleted):
    with transaction():
        db.session.add(ServiceAccount(id=ID, name="Nightly sync"))
    if deleted:
        in_transaction(lambda: service_accounts.delete(ID, by=OPERATOR))

    result = import_rows({**ADA, "id": str(ID)}, GRACE, **options)

    assert [list_rules(row) for row in result.rows if row.errors] == [[("/id", "id_taken")]]
    assert result.created == 1


def test_B_14_an_account_without_a_username_logs_in_with_its_email_address(import_rows):
    import_rows({"email": "only@example.org", "password_hash": WITH_HASH["password_hash"]})

    assert in_transaction(lambda: login.log_in(PASSWORD, email="only@example.org")).user_id


@pytest.mark.parametrize(
    "username",
    ["jd", "o'neil", "DOMAIN\\x", "müller", "李雷", "a+b", "ada lovelace", "x" * 150, "@ada"],
)
def test_B_13_a_username_of_another_system_is_kept(import_rows, read_accounts, username):
    assert import_rows({**ADA, "username": username}).created == 1

    assert list(read_accounts()) == [username]
    assert import_rows({**ADA, "username": username}).unchanged == 1


class TestVerifiedAddresses:
    def test_an_address_is_verified_as_the_row_says(self, import_rows, read_accounts):
        import_rows({**ADA, "email_verified": True}, {**GRACE, "email_verified": False})

        accounts = read_accounts()

        assert [accounts[name].email_verified for name in ("ada", "grace")] == [True, False]

    def test_one_that_was_verified_here_stays_verified(self, import_rows, read_accounts):
        import_rows({**ADA, "email_verified": True})

        assert import_rows({**ADA, "email_verified": False}, **UPDATE).unchanged == 1
        assert read_accounts()["ada"].email_verified

    def test_a_later_row_can_say_that_it_is_verified(self, import_rows, read_accounts):
        import_rows(ADA)

        assert import_rows({**ADA, "email_verified": True}, **UPDATE).updated == 1
        assert read_accounts()["ada"].email_verified

    @pytest.mark.parametrize(("said", "expected"), [({}, False), ({"email_verified": True}, True)])
    def test_a_new_address_counts_as_its_row_says(self, import_rows, read_accounts, said, expected):
        known = {**ADA, **EXTERNAL, "email_verified": True}
        import_rows(known)
        row = {**ADA, **EXTERNAL, "email": "countess@example.org", **said}

        assert import_rows(row, **UPDATE).updated == 1
        assert read_accounts()["ada"].email_verified is expected


@pytest.mark.parametrize(("said", "expected"), [({}, False), ({"email_verified": False}, True)])
def test_R07_an_imported_user_confirms_only_what_the_row_calls_unverified(build, said, expected):
    app = build(EMAIL_VERIFICATION="required")
    with app.app_context():
        body = write_ndjson({**ADA, **said})
        in_transaction(lambda: service.import_users(body, format=Format.NDJSON, by=OPERATOR))
        [ada] = db.session.scalars(select(User)).all()

    assert ada.must_verify_email is expected
