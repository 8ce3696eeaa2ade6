"""Exchanging refresh tokens, without HTTP."""

from datetime import timedelta

import pytest

from api.core.database import in_transaction
from api.core.secrets import new_id
from api.sessions import refreshing, service
from api.sessions.authentication import authenticate_session
from api.sessions.errors import InvalidRefreshToken, RefreshTokenReused
from tests.sessions.support import (
    MONTH,
    SECOND,
    WEEK,
    list_active_ids,
    make_caller,
    open_session,
    read_events,
)

pytestmark = pytest.mark.usefixtures("context")

GRACE = timedelta(seconds=10)


@pytest.fixture
def without_grace(build):
    """An application in which the token before the newest is never accepted."""
    with build(REFRESH_GRACE_SECONDS=0).app_context():
        yield


def refresh(issued):
    return refreshing.refresh(issued.refresh_token)


def find_session(issued):
    return in_transaction(lambda: refreshing.find_by_refresh_token(issued.refresh_token))


def test_S_01_a_refresh_returns_another_token_of_the_same_session(ada):
    first = open_session(ada)

    second = refresh(first)

    assert second.refresh_token != first.refresh_token
    assert (second.session_id, second.user_id) == (first.session_id, first.user_id)
    assert authenticate_session(second.session_id).id == ada.id


def test_S_02_a_reused_token_ends_its_session_only(ada, advance_clock):
    other, first = open_session(ada), open_session(ada)
    second = refresh(first)
    advance_clock(GRACE)

    with pytest.raises(RefreshTokenReused):
        refresh(first)

    assert authenticate_session(first.session_id) is None
    assert authenticate_session(other.session_id)
    assert read_events() == [
        ("refresh_token.reused", ada.id, {"session": str(first.session_id)}),
    ]
    with pytest.raises(RefreshTokenReused):
        refresh(second)


def test_S_04_the_token_before_the_newest_returns_the_newest_within_the_grace(ada, advance_clock):
    first = open_session(ada)
    second = refresh(first)
    advance_clock(GRACE - SECOND)

    assert refresh(first).refresh_token == second.refresh_token
    assert refresh(second).refresh_token != second.refresh_token


def test_S_04_an_older_token_is_reuse_within_the_grace(ada):
    first = open_session(ada)
    refresh(refresh(first))

    with pytest.raises(RefreshTokenReused):
        refresh(first)


def test_S_03_a_token_works_once_without_grace(without_grace, ada):
    first = open_session(ada)
    refresh(first)

    with pytest.raises(RefreshTokenReused):
        refresh(first)


@pytest.mark.parametrize("text", ["", "x", "session", f"{new_id()}.{'A' * 64}"])
def test_an_invented_token_is_not_valid(ada, text):
    with pytest.raises(InvalidRefreshToken):
        refreshing.refresh(text)


def test_an_invented_token_does_not_end_the_session_that_it_names(ada):
    issued = open_session(ada)

    with pytest.raises(InvalidRefreshToken):
        refreshing.refresh(f"{issued.session_id}.{'A' * 64}")

    assert refresh(issued)


def test_S_07_a_session_expires_a_week_after_its_last_refresh(ada, advance_clock):
    issued = open_session(ada)
    advance_clock(WEEK - SECOND)
    issued = refresh(issued)
    advance_clock(WEEK + SECOND)

    with pytest.raises(InvalidRefreshToken):
        refresh(issued)
    assert list_active_ids(ada) == set()


def test_S_07_a_session_expires_after_a_month_even_if_it_is_refreshed(ada, advance_clock):
    issued = open_session(ada)
    for _ in range(5):
        advance_clock(MONTH / 5 - SECOND)
        issued = refresh(issued)
    advance_clock(5 * SECOND)

    with pytest.raises(InvalidRefreshToken):
        refresh(issued)


def test_a_refreshed_session_ends_when_it_would_be_idle(ada, advance_clock):
    first = open_session(ada)
    advance_clock(SECOND)

    ends_later = refresh(first).ends_at - first.ends_at

    assert SECOND <= ends_later < 2 * SECOND


def test_a_refresh_returns_the_roles_of_the_user(user):
    assert refresh(open_session(user("Root", role="admin"))).roles == ("admin", "user")


def test_a_refresh_returns_no_role_of_another_user(ada, user):
    user("Root", role="admin")

    assert refresh(open_session(ada)).roles == ("user",)


def test_the_session_of_a_token_must_not_have_ended(ada):
    issued = open_session(ada)
    in_transaction(lambda: service.log_out("local", by=make_caller(ada, issued)))

    with pytest.raises(InvalidRefreshToken):
        refresh(issued)


def test_a_refresh_token_survives_another_jwt_secret_key(ada, build):
    issued = open_session(ada)

    with build(JWT_SECRET_KEY="another secret that is long enough").app_context():
        assert refresh(issued)


def test_finding_the_session_of_a_token_does_not_exchange_it(ada):
    issued = open_session(ada)

    assert find_session(issued) == issued
    assert refresh(issued)


def test_a_used_token_finds_no_session(ada):
    issued = open_session(ada)
    refresh(issued)

    assert find_session(issued) is None
