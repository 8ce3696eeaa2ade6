"""What an import compares and updates of passwords (A-05, A-13)."""

import hashlib
import hmac

import pytest
from sqlalchemy import select

from api.core import clock
from api.core.database import db, in_transaction
from api.core.permissions import Permission
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.credentials import service as administration
from api.login import service as login
from api.transfer.outcomes import OnConflict
from api.users.models import User
from tests.other_systems import MAKERS
from tests.support import PASSWORD, make_principal
from tests.transfer.conftest import ADA, describe, list_rules

UPDATE = {"on_conflict": OnConflict.UPDATE}
WITH_HASH = {**ADA, "password_hash": MAKERS["bcrypt 2y"](PASSWORD)}
OTHER_HASH = MAKERS["bcrypt 2y"]("another password")
NEW_PASSWORD = "a nanosecond is a foot of wire"
MUST_CHANGE = {**ADA, "must_change_password": True}
EXCEPT_HASHES = frozenset(Permission) - {Permission.USERS_HASHES, Permission.USERS_CREDENTIALS}


def make_caller(permissions=EXCEPT_HASHES):
    return make_principal(new_id(), permissions, authenticated_at=clock.now())


def read_digest():
    digest = db.session.scalar(select(User.imported_hash_digest))
    db.session.rollback()
    return digest


class TestDigest:
    def test_A_05_a_reader_of_the_table_cannot_test_guesses(self, import_rows):
        import_rows(WITH_HASH)

        digest, text = read_digest(), WITH_HASH["password_hash"].encode()

        assert len(digest) == 16
        assert digest != hashlib.sha256(text).digest()[:16]
        assert digest != hmac.digest(b"", text, "sha256")[:16]

    def test_A_05_another_application_computes_another_digest(self, import_rows, build):
        import_rows(WITH_HASH)
        before = read_digest()

        with build(encryption_key="another key of thirty-two bytes or more").app_context():
            in_transaction(lambda: db.session.execute(User.__table__.delete()))
            import_rows(WITH_HASH)
            assert read_digest() != before

    @pytest.mark.parametrize("change", ["own", "administrator"])
    def test_A_05_a_password_that_was_chosen_here_is_not_replaced_by_the_old_one(
        self, import_rows, read_accounts, change
    ):
        import_rows(WITH_HASH)
        if change == "own":
            logged_in = in_transaction(lambda: login.log_in(PASSWORD, username="ada"))
            by = make_principal(logged_in.user_id, frozenset())
            in_transaction(lambda: login.change_password(PASSWORD, NEW_PASSWORD, by=by))
        else:
            [ada] = read_accounts().values()
            given = {"password": NEW_PASSWORD, "must_change_password": False}
            in_transaction(lambda: administration.set_password(ada.id, given, by=OPERATOR))

        assert describe(import_rows(WITH_HASH, **UPDATE)) == [("unchanged", [])]
        assert in_transaction(lambda: login.log_in(NEW_PASSWORD, username="ada"))


class TestComparison:
    @pytest.mark.parametrize(
        "password_hash", [WITH_HASH["password_hash"], OTHER_HASH], ids=["right", "wrong"]
    )
    @pytest.mark.parametrize("members", [{}, {"must_change_password": True}])
    @pytest.mark.parametrize("options", [{}, UPDATE, {"dry_run": True}])
    def test_A_05_the_outcome_does_not_depend_on_a_guessed_hash(
        self, import_rows, read_accounts, password_hash, members, options
    ):
        import_rows(WITH_HASH)

        result = import_rows(
            {**ADA, **members, "password_hash": password_hash}, by=make_caller(), **options
        )

        assert describe(result) == [("unchanged", [])]
        assert any("neither compared nor changed" in each for each in result.warnings)
        assert read_accounts()["ada"].password_hash == WITH_HASH["password_hash"]

    @pytest.mark.parametrize("permission", [Permission.USERS_HASHES, Permission.USERS_CREDENTIALS])
    def test_a_caller_who_may_read_or_set_passwords_sees_a_conflict(self, import_rows, permission):
        import_rows(WITH_HASH)
        by = make_caller(EXCEPT_HASHES | {permission})

        result = import_rows({**ADA, "password_hash": OTHER_HASH}, by=by)

        assert (describe(result), result.warnings) == ([("conflict", ["/password_hash"])], ())


class TestMustChangePassword:
    def test_A_13_an_update_can_require_a_new_password(
        self, import_rows, read_accounts, read_events
    ):
        import_rows(WITH_HASH)

        assert describe(import_rows(MUST_CHANGE)) == [("conflict", ["/must_change_password"])]
        assert import_rows(MUST_CHANGE, **UPDATE).updated == 1

        assert read_accounts()["ada"].must_change_password
        [(_, _, details)] = read_events("user.updated")
        assert details["changed"] == ["must_change_password"]
        assert import_rows(MUST_CHANGE, **UPDATE).unchanged == 1

    @pytest.mark.parametrize("must_change", [True, False])
    def test_A_13_a_new_hash_brings_it(self, import_rows, read_accounts, read_events, must_change):
        import_rows({**WITH_HASH, "must_change_password": not must_change})
        row = {**ADA, "password_hash": OTHER_HASH, "must_change_password": must_change}

        assert import_rows(row, **UPDATE).updated == 1

        assert read_accounts()["ada"].must_change_password is must_change
        [(_, _, details)] = read_events("user.password_set")
        assert details["must_change_password"] is must_change

    def test_A_13_it_requires_the_permission_to_set_passwords(self, import_rows, read_accounts):
        import_rows(WITH_HASH)

        result = import_rows(MUST_CHANGE, by=make_caller(), **UPDATE)

        assert [list_rules(row) for row in result.rows] == [[("", "permission_denied")]]
        assert not read_accounts()["ada"].must_change_password

    def test_A_13_a_user_who_has_chosen_a_new_password_need_not_do_so_again(self, import_rows):
        row = {**WITH_HASH, "must_change_password": True}
        import_rows(row)
        logged_in = in_transaction(lambda: login.log_in(PASSWORD, username="ada"))
        by = make_principal(logged_in.user_id, frozenset())
        in_transaction(lambda: login.change_password(PASSWORD, NEW_PASSWORD, by=by))

        assert describe(import_rows(row, **UPDATE)) == [("unchanged", [])]
