"""Proving who one is, told without HTTP."""

import pytest
from sqlalchemy import select
from sqlalchemy import update as change_row

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

NEW = "the analytical engine weaves"


@pytest.fixture
def ada(user):
    return user("Ada")


@pytest.fixture
def cost(app, monkeypatch):
    """Change the parameters of new hashes."""

    def set_cost(**cost):
        costlier = PasswordHashing(**{"memory_kib": 8, "time_cost": 1} | cost)
        monkeypatch.setitem(app.extensions, EXTENSION, costlier)

    return set_cost


def log_in(password=PASSWORD, **who):
    return in_transaction(lambda: service.log_in(password, **who))


def change(user, *, to=NEW, current=PASSWORD):
    return in_transaction(lambda: service.change_password(current, to, by=make_principal(user.id)))


def stored(user):
    """The account as it is in the database now."""
    return db.session.scalar(
        select(User).filter_by(id=user.id).execution_options(populate_existing=True)
    )


def facts():
    """What was recorded: events with whom they concern and who did it."""
    columns = AuditEvent.event, AuditEvent.subject_id, AuditEvent.actor_id
    return [tuple(row) for row in db.session.execute(select(*columns).order_by(AuditEvent.id))]


class TestLoggingIn:
    @pytest.mark.parametrize(
        "who",
        [
            {"username": "Ada"},
            {"username": " ADA "},
            {"email": "ada@example.org"},
            {"email": " Ada@EXAMPLE.org"},
            {"username": "ada", "email": "ada@example.org"},
        ],
        ids=str,
    )
    def test_takes_any_spelling_of_either_name(self, ada, who):
        assert log_in(**who).user_id == ada.id
        assert facts() == [("login.succeeded", ada.id, ada.id)]

    @pytest.mark.parametrize(
        "who",
        [
            {"username": "nobody"},
            {"email": "nobody@example.org"},
            {"username": "ada@example.org"},
            {"email": "ada"},
            {"username": "nobody", "email": "ada@example.org"},
            {"username": ""},
            {},
        ],
        ids=ascii,
    )
    def test_takes_nobody_else(self, ada, user, who):
        user("Grace")

        with pytest.raises(InvalidCredentials):
            log_in(**who)
        assert facts() == [("login.failed", None, None)]

    def test_takes_no_address_of_another_and_counts_it_against_the_username(self, ada, user):
        user("Grace")

        with pytest.raises(InvalidCredentials):
            log_in(username="ada", email="grace@example.org")
        assert facts() == [("login.failed", ada.id, None)]

    @pytest.mark.parametrize("password", ["", PASSWORD + " ", PASSWORD.upper(), "\ud800"])
    def test_takes_no_other_password(self, ada, password):
        with pytest.raises(InvalidCredentials):
            log_in(password, username="ada")
        assert facts() == [("login.failed", ada.id, None)]

    def test_L_09_is_not_for_whoever_is_suspended_and_counts_as_a_failure(self, user):
        ruth = user("Ruth", status=Status.SUSPENDED)

        with pytest.raises(InvalidCredentials):
            log_in(username="ruth")
        assert facts() == [("login.failed", ruth.id, None)]

    def test_is_not_for_an_account_without_a_password(self, user):
        robot = user("Robot")
        in_transaction(lambda: setattr(stored(robot), "password_hash", None))

        with pytest.raises(InvalidCredentials):
            log_in("", username="robot")

    def test_L_02_checks_a_password_for_nobody_too(self, monkeypatch):
        checked = []
        monkeypatch.setattr(hashing, "verify", lambda stored, _: bool(checked.append(stored)))

        with pytest.raises(InvalidCredentials):
            log_in(username="nobody")
        assert checked == [None]

    def test_is_not_recorded_where_nobody_had_time_for_it(self, ada, monkeypatch):
        def too_busy(*_):
            raise Overloaded

        monkeypatch.setattr(hashing, "verify", too_busy)

        with pytest.raises(Overloaded):
            log_in(username="ada")
        assert facts() == []


class TestAnOldHash:
    def test_is_renewed_at_the_next_login(self, ada, cost):
        cost(time_cost=2)

        log_in(username="ada")

        renewed = stored(ada)
        assert ",t=2," in renewed.password_hash
        assert renewed.check_password(PASSWORD)

    def test_is_left_alone_while_the_cost_is_the_same(self, ada):
        log_in(username="ada")

        assert stored(ada).password_hash == ada.password_hash

    def test_is_not_renewed_by_a_wrong_password(self, ada, cost):
        cost(time_cost=2)

        with pytest.raises(InvalidCredentials):
            log_in("wrong", username="ada")
        assert stored(ada).password_hash == ada.password_hash


class TestChangingThePassword:
    def test_takes_the_present_one_and_ends_all_sessions(self, ada):
        old = log_in(username="ada")

        new = change(ada)

        assert authenticate_session(old.session_id) is None
        assert authenticate_session(new.session_id).id == ada.id
        assert authenticate_session(log_in(NEW, username="ada").session_id)
        with pytest.raises(InvalidCredentials):
            log_in(PASSWORD, username="ada")
        assert facts()[1] == ("password.changed", ada.id, ada.id)

    def test_is_refused_with_another_one_and_leaves_a_trace(self, ada):
        with pytest.raises(InvalidCredentials):
            change(ada, current="wrong")

        assert facts() == [("password.change_failed", ada.id, ada.id)]
        assert stored(ada).password_hash == ada.password_hash

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
    def test_P_05_is_refused_for_a_bad_one_where_it_was_sent(self, ada, password, rule):
        with pytest.raises(InvalidRequest) as api_error:
            change(ada, to=password)

        [validation_error] = api_error.value.members["errors"]
        assert (validation_error.pointer, validation_error.rule) == ("/new_password", rule)
        assert stored(ada).password_hash == ada.password_hash

    def test_is_not_for_whoever_is_gone_meanwhile(self, ada):
        in_transaction(lambda: db.session.delete(stored(ada)))

        with pytest.raises(Unauthenticated):
            change(ada)

    def test_is_not_for_whoever_is_suspended_before_it_is_done(self, ada, monkeypatch):
        """What it opened would outlive the suspension."""
        suspend = change_row(User).filter_by(id=ada.id).values(status=Status.SUSPENDED)
        hashed = hashing.hash_password

        def slowly(password):
            with autocommit() as connection:
                connection.execute(suspend)
            return hashed(password)

        monkeypatch.setattr(hashing, "hash_password", slowly)

        with pytest.raises(Unauthenticated):
            change(ada)

    def test_is_not_for_whoever_is_suspended_meanwhile(self, user):
        with pytest.raises(InvalidCredentials):
            change(user("Ruth", status=Status.SUSPENDED))


def test_wrong_passwords_for_a_login_and_for_a_change_are_counted_together(ada):
    login = attempts.make_login_attempt("ada", ada.id)

    assert attempts.make_own_attempt(ada.id).visible == login.hidden
