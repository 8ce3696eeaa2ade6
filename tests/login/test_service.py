"""Logging in and changing the password, without HTTP."""

import pytest
from sqlalchemy import select, update

from api.audit.models import AuditEvent
from api.core.database import autocommit, db, in_transaction
from api.core.errors import InvalidRequest, Overloaded, Unauthenticated
from api.login import service
from api.login.errors import InvalidCredentials
from api.passwords import attempts, hashing
from api.passwords.hashing import EXTENSION, PasswordHashing
from api.sessions.authentication import authenticate_session
from api.users.models import Status, User
from tests.support import PASSWORD, make_principal

pytestmark = pytest.mark.usefixtures("context")

NEW_PASSWORD = "the analytical engine weaves"


@pytest.fixture
def ada(user):
    return user("Ada")


@pytest.fixture
def raise_cost(app, monkeypatch):
    """Return a function that raises the cost of new hashes."""

    def set_hashing():
        hashing = PasswordHashing(memory_kib=8, time_cost=2)
        monkeypatch.setitem(app.extensions, EXTENSION, hashing)

    return set_hashing


def log_in(password=PASSWORD, **names):
    return in_transaction(lambda: service.log_in(password, **names))


def change_password(user, *, new=NEW_PASSWORD, current=PASSWORD):
    by = make_principal(user.id)
    return in_transaction(lambda: service.change_password(current, new, by=by))


def read_user(user):
    return db.session.scalar(
        select(User).filter_by(id=user.id).execution_options(populate_existing=True)
    )


def read_events():
    """Return the events with the ids of subject and actor."""
    columns = AuditEvent.event, AuditEvent.subject_id, AuditEvent.actor_id
    return [tuple(row) for row in db.session.execute(select(*columns).order_by(AuditEvent.id))]


class TestLoggingIn:
    @pytest.mark.parametrize(
        "names",
        [
            {"username": "Ada"},
            {"username": " ADA "},
            {"email": "ada@example.org"},
            {"email": " Ada@EXAMPLE.org"},
            {"username": "ADA@example.org"},
            {"username": "ada", "email": "ada@example.org"},
        ],
        ids=str,
    )
    def test_both_names_are_accepted_in_any_case(self, ada, names):
        assert log_in(**names).user_id == ada.id
        assert read_events() == [("login.succeeded", ada.id, ada.id)]

    @pytest.mark.parametrize(
        "names",
        [
            {"username": "unknown"},
            {"email": "unknown@example.org"},
            {"username": "   "},
            {"email": "ada"},
            {"username": "unknown", "email": "ada@example.org"},
            {"username": ""},
        ],
        ids=ascii,
    )
    def test_other_names_are_rejected(self, ada, user, names):
        user("Grace")

        with pytest.raises(InvalidCredentials):
            log_in(**names)
        assert read_events() == [("login.failed", None, None)]

    def test_a_login_without_a_name_is_invalid(self):
        with pytest.raises(InvalidRequest):
            log_in()
        assert read_events() == []

    def test_names_of_two_accounts_are_rejected_and_count_for_the_username(self, ada, user):
        user("Grace")

        with pytest.raises(InvalidCredentials):
            log_in(username="ada", email="grace@example.org")
        assert read_events() == [("login.failed", ada.id, None)]

    @pytest.mark.parametrize("password", ["", PASSWORD + " ", PASSWORD.upper(), "\ud800"])
    def test_other_passwords_are_rejected(self, ada, password):
        with pytest.raises(InvalidCredentials):
            log_in(password, username="ada")
        assert read_events() == [("login.failed", ada.id, None)]

    def test_L_09_a_suspended_user_cannot_log_in(self, user):
        ruth = user("Ruth", status=Status.SUSPENDED)

        with pytest.raises(InvalidCredentials):
            log_in(username="ruth")
        assert read_events() == [("login.failed", ruth.id, None)]

    def test_an_account_without_a_password_cannot_log_in(self, user):
        robot = user("Robot")
        in_transaction(lambda: setattr(read_user(robot), "password_hash", None))

        with pytest.raises(InvalidCredentials):
            log_in("", username="robot")

    def test_L_02_a_password_is_verified_for_an_unknown_name_too(self, monkeypatch):
        verified = []
        monkeypatch.setattr(hashing, "verify", lambda stored, _: bool(verified.append(stored)))

        with pytest.raises(InvalidCredentials):
            log_in(username="unknown")
        assert verified == [None]

    def test_a_login_that_is_not_verified_for_lack_of_capacity_is_not_recorded(
        self, ada, monkeypatch
    ):
        def fail(*_):
            raise Overloaded

        monkeypatch.setattr(hashing, "verify", fail)

        with pytest.raises(Overloaded):
            log_in(username="ada")
        assert read_events() == []


