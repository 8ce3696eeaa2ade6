"""What can be done with sessions, told without HTTP."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from api.audit.models import AuditEvent
from api.core import clock
from api.core.database import db, in_transaction
from api.core.request_context import RequestContext, clear_current_request, set_current_request
from api.core.secrets import new_id
from api.sessions import service
from api.sessions.authentication import authenticate_session
from api.sessions.errors import InvalidRefreshToken, RefreshTokenReused, SessionNotFound
from api.sessions.models import Reason, Session
from tests.support import make_principal

pytestmark = pytest.mark.usefixtures("context")

WEEK, MONTH = timedelta(days=7), timedelta(days=30)
MOMENT = timedelta(seconds=1)


@pytest.fixture
def ada(user):
    return user("Ada")


@pytest.fixture
def later(monkeypatch):
    """Let time pass."""
    now, passed = clock.now, []
    monkeypatch.setattr(clock, "now", lambda: now() + sum(passed, timedelta()))
    return passed.append


@pytest.fixture
def strict(build):
    """An application that takes each refresh token once."""
    with build(REFRESH_GRACE_SECONDS=0).app_context():
        yield


def opened(user):
    return in_transaction(lambda: service.open_for(user.id))


def refreshed(grant):
    return service.refresh(grant.refresh_token)


def acting(user, grant):
    return make_principal(user.id, session_id=grant.session_id)


def kept(grant):
    found = select(Session).filter_by(id=grant.session_id)
    return db.session.scalar(found.execution_options(populate_existing=True))


def lasting(user):
    return {shown.id for shown in service.list_of_user(user.id) if shown.ended_at is None}


def facts():
    found = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))
    told = [(fact.event, fact.subject_id, fact.details) for fact in found]
    db.session.rollback()  # on SQLite whoever reads in a session keeps others from writing
    return told


class TestOpening:
    def test_remembers_from_where_and_with_what(self, ada):
        set_current_request(RequestContext("4f2a", "192.0.2.7", "curl/8.5.0"))
        grant = opened(ada)
        clear_current_request()

        [shown] = service.list_of_user(ada.id, current=grant.session_id)
        assert (shown.device, shown.address, shown.assurance) == ("curl", "192.0.2.7", "aal1")
        assert shown.created_at == shown.last_used_at == shown.expires_at - MONTH
        assert shown.current

    def test_S_11_keeps_nothing_of_the_token_but_a_digest(self, ada):
        grant = opened(ada)

        secret = grant.refresh_token.partition(".")[2]
        assert secret not in str(vars(kept(grant)))

    def test_ends_the_one_used_least_recently_where_there_are_too_many(
        self, ada, later, monkeypatch
    ):
        monkeypatch.setattr(service, "MOST", 3)
        grants = []
        for _ in range(4):
            later(MOMENT)
            grants.append(opened(ada))

        assert kept(grants[0]).end_reason == Reason.CROWDED_OUT
        assert lasting(ada) == {grant.session_id for grant in grants[1:]}

    def test_purges_what_has_expired_in_passing(self, ada, later, monkeypatch):
        monkeypatch.setattr(service, "PURGED_EVERY", 1)
        opened(ada)
        later(MONTH + MOMENT)

        opened(ada)

        assert db.session.scalar(select(func.count(Session.id))) == 1


class TestRefreshing:
    def test_S_01_gives_another_token_and_spends_the_one_before(self, ada):
        first = opened(ada)

        second = refreshed(first)

        assert second.refresh_token != first.refresh_token
        assert second[:3] == first[:3]
        assert authenticate_session(second.session_id).id == ada.id

    def test_S_02_ends_the_session_when_a_spent_token_comes_back(self, ada, later):
        other, first = opened(ada), opened(ada)
        second = refreshed(first)
        later(timedelta(seconds=11))

        with pytest.raises(RefreshTokenReused):
            refreshed(first)

        assert authenticate_session(first.session_id) is None
        assert authenticate_session(other.session_id)
        assert facts() == [
            ("refresh_token.reused", ada.id, {"session": str(first.session_id)}),
        ]
        with pytest.raises(RefreshTokenReused):
            refreshed(second)

    def test_S_04_gives_the_same_successor_to_its_parent_for_a_moment(self, ada, later):
        first = opened(ada)
        second = refreshed(first)
        later(timedelta(seconds=9))

        assert refreshed(first).refresh_token == second.refresh_token
        assert refreshed(second).refresh_token != second.refresh_token

    def test_S_04_does_not_to_its_grandparent(self, ada):
        first = opened(ada)
        refreshed(refreshed(first))

        with pytest.raises(RefreshTokenReused):
            refreshed(first)

    def test_S_03_takes_each_token_once_where_it_is_strict(self, strict, ada):
        first = opened(ada)
        refreshed(first)

        with pytest.raises(RefreshTokenReused):
            refreshed(first)

    @pytest.mark.parametrize("made_up", ["", "x", "session", f"{new_id()}.{'A' * 64}"])
    def test_takes_nothing_that_was_made_up(self, ada, made_up):
        with pytest.raises(InvalidRefreshToken):
            service.refresh(made_up)

    def test_is_not_ended_by_a_token_that_was_made_up(self, ada):
        grant = opened(ada)
        made_up = f"{grant.session_id}.{'A' * 64}"

        with pytest.raises(InvalidRefreshToken):
            service.refresh(made_up)

        assert refreshed(grant)

    def test_S_07_ends_when_nobody_comes_for_a_week(self, ada, later):
        grant = opened(ada)
        later(WEEK - MOMENT)
        grant = refreshed(grant)
        later(WEEK + MOMENT)

        with pytest.raises(InvalidRefreshToken):
            refreshed(grant)
        assert lasting(ada) == set()

    def test_S_07_ends_after_a_month_however_much_it_is_used(self, ada, later):
        grant = opened(ada)
        for _ in range(5):
            later(MONTH / 5 - MOMENT)
            grant = refreshed(grant)
        later(5 * MOMENT)

        with pytest.raises(InvalidRefreshToken):
            refreshed(grant)

    def test_tells_which_roles_one_has_now(self, user):
        assert refreshed(opened(user("Root", role="admin"))).roles == ("admin", "user")

    def test_tells_of_no_role_that_somebody_else_has(self, ada, user):
        user("Root", role="admin")

        assert refreshed(opened(ada)).roles == ("user",)

    def test_is_not_for_a_session_that_has_ended(self, ada):
        grant = opened(ada)
        in_transaction(lambda: service.log_out("local", by=acting(ada, grant)))

        with pytest.raises(InvalidRefreshToken):
            refreshed(grant)

    def test_looks_the_same_although_the_key_of_the_service_has_changed(self, ada, build):
        grant = opened(ada)

        with build(JWT_SECRET_KEY="another secret that is long enough").app_context():
            assert refreshed(grant)


class TestEnding:
    def test_S_08_is_for_ones_own_sessions_alone(self, ada, user):
        mine, theirs = opened(ada), opened(user("Grace"))

        for session_id in (theirs.session_id, new_id()):
            with pytest.raises(SessionNotFound):
                service.end_own(session_id, by=acting(ada, mine))
        assert authenticate_session(theirs.session_id)

    def test_S_06_here_is_no_mistake_where_somebody_else_was_faster(self, ada):
        by = acting(ada, opened(ada))

        for _ in range(2):
            in_transaction(lambda: service.log_out("local", by=by))

    def test_twice_is_not_possible(self, ada):
        one, other = opened(ada), opened(ada)
        in_transaction(lambda: service.end_own(other.session_id, by=acting(ada, one)))

        with pytest.raises(SessionNotFound):
            service.end_own(other.session_id, by=acting(ada, one))

    def test_is_for_those_too_that_nobody_has_refreshed_for_long(self, ada, later):
        """Their access tokens may still be good."""
        grant = opened(ada)
        later(WEEK + MOMENT)
        assert authenticate_session(grant.session_id)

        in_transaction(lambda: service.end_all(ada.id, reason=Reason.PASSWORD_CHANGED))

        assert authenticate_session(grant.session_id) is None

    def test_counts_those_that_it_ends(self, ada):
        first, *_ = [opened(ada) for _ in range(3)]

        assert service.end_all(ada.id, but=first.session_id, reason=Reason.LOGGED_OUT) == 2
        assert service.end_all(ada.id, reason=Reason.LOGGED_OUT) == 1
        assert service.end_all(ada.id, reason=Reason.LOGGED_OUT) == 0
