"""Limiting the attempts to verify a password, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from api.core import clock, request_context
from api.core.database import autocommit, in_transaction
from api.core.request_context import RequestContext
from api.core.secrets import new_id
from api.passwords import attempts
from api.passwords.errors import TooManyAttempts
from api.passwords.models import PasswordAttempts

ADA_ID, DEVICE_ID = new_id(), new_id()

pytestmark = pytest.mark.usefixtures("context", "settings")


def make_attempt(name="ada", account=ADA_ID):
    return attempts.make_login_attempt(name, account)


def make_device_attempt(device=DEVICE_ID):
    return attempts.make_device_attempt(ADA_ID, device, void_seconds=30 * 86_400)


def set_client_address(address):
    request_context.set_current_request(RequestContext(client_address=address))


@pytest.fixture(autouse=True)
def clear_request():
    yield
    request_context.clear_current_request()


def get_rejection(attempt=None):
    with pytest.raises(TooManyAttempts) as api_error:
        attempts.count(attempt or make_attempt())
    return api_error.value.headers


def count_rows():
    with autocommit() as connection:
        return connection.scalar(select(func.count()).select_from(PasswordAttempts))


def get_series():
    with autocommit() as connection:
        key, _ = make_attempt().visible[0]
        return connection.scalar(select(PasswordAttempts.consecutive).filter_by(key=key))


def fail(times, attempt=None):
    return [attempts.count(attempt or make_attempt()).may_verify for _ in range(times)]


@pytest.fixture
def series(context, settings, moving_clock):
    """A hundred failures, as fast as the limits permit."""
    for pause in (0, 300, 600, *[900] * 17):
        moving_clock.move(seconds=pause)
        fail(5)


def test_L_03_the_sixth_attempt_is_rejected(moving_clock):
    fail(5)
    moving_clock.move(seconds=100)

    assert get_rejection() == {
        "Retry-After": "200",
        "RateLimit-Policy": '"password-attempts";q=5;w=300',
        "RateLimit": '"password-attempts";r=0;t=200',
    }


@pytest.mark.usefixtures("moving_clock")
def test_each_account_has_its_own_counter():
    fail(5)

    assert attempts.count(make_attempt("grace", new_id())).may_verify


def test_rejected_attempts_do_not_prolong_the_window(moving_clock):
    fail(5)
    moving_clock.move(seconds=299)
    for _ in range(20):
        assert get_rejection()["Retry-After"] == "1"
    moving_clock.move(seconds=1)

    fail(5)


@pytest.mark.usefixtures("moving_clock")
def test_the_right_password_deletes_the_counters():
    fail(4)
    attempts.forget(make_attempt())

    assert count_rows() == 0


@pytest.mark.usefixtures("moving_clock")
def test_giving_back_leaves_a_hidden_counter_that_did_not_count_the_attempt():
    for number in range(5):
        assert attempts.count(make_attempt(f"name{number}")).may_verify
    assert not attempts.count(make_attempt("grace")).may_verify

    for _ in range(4):
        attempts.give_back(make_attempt("grace"))

    assert not attempts.count(make_attempt("hedy")).may_verify


def test_an_attempt_whose_count_is_undone_does_not_count():
    fail(5)
    attempts.give_back(make_attempt())
    attempts.give_back(make_attempt("grace", None))

    attempts.count(make_attempt())
    get_rejection()


@pytest.mark.usefixtures("series")
def test_L_03_after_a_hundred_failures_one_attempt_in_fifteen_minutes_is_verified(moving_clock):
    moving_clock.move(seconds=900)
    attempts.count(make_attempt())

    assert get_rejection() == {
        "Retry-After": "900",
        "RateLimit-Policy": '"password-attempts";q=1;w=900',
        "RateLimit": '"password-attempts";r=0;t=900',
    }
    moving_clock.move(seconds=899)
    assert get_rejection()["Retry-After"] == "1"


@pytest.mark.usefixtures("series")
def test_L_06_the_owner_can_log_in_fifteen_minutes_after_an_attack(moving_clock):
    moving_clock.move(seconds=900)
    attempts.count(make_attempt())
    moving_clock.move(minutes=15)

    assert attempts.count(make_attempt()).may_verify
    attempts.forget(make_attempt())
    fail(5)


@pytest.mark.parametrize(
    ("failures_before", "minutes"), [(0, 5), (5, 10), (10, 15), (15, 15), (95, 15)]
)
def test_L_03_each_further_pause_is_longer(moving_clock, failures_before, minutes):
    for _ in range(failures_before // 5):
        fail(5)
        moving_clock.move(minutes=15)
    fail(4)
    moving_clock.move(minutes=4)
    counted = attempts.count(make_attempt())

    assert counted.pause == (clock.now() + timedelta(minutes=minutes), False)
    assert get_rejection()["Retry-After"] == str(minutes * 60)
    moving_clock.move(minutes=minutes)
    assert attempts.count(make_attempt()).may_verify


@pytest.mark.parametrize(
    ("hours", "series"), [(5, 21), (7, 11), (13, 6), (25, 1)], ids=["", "1/2", "1/4", "0"]
)
def test_L_06_failures_in_a_row_decay_while_nothing_is_counted(moving_clock, hours, series):
    for _ in range(4):
        fail(5)
        moving_clock.move(minutes=15)
    moving_clock.move(hours=hours)

    fail(1)

    assert get_series() == series


def test_L_03_failures_of_a_calm_day_do_not_begin_a_pause(moving_clock):
    for _ in range(4):
        assert attempts.count(make_attempt()).pause is None
        moving_clock.move(minutes=6)
    fail(4)

    assert attempts.count(make_attempt()).may_verify


def test_L_03_the_pause_of_all_networks_is_longer_each_time(moving_clock):
    for minutes in (5, 10, 15, 15):
        for network in range(4):
            set_client_address(f"10.0.{network}.1")
            fail(4)
        set_client_address("10.0.9.1")
        fail(3)
        set_client_address("10.0.10.1")
        assert attempts.count(make_attempt()).pause == (
            clock.now() + timedelta(minutes=minutes),
            True,
        )
        set_client_address("10.0.11.1")
        assert get_rejection()["RateLimit-Policy"].endswith(f";q=20;w={minutes * 60}")
        moving_clock.move(minutes=minutes)


@pytest.mark.usefixtures("moving_clock")
def test_L_03_a_pause_is_not_shorter_than_a_configured_window(settings):
    settings.login_window_seconds = 3600
    fail(5)

    assert get_rejection()["Retry-After"] == "3600"


@pytest.mark.usefixtures("moving_clock")
def test_rejected_attempts_do_not_add_to_a_series():
    fail(5)
    for _ in range(20):
        get_rejection()

    assert get_series() == 5


@pytest.mark.usefixtures("moving_clock")
@pytest.mark.parametrize("account", [ADA_ID, None], ids=["known", "unknown"])
class TestNames:
    def test_S_02_another_name_of_the_account_has_the_same_answer_as_an_unknown_name(self, account):
        fail(5, make_attempt(account=account))

        verified = fail(5, make_attempt("ada@example.org", account))

        assert verified == [account is None] * 5  # the answer is that of a wrong password
        get_rejection(make_attempt("ada@example.org", account))

    def test_S_02_all_spellings_of_a_name_have_one_counter(self, account):
        for name in ("ada@example.org", " ADA@example.org", "Ada@EXAMPLE.org"):
            attempts.count(make_attempt(name, account))
        fail(2, make_attempt("ada@example.org", account))

        get_rejection(make_attempt("ada@example.org", account))


@pytest.mark.usefixtures("moving_clock")
class TestNetworks:
    def test_S_03_the_owner_can_log_in_from_another_network(self):
        set_client_address("192.0.2.1")
        fail(5)
        for _ in range(1000 // 20):
            get_rejection()
        set_client_address("198.51.100.1")

        assert attempts.count(make_attempt()).may_verify

    @pytest.mark.parametrize(
        "others",
        [
            ["192.0.2.99", "192.0.2.7"],
            ["2001:db8::1", "2001:db8:0:0:ffff::"],
        ],
        ids=["IPv4 /24", "IPv6 /64"],
    )
    def test_S_03_all_addresses_of_a_network_have_one_counter(self, others):
        set_client_address(others[0])
        fail(5)
        set_client_address(others[1])

        get_rejection()

    def test_S_03_all_networks_together_have_a_higher_quota(self):
        for network in range(4):
            set_client_address(f"10.0.{network}.1")
            fail(5)
        set_client_address("10.0.9.1")

        assert get_rejection()["RateLimit-Policy"] == '"password-attempts";q=20;w=300'

    def test_S_03_a_new_password_deletes_the_counters_of_all_networks(self):
        for network in range(3):
            set_client_address(f"10.0.{network}.1")
            attempts.count(make_attempt())
            attempts.count(make_attempt("ada@example.org"))

        in_transaction(lambda: attempts.forget_account(ADA_ID, ["Ada", "Ada@example.org"]))

        assert count_rows() == 0


def test_L_03_it_is_of_no_use_to_stop_before_the_pause_of_all_networks(moving_clock):
    """In a window of 5 minutes it would be 19 attempts, 5,472 in a day."""
    verified = 0
    for minute in range(0, 1440, 5):
        for network in range(5):
            set_client_address(f"10.{minute // 5 % 256}.{minute // 1280 * 5 + network}.1")
            with suppress(TooManyAttempts):
                verified += sum(fail(4 if network < 4 else 3))
        moving_clock.move(minutes=5)

    assert verified <= 20 * 96 + 60


class TestDevices:
    def test_L_06_the_pause_of_the_account_is_not_that_of_a_device(self, moving_clock):
        fail(5)
        device = make_device_attempt()

        assert fail(5, device) == [True] * 5

    def test_L_06_a_token_stays_void_beyond_its_quota(self, moving_clock):
        fail(5, make_device_attempt())
        moving_clock.move(days=2)

        get_rejection(make_device_attempt())
        moving_clock.move(days=28)
        assert fail(1, make_device_attempt()) == [True]

    def test_L_03_failures_of_a_device_count_over_days(self, moving_clock):
        for _ in range(5):
            assert fail(1, make_device_attempt()) == [True]
            moving_clock.move(days=2)

        get_rejection(make_device_attempt())

    @pytest.mark.usefixtures("moving_clock")
    def test_L_06_each_device_has_its_own_counter(self):
        fail(5, make_device_attempt())

        assert fail(1, make_device_attempt(new_id())) == [True]

    @pytest.mark.usefixtures("moving_clock")
    def test_L_06_the_counters_of_devices_are_deleted_with_those_of_the_account(self):
        fail(5, make_device_attempt())

        in_transaction(lambda: attempts.forget_account(ADA_ID, []))

        assert count_rows() == 0


@pytest.mark.usefixtures("moving_clock")
def test_S_05_an_attempt_at_a_costly_hash_counts_twice():
    name, account = make_attempt().visible, make_attempt().hidden
    costly = attempts.Attempt(name, account, weight=attempts.COSTLY_WEIGHT)

    assert fail(5, costly) == [True, True, False, False, False]
    get_rejection(costly)


def test_rows_are_purged_a_day_after_their_window(moving_clock):
    for number in range(5):
        attempts.count(make_attempt(str(number), None))
    moving_clock.move(hours=23)
    attempts.count(make_attempt("grace", None))
    assert in_transaction(attempts.purge) == 0
    moving_clock.move(hours=2)

    assert in_transaction(attempts.purge) == 20
    assert count_rows() == 4


def test_a_purge_deletes_a_limited_number_of_rows(moving_clock, monkeypatch):
    for number in range(5):
        attempts.count(make_attempt(str(number), None))
    moving_clock.move(hours=25)
    monkeypatch.setattr(attempts, "PURGE_BATCH_ROWS", 16)

    assert [in_transaction(attempts.purge) for _ in range(3)] == [16, 4, 0]


def test_without_limits_nothing_is_counted(settings):
    settings.limits_enabled = False

    fail(50)

    assert count_rows() == 0


@pytest.mark.usefixtures("moving_clock")
def test_L_07_five_of_a_hundred_parallel_attempts_are_verified(app):
    def attempt(_):
        with app.app_context():
            try:
                return attempts.count(make_attempt()).may_verify
            except TooManyAttempts:
                return False

    with ThreadPoolExecutor(20) as clients:
        verified = list(clients.map(attempt, range(100)))

    assert sum(verified) == 5