class TestOutdatedHashes:
    def test_a_login_replaces_a_hash_of_lower_cost(self, ada, raise_cost):
        raise_cost()

        log_in(username="ada")

        renewed = read_user(ada)
        assert ",t=2," in renewed.password_hash
        assert renewed.check_password(PASSWORD)

    def test_a_login_keeps_a_hash_of_the_same_cost(self, ada):
        log_in(username="ada")

        assert read_user(ada).password_hash == ada.password_hash

    def test_a_wrong_password_does_not_replace_the_hash(self, ada, raise_cost):
        raise_cost()

        with pytest.raises(InvalidCredentials):
            log_in("wrong", username="ada")
        assert read_user(ada).password_hash == ada.password_hash


class TestChangingThePassword:
    def test_all_sessions_end_and_a_new_one_is_opened(self, ada):
        old = log_in(username="ada")

        new = change_password(ada)

        assert authenticate_session(old.session_id) is None
        assert authenticate_session(new.session_id).id == ada.id
        assert authenticate_session(log_in(NEW_PASSWORD, username="ada").session_id)
        with pytest.raises(InvalidCredentials):
            log_in(PASSWORD, username="ada")
        assert read_events()[1] == ("password.changed", ada.id, ada.id)

    def test_a_wrong_current_password_is_rejected_and_recorded(self, ada):
        with pytest.raises(InvalidCredentials):
            change_password(ada, current="wrong")

        assert read_events() == [("password.change_failed", ada.id, ada.id)]
        assert read_user(ada).password_hash == ada.password_hash

    @pytest.mark.parametrize(
        ("password", "rule"),
        [
            ("short", "password_too_short"),
            ("x" * 257, "password_too_long"),
            ("Ada-ada-ada!", "password_blocklisted"),
            ("rollbook rollbook", "password_blocklisted"),
        ],
        ids=["short", "long", "username", "service"],
    )
    def test_P_05_a_new_password_against_the_policy_is_rejected(self, ada, password, rule):
        with pytest.raises(InvalidRequest) as api_error:
            change_password(ada, new=password)

        [validation_error] = api_error.value.members["errors"]
        assert (validation_error.pointer, validation_error.rule) == ("/new_password", rule)
        assert read_user(ada).password_hash == ada.password_hash

    def test_a_deleted_user_cannot_change_the_password(self, ada):
        in_transaction(lambda: db.session.delete(read_user(ada)))

        with pytest.raises(Unauthenticated):
            change_password(ada)

    def test_a_user_who_is_suspended_meanwhile_cannot_change_the_password(self, ada, monkeypatch):
        """The suspension would not end the new session."""
        suspend = update(User).filter_by(id=ada.id).values(status=Status.SUSPENDED)
        hash_password = hashing.hash_password

        def suspend_and_hash(password):
            with autocommit() as connection:
                connection.execute(suspend)
            return hash_password(password)

        monkeypatch.setattr(hashing, "hash_password", suspend_and_hash)

        with pytest.raises(Unauthenticated):
            change_password(ada)

    def test_a_suspended_user_cannot_change_the_password(self, user):
        with pytest.raises(InvalidCredentials):
            change_password(user("Ruth", status=Status.SUSPENDED))


def test_logins_and_password_changes_share_a_count(ada):
    login = attempts.make_login_attempt("ada", ada.id)

    assert attempts.make_own_attempt(ada.id).visible == login.hidden
