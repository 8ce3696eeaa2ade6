"""How often a password may be tried, on both databases."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from api.core.database import autocommit
from api.core.secrets import new_id
from api.passwords import attempts
from api.passwords.errors import TooManyAttempts
from api.passwords.models import PasswordAttempts

ADA = attempts.key("ada")
GRACE = attempts.key("grace")

pytestmark = pytest.mark.usefixtures("context", "settings")


def rejected(key=ADA):
    with pytest.raises(TooManyAttempts) as api_error:
        attempts.count(key)
    return api_error.value.headers


def kept():
    with autocommit() as connection:
        return connection.scalar(select(func.count()).select_from(PasswordAttempts))


def in_a_row(key=ADA):
    with autocommit() as connection:
        return connection.scalar(select(PasswordAttempts.consecutive).filter_by(key=key))


def fail(times, key=ADA):
    for _ in range(times):
        attempts.count(key)


@pytest.fixture
def series(context, settings, hands):
    """A hundred failures, as fast as they are allowed."""
    for _ in range(20):
        hands.move(seconds=300)
        fail(5)


def test_L_03_the_sixth_attempt_is_refused(hands):
    fail(5)
    hands.move(seconds=100)

    assert rejected() == {
        "Retry-After": "200",
        "RateLimit-Policy": '"password-attempts";q=5;w=300',
        "RateLimit": '"password-attempts";r=0;t=200',
    }


@pytest.mark.usefixtures("hands")
def test_one_account_does_not_count_for_another():
    fail(5)

    attempts.count(GRACE)


def test_refused_attempts_do_not_prolong_the_window(hands):
    fail(5)
    hands.move(seconds=299)
    for _ in range(20):
        assert rejected()["Retry-After"] == "1"
    hands.move(seconds=1)

    fail(5)


@pytest.mark.usefixtures("hands")
def test_the_right_password_begins_anew():
    fail(4)
    attempts.forget(ADA)

    fail(5)


@pytest.mark.usefixtures("hands")
def test_what_was_not_looked_at_does_not_count():
    fail(5)
    attempts.give_back(ADA)
    attempts.give_back(GRACE)

    attempts.count(ADA)
    rejected()


@pytest.mark.usefixtures("hands")
def test_giving_back_never_lends():
    fail(5)
    rejected()
    attempts.give_back(ADA)

    rejected()


@pytest.mark.usefixtures("series")
def test_L_03_after_a_hundred_failures_one_attempt_in_fifteen_minutes_is_heard(hands):
    hands.move(seconds=300)
    attempts.count(ADA)

    assert rejected() == {
        "Retry-After": "900",
        "RateLimit-Policy": '"password-attempts";q=1;w=900',
        "RateLimit": '"password-attempts";r=0;t=900',
    }
    hands.move(seconds=899)
    assert rejected()["Retry-After"] == "1"


@pytest.mark.usefixtures("series")
def test_L_06_the_owner_is_let_in_fifteen_minutes_after_an_attack(hands):
    hands.move(seconds=300)
    attempts.count(ADA)  # the last guess
    hands.move(minutes=15)

    attempts.count(ADA)
    attempts.forget(ADA)
    fail(5)


def test_a_series_that_ends_within_a_window_stretches_the_next(hands):
    for _ in range(33):
        fail(3)
        hands.move(seconds=300)
    fail(1)  # the hundredth

    assert rejected()["Retry-After"] == "300"
    hands.move(seconds=300)
    attempts.count(ADA)
    assert rejected()["Retry-After"] == "900"


@pytest.mark.usefixtures("hands")
def test_refusals_do_not_add_to_a_series():
    fail(5)
    for _ in range(20):
        rejected()

    assert in_a_row() == 5


@pytest.mark.usefixtures("series")
def test_refusals_do_not_add_to_a_long_series(hands):
    hands.move(seconds=300)
    attempts.count(ADA)
    for _ in range(20):
        rejected()

    assert in_a_row() == 101


def test_rows_are_purged_in_passing_once_a_day_has_gone_by(hands, monkeypatch):
    monkeypatch.setattr(attempts, "PURGED_EVERY", 1)
    for number in range(10):
        attempts.count(attempts.key(str(number)))
    hands.move(hours=23)
    attempts.count(GRACE)
    assert kept() == 11
    hands.move(hours=2)

    attempts.count(ADA)

    assert kept() == 2


def test_a_purge_is_bounded(hands, monkeypatch):
    for number in range(10):
        attempts.count(attempts.key(str(number)))
    hands.move(hours=25)
    monkeypatch.setattr(attempts, "PURGED_EVERY", 1)
    monkeypatch.setattr(attempts, "PURGED_AT_ONCE", 4)

    attempts.count(ADA)

    assert kept() == 7


def test_where_nothing_is_limited_nothing_is_kept(settings):
    settings.limits_enabled = False

    fail(50)

    assert kept() == 0


def test_an_account_and_a_stranger_who_calls_himself_by_its_id_are_two():
    account = new_id()

    assert attempts.key(account) != attempts.key(str(account))
    assert attempts.key("\ud800") != attempts.key("\ud801")


@pytest.mark.usefixtures("hands")
def test_L_07_of_a_hundred_at_once_five_are_counted_in(app):
    def attempt(_):
        with app.app_context():
            try:
                attempts.count(ADA)
            except TooManyAttempts:
                return False
            return True

    with ThreadPoolExecutor(20) as guessers:
        let_in = list(guessers.map(attempt, range(100)))

    assert sum(let_in) == 5
