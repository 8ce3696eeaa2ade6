"""How often a password may be tried, on both databases."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from api.core import request_context
from api.core.database import autocommit, in_transaction
from api.core.request_context import RequestContext
from api.core.secrets import new_id
from api.passwords import attempts
from api.passwords.errors import TooManyAttempts
from api.passwords.models import PasswordAttempts

ADA_ID = new_id()

pytestmark = pytest.mark.usefixtures("context", "settings")


def ada(name="ada", account=ADA_ID):
    return attempts.attempt_login(name, account)


def come_from(address):
    request_context.set_current_request(RequestContext(client_address=address))


@pytest.fixture(autouse=True)
def nowhere():
    yield
    request_context.clear_current_request()


def get_rejection(attempt=None):
    with pytest.raises(TooManyAttempts) as api_error:
        attempts.count(attempt or ada())
    return api_error.value.headers


def count_rows():
    with autocommit() as connection:
        return connection.scalar(select(func.count()).select_from(PasswordAttempts))


def get_series():
    with autocommit() as connection:
        key = ada().visible[0]
        return connection.scalar(select(PasswordAttempts.consecutive).filter_by(key=key))


def fail(times, attempt=None):
    return [attempts.count(attempt or ada()) for _ in range(times)]


@pytest.fixture
def series(context, settings, hands):
    """A hundred failures, as fast as they are allowed."""
    for _ in range(20):
        hands.move(seconds=300)
        fail(5)


def test_L_03_the_sixth_attempt_is_rejected(hands):
    fail(5)
    hands.move(seconds=100)

    assert get_rejection() == {
        "Retry-After": "200",
        "RateLimit-Policy": '"password-attempts";q=5;w=300',
        "RateLimit": '"password-attempts";r=0;t=200',
    }


@pytest.mark.usefixtures("hands")
def test_each_account_has_its_own_counter():
    fail(5)

    assert attempts.count(ada("grace", new_id()))


def test_rejected_attempts_do_not_prolong_the_window(hands):
    fail(5)
    hands.move(seconds=299)
    for _ in range(20):
        assert get_rejection()["Retry-After"] == "1"
    hands.move(seconds=1)

    fail(5)


@pytest.mark.usefixtures("hands")
def test_the_right_password_deletes_the_counters():
    fail(4)
    attempts.forget(ada())

    assert count_rows() == 0


@pytest.mark.usefixtures("hands")
def test_an_attempt_that_was_given_back_does_not_count():
    fail(5)
    attempts.give_back(ada())
    attempts.give_back(ada("grace", None))

    attempts.count(ada())
    get_rejection()


@pytest.mark.usefixtures("series")
def test_L_03_after_a_hundred_failures_one_attempt_in_fifteen_minutes_is_verified(hands):
    hands.move(seconds=300)
    attempts.count(ada())

    assert get_rejection() == {
        "Retry-After": "900",
        "RateLimit-Policy": '"password-attempts";q=1;w=900',
        "RateLimit": '"password-attempts";r=0;t=900',
    }
    hands.move(seconds=899)
    assert get_rejection()["Retry-After"] == "1"


@pytest.mark.usefixtures("series")
def test_L_06_the_owner_can_log_in_fifteen_minutes_after_an_attack(hands):
    hands.move(seconds=300)
    attempts.count(ada())
    hands.move(minutes=15)

    assert attempts.count(ada())
    attempts.forget(ada())
    fail(5)


@pytest.mark.usefixtures("hands")
def test_rejected_attempts_do_not_add_to_a_series():
    fail(5)
    for _ in range(20):
        get_rejection()

    assert get_series() == 5


@pytest.mark.usefixtures("hands")
@pytest.mark.parametrize("account", [ADA_ID, None], ids=["known", "unknown"])
class TestNames:
    def test_S_02_another_name_of_the_account_answers_as_an_unknown_one(self, account):
        fail(5, ada(account=account))

        verified = fail(5, ada("ada@example.org", account))

        assert verified == [account is None] * 5  # which only the password would show
        get_rejection(ada("ada@example.org", account))

    def test_S_02_every_spelling_counts_for_one_name(self, account):
        for name in ("ada@example.org", " ADA@example.org", "Ada@EXAMPLE.org"):
            attempts.count(ada(name, account))
        fail(2, ada("ada@example.org", account))

        get_rejection(ada("ada@example.org", account))


@pytest.mark.usefixtures("hands")
class TestNetworks:
    def test_S_03_the_owner_logs_in_from_another_network(self):
        come_from("192.0.2.1")
        fail(5)
        for _ in range(1000 // 20):
            get_rejection()
        come_from("198.51.100.1")

        assert attempts.count(ada())

    @pytest.mark.parametrize(
        "others",
        [
            ["192.0.2.99", "192.0.2.7"],
            ["2001:db8::1", "2001:db8:0:0:ffff::"],
        ],
        ids=["IPv4 /24", "IPv6 /64"],
    )
    def test_S_03_a_network_has_one_counter(self, others):
        come_from(others[0])
        fail(5)
        come_from(others[1])

        get_rejection()

    def test_S_03_all_networks_together_have_a_ceiling(self):
        for network in range(4):
            come_from(f"10.0.{network}.1")
            fail(5)
        come_from("10.0.9.1")

        assert get_rejection()["RateLimit-Policy"] == '"password-attempts";q=20;w=300'

    def test_S_03_a_new_password_deletes_the_counters_of_all_networks(self):
        for network in range(3):
            come_from(f"10.0.{network}.1")
            attempts.count(ada())
            attempts.count(ada("ada@example.org"))

        in_transaction(lambda: attempts.forget_account(ADA_ID, ["Ada", "Ada@example.org"]))

        assert count_rows() == 0


@pytest.mark.usefixtures("hands")
def test_S_05_an_attempt_at_a_costly_hash_counts_twice():
    name, account = ada().visible, ada().hidden
    costly = attempts.Attempt(name, account, weight=attempts.COSTLY_WEIGHT)

    assert fail(5, costly) == [True, True, False, False, False]
    get_rejection(costly)


def test_rows_are_purged_a_day_after_their_window(hands, monkeypatch):
    monkeypatch.setattr(attempts, "PURGE_INTERVAL", 1)
    for number in range(5):
        attempts.count(ada(str(number), None))
    hands.move(hours=23)
    attempts.count(ada("grace", None))
    assert count_rows() == 24
    hands.move(hours=2)

    attempts.count(ada())

    assert count_rows() == 8


def test_a_purge_is_bounded(hands, monkeypatch):
    for number in range(5):
        attempts.count(ada(str(number), None))
    hands.move(hours=25)
    monkeypatch.setattr(attempts, "PURGE_INTERVAL", 1)
    monkeypatch.setattr(attempts, "PURGE_BATCH_ROWS", 4)

    attempts.count(ada())

    assert count_rows() == 20


def test_without_limits_nothing_is_counted(settings):
    settings.limits_enabled = False

    fail(50)

    assert count_rows() == 0


@pytest.mark.usefixtures("hands")
def test_L_07_of_a_hundred_at_once_five_are_counted(app):
    def attempt(_):
        with app.app_context():
            try:
                return attempts.count(ada())
            except TooManyAttempts:
                return False

    with ThreadPoolExecutor(20) as clients:
        verified = list(clients.map(attempt, range(100)))

    assert sum(verified) == 5
