"""Opening, listing, ending and purging sessions, without HTTP."""

import pytest
from sqlalchemy import func, select, text

from api.core.database import db, in_transaction
from api.core.request_context import RequestContext, clear_current_request, set_current_request
from api.core.secrets import new_id
from api.sessions import service, user_sessions
from api.sessions.authentication import authenticate_session
from api.sessions.errors import SessionNotFound
from api.sessions.models import Reason, Session
from tests.sessions.support import (
    MONTH,
    SECOND,
    WEEK,
    list_active_ids,
    make_caller,
    open_session,
    read_events,
    read_session,
)
from tests.support import make_principal

pytestmark = pytest.mark.usefixtures("context")


def count_sessions():
    return db.session.scalar(select(func.count(Session.id)))


def end_session(issued, by):
    in_transaction(lambda: service.end_session(issued.session_id, user_id=by.id, by=by))


class TestOpening:
    def test_the_list_has_device_and_client_ip_address(self, ada):
        set_current_request(RequestContext("4f2a", "192.0.2.7", "curl/8.5.0"))
        issued = open_session(ada)
        clear_current_request()

        [listed] = service.list_sessions(ada.id, current_id=issued.session_id)

        assert (listed.device, listed.address, listed.assurance) == ("curl", "192.0.2.7", "aal1")
        assert listed.created_at == listed.last_used_at == listed.expires_at - MONTH
        assert listed.current

    def test_S_11_the_row_does_not_contain_the_refresh_token(self, ada):
        issued = open_session(ada)

        secret = issued.refresh_token.partition(".")[2]
        assert secret not in str(vars(read_session(issued)))

    def test_a_session_beyond_the_limit_evicts_the_least_recently_used(
        self, ada, advance_clock, monkeypatch
    ):
        monkeypatch.setattr(service, "MAX_SESSIONS_PER_USER", 3)
        sessions = []
        for _ in range(4):
            advance_clock(SECOND)
            sessions.append(open_session(ada))

        assert read_session(sessions[0]).end_reason == Reason.EVICTED
        assert list_active_ids(ada) == {session.session_id for session in sessions[1:]}


class TestPurging:
    def test_a_purge_deletes_a_batch(self, ada, advance_clock, monkeypatch):
        monkeypatch.setattr(service, "PURGE_BATCH_ROWS", 2)
        for _ in range(3):
            open_session(ada)
        advance_clock(MONTH + SECOND)

        assert [in_transaction(service.purge) for _ in range(3)] == [2, 1, 0]

    def test_a_purge_does_not_wait_for_sessions_that_another_process_purges(
        self, ada, advance_clock
    ):
        if db.engine.dialect.name == "sqlite":
            pytest.skip("SQLite has one writer at a time")
        locked, _ = open_session(ada), open_session(ada)
        advance_clock(MONTH + SECOND)

        with db.engine.begin() as other:
            other.execute(
                select(Session.id).where(Session.id == locked.session_id).with_for_update()
            )
            db.session.execute(text("SET LOCAL lock_timeout = '2s'"))
            purged = service.purge()
            db.session.commit()

        assert purged == 1
        assert read_session(locked)


class TestEnding:
    def test_S_08_a_session_of_another_user_is_not_found(self, ada, user):
        by, grace = make_caller(ada, open_session(ada)), open_session(user("Grace"))

        with pytest.raises(SessionNotFound):
            end_session(grace, by)
        assert authenticate_session(grace.session_id)

    def test_S_08_an_unknown_session_is_not_found(self, ada):
        with pytest.raises(SessionNotFound):
            service.end_session(new_id(), user_id=ada.id, by=make_caller(ada, open_session(ada)))

    def test_S_06_logging_out_twice_is_no_error(self, ada):
        by = make_caller(ada, open_session(ada))

        for _ in range(2):
            in_transaction(lambda: service.log_out("local", by=by))

        assert list_active_ids(ada) == set()

    def test_a_session_ends_once(self, ada):
        by, other = make_caller(ada, open_session(ada)), open_session(ada)
        end_session(other, by)

        with pytest.raises(SessionNotFound):
            end_session(other, by)

    def test_an_idle_session_can_be_ended_because_its_access_token_may_be_valid(
        self, ada, advance_clock
    ):
        issued = open_session(ada)
        advance_clock(WEEK + SECOND)
        assert authenticate_session(issued.session_id)

        in_transaction(lambda: service.end_all(ada.id, reason=Reason.PASSWORD_CHANGED))

        assert authenticate_session(issued.session_id) is None

    def test_ending_all_sessions_returns_their_number(self, ada):
        first, *_ = [open_session(ada) for _ in range(3)]

        assert service.end_all(ada.id, reason=Reason.LOGGED_OUT, except_id=first.session_id) == 2
        assert service.end_all(ada.id, reason=Reason.LOGGED_OUT) == 1
        assert service.end_all(ada.id, reason=Reason.LOGGED_OUT) == 0

    def test_ending_ones_other_sessions_keeps_the_current_one(self, ada):
        current, _ = open_session(ada), open_session(ada)

        in_transaction(lambda: service.end_other_sessions(by=make_caller(ada, current)))

        assert list_active_ids(ada) == {current.session_id}
        assert read_events() == [("sessions.ended", ada.id, {"sessions_ended": 1})]

    def test_S_09_ending_no_session_is_not_recorded(self, ada):
        by = make_caller(ada, open_session(ada))

        in_transaction(lambda: service.end_other_sessions(by=by))
        in_transaction(lambda: service.log_out("others", by=by))

        assert read_events() == []

    def test_S_09_an_administrator_who_ends_no_session_is_not_recorded(self, ada):
        by = make_principal(new_id())

        in_transaction(lambda: user_sessions.end_sessions(ada.id, by=by))

        assert read_events() == []


class TestReasons:
    @pytest.mark.parametrize("end", ["end_session", "end_sessions"])
    def test_a_user_who_ends_own_sessions_has_logged_out(self, ada, end):
        issued = open_session(ada)

        end_as_manager(end, ada, issued, by=make_caller(ada, issued))

        assert read_session(issued).end_reason == Reason.LOGGED_OUT

    @pytest.mark.parametrize("end", ["end_session", "end_sessions"])
    def test_an_administrator_ends_sessions_of_others(self, ada, end):
        issued = open_session(ada)

        end_as_manager(end, ada, issued, by=make_principal(new_id()))

        assert read_session(issued).end_reason == Reason.ENDED_BY_ADMINISTRATOR


def end_as_manager(name, user, issued, by):
    session_id = (issued.session_id,) if name == "end_session" else ()
    in_transaction(lambda: getattr(user_sessions, name)(user.id, *session_id, by=by))
