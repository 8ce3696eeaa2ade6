"""Setting the password of another user, and lifting pauses, without HTTP."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api.audit.models import AuditEvent
from api.core import clock
from api.core.database import autocommit, db, in_transaction
from api.core.errors import InvalidRequest, PermissionDenied, StepUpRequired
from api.core.permissions import Permission
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.credentials import service
from api.credentials.errors import OwnPassword
from api.login import service as login
from api.login.errors import InvalidCredentials
from api.sessions import service as sessions
from api.sessions.authentication import authenticate_session
from api.users import service as users
from api.users.errors import UserNotFound
from api.users.models import Status, User
from tests.support import PASSWORD, make_principal

pytestmark = pytest.mark.usefixtures("context")

NEW_PASSWORD = "the analytical engine weaves"
WEEK = timedelta(days=7)


@pytest.fixture
def ada(user):
    return user("Ada")


@pytest.fixture
def helper(user):
    """A user with the permission, whose password was verified just now, as a caller."""
    return make_principal(
        user("Helper").id,
        frozenset([Permission.USERS_CREDENTIALS]),
        authenticated_at=clock.now(),
    )


def set_password(user, given, by):
    return in_transaction(lambda: service.set_password(user.id, given, by=by))


def log_in(password, name="Ada"):
    return in_transaction(lambda: login.log_in(password, username=name))


def find_errors(user, given, by):
    with pytest.raises(InvalidRequest) as rejected:
        set_password(user, given, by)
    return [(error.pointer, error.rule) for error in rejected.value.members["errors"]]


def read_state(user):
    """Return whether the password must be changed, and when it expires."""
    columns = select(User.must_change_password, User.password_expires_at)
    with autocommit() as connection:
        return tuple(connection.execute(columns.where(User.id == user.id)).one())


class TestSettingAPassword:
    def test_B_32_the_user_logs_in_with_the_new_password(self, ada, helper):
        assigned = set_password(ada, {"password": NEW_PASSWORD}, helper)

        assert assigned.password is None
        assert log_in(NEW_PASSWORD).user_id == ada.id
        with pytest.raises(InvalidCredentials):
            log_in(PASSWORD)

    def test_B_32_a_generated_password_is_returned_and_works(self, ada, helper):
        assigned = set_password(ada, {"generate": True}, helper)

        assert len(assigned.password) == 24
        assert log_in(assigned.password).user_id == ada.id

    def test_B_32_each_generated_password_is_different(self, ada, helper):
        one, other = (set_password(ada, {"generate": True}, helper).password for _ in range(2))

        assert one != other

    def test_B_32_the_password_is_temporary_by_default(self, ada, helper):
        assigned = set_password(ada, {"generate": True}, helper)

        assert assigned.must_change_password
        assert WEEK - timedelta(minutes=1) < assigned.password_expires_at - clock.now() <= WEEK
        assert log_in(assigned.password).must_change_password

    def test_B_32_the_password_can_be_lasting(self, ada, helper):
        given = {"password": NEW_PASSWORD, "must_change_password": False}

        assert set_password(ada, given, helper) == (None, False, None)
        assert not log_in(NEW_PASSWORD).must_change_password

    def test_B_32_a_lasting_password_replaces_a_temporary_one(self, ada, helper):
        set_password(ada, {"generate": True}, helper)
        set_password(ada, {"password": NEW_PASSWORD, "must_change_password": False}, helper)

        assert read_state(ada) == (False, None)

    def test_B_32_all_sessions_of_the_user_end_and_those_of_others_last(self, ada, helper, user):
        own, other = (
            in_transaction(lambda owner=owner: sessions.open_session(owner.id))
            for owner in (ada, user("Grace"))
        )

        set_password(ada, {"generate": True}, helper)

        assert authenticate_session(own.session_id) is None
        assert authenticate_session(other.session_id) is not None

    def test_B_32_it_is_recorded_without_the_password(self, ada, helper):
        in_transaction(lambda: sessions.open_session(ada.id))

        set_password(ada, {"generate": True}, helper)

        event = db.session.scalar(select(AuditEvent).filter_by(event="user.password_set"))
        assert (event.subject_id, event.actor_id) == (ada.id, helper.id)
        assert event.details == {"must_change_password": True, "sessions_ended": 1}

    def test_B_32_an_account_without_password_gets_one(self, helper):
        prepared = users.prepare({"username": "Ada", "email": "ada@example.org"})
        created = in_transaction(lambda: users.create(prepared, by=helper))
        assert not created.has_password
        with pytest.raises(InvalidCredentials):
            log_in("")

        set_password(created, {"password": NEW_PASSWORD}, helper)

        assert log_in(NEW_PASSWORD).user_id == created.id
        assert users.get_profile(created.id).has_password

    def test_B_32_a_suspended_user_stays_locked_out(self, user, helper):
        ada = user("Ada", status=Status.SUSPENDED)

        assigned = set_password(ada, {"generate": True}, helper)

        with pytest.raises(InvalidCredentials):
            log_in(assigned.password)

    def test_B_32_the_operator_needs_no_session(self, ada):
        assert set_password(ada, {"generate": True}, OPERATOR).password


class TestRejectedPasswords:
    @pytest.mark.parametrize(
        "given",
        [{}, {"generate": False}, {"generate": True, "password": NEW_PASSWORD}],
    )
    def test_B_32_either_a_password_or_a_generated_one(self, ada, helper, given):
        assert find_errors(ada, given, helper) == [("/password", "one_of")]

    @pytest.mark.parametrize(
        ("password", "rule"),
        [("short", "password_too_short"), ("my rollbook of 2026", "password_blocklisted")],
    )
    def test_B_32_the_password_policy_applies(self, ada, helper, password, rule):
        assert find_errors(ada, {"password": password}, helper) == [("/password", rule)]
        assert log_in(PASSWORD)

    def test_B_32_a_helper_does_not_set_their_own_password(self, helper):
        with pytest.raises(OwnPassword):
            in_transaction(lambda: service.set_password(helper.id, {"generate": True}, by=helper))

    def test_A_07_nor_that_of_a_user_with_more_permissions(self, user, helper):
        root = user("Root", role="admin")

        for act in (
            lambda: service.set_password(root.id, {"generate": True}, by=helper),
            lambda: service.clear_attempts(root.id, by=helper),
        ):
            with pytest.raises(PermissionDenied):
                in_transaction(act)

    def test_B_32_the_password_of_the_helper_was_verified_recently(self, ada, user):
        earlier = clock.now() - timedelta(seconds=601)
        stale = make_principal(user("Helper").id, frozenset(Permission), authenticated_at=earlier)

        with pytest.raises(StepUpRequired):
            set_password(ada, {"generate": True}, stale)

    def test_B_32_a_deleted_or_unknown_user_is_not_found(self, ada, helper):
        in_transaction(lambda: users.delete(ada.id, by=OPERATOR))

        for user_id in (ada.id, new_id()):
            for act in (
                lambda found=user_id: service.set_password(found, {"generate": True}, by=helper),
                lambda found=user_id: service.clear_attempts(found, by=helper),
                lambda found=user_id: service.read_attempts(found),
            ):
                with pytest.raises(UserNotFound):
                    in_transaction(act)


class TestTemporaryPasswords:
    @pytest.fixture
    def assigned(self, ada, helper):
        return set_password(ada, {"generate": True}, helper)

    @pytest.fixture
    def advance_clock(self, monkeypatch):
        """Return a function that adds a timedelta to the time of the service."""
        now, steps = clock.now, []
        monkeypatch.setattr(clock, "now", lambda: now() + sum(steps, timedelta()))
        return steps.append

    def change_password(self, user, current, new):
        by = make_principal(user.id)
        return in_transaction(lambda: login.change_password(current, new, by=by))

    def test_B_32_it_works_until_it_expires(self, assigned, advance_clock):
        advance_clock(WEEK - timedelta(minutes=1))
        assert log_in(assigned.password)

        advance_clock(timedelta(minutes=1))
        with pytest.raises(InvalidCredentials):
            log_in(assigned.password)

    def test_B_32_the_user_chooses_another_password(self, ada, assigned, advance_clock):
        issued = self.change_password(ada, assigned.password, NEW_PASSWORD)

        assert not issued.must_change_password
        assert read_state(ada) == (False, None)
        advance_clock(WEEK)
        assert log_in(NEW_PASSWORD)

    def test_B_32_the_user_cannot_keep_it(self, ada, helper):
        password = "a temporary passwordﬁ"  # NFKC writes the ligature as two letters
        set_password(ada, {"password": password}, helper)

        for same in (password, "a temporary passwordfi"):
            with pytest.raises(InvalidRequest) as rejected:
                self.change_password(ada, password, same)
            [error] = rejected.value.members["errors"]
            assert (error.pointer, error.rule) == ("/new_password", "password_unchanged")

    def test_B_32_a_wrong_temporary_password_changes_nothing(self, ada, assigned):
        with pytest.raises(InvalidCredentials):
            self.change_password(ada, PASSWORD, NEW_PASSWORD)

        assert log_in(assigned.password).must_change_password
