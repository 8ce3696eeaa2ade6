"""What the counters say about one account, on both databases."""

import pytest

from api.core import request_context
from api.core.request_context import RequestContext
from api.core.secrets import new_id
from api.passwords import account_attempts, attempts
from api.passwords.account_attempts import Counter
from api.passwords.counters import ALL_NETWORKS, MAX_SERIES
from api.passwords.errors import TooManyAttempts

pytestmark = pytest.mark.usefixtures("context", "settings")

ADA_ID, NAMES = new_id(), ("Ada", "ada@example.org", None)


@pytest.fixture(autouse=True)
def clear_request():
    yield
    request_context.clear_current_request()


def fail(times, *, name="ada", address="192.0.2.1"):
    request_context.set_current_request(RequestContext(client_address=address))
    for _ in range(times):
        try:
            attempts.count(attempts.make_login_attempt(name, ADA_ID))
        except TooManyAttempts:
            return


def find():
    return account_attempts.find_attempts(ADA_ID, NAMES)


def test_B_32_attempts_of_all_networks_are_added():
    fail(2)
    fail(1, address="198.51.100.1")

    assert find() == (
        3,
        [("192.0.2.0/24", 2, None), ("198.51.100.0/24", 1, None)],
        0,
        False,
        None,
    )


def test_B_32_a_network_at_its_quota_is_paused():
    fail(5)

    found = find()

    assert (found.attempts, found.paused_networks, found.paused_everywhere) == (5, 1, False)
    assert found.networks == [("192.0.2.0/24", 5, found.paused_until)]
    assert found.paused_until is not None


def test_B_32_all_networks_are_paused_at_the_quota_of_the_account():
    for number in range(4):
        fail(5, address=f"192.0.{number}.1")

    found = find()

    assert (found.attempts, found.paused_networks, found.paused_everywhere) == (20, 4, True)
    assert [each.network for each in found.networks] == [f"192.0.{n}.0/24" for n in range(4)]


def test_B_32_rejected_attempts_do_not_count():
    fail(8)

    assert (find().attempts, find().networks[0].attempts) == (5, 5)


def test_B_32_a_response_has_the_networks_with_the_most_attempts():
    for number in range(120):
        fail(1, address=f"10.0.{number}.1", name=f"name{number}")
    fail(2, address="10.1.0.1")

    networks = find().networks

    assert len(networks) == account_attempts.MAX_NETWORKS
    assert networks[0] == ("10.1.0.0/24", 2, None)


def test_B_32_attempts_with_either_name_count():
    fail(5, name="ada@example.org")

    assert find().paused_networks == 1


def test_B_32_other_accounts_do_not_count():
    fail(5)

    assert account_attempts.find_attempts(new_id(), ("Grace", None)) == (0, [], 0, False, None)


def test_B_32_a_long_series_pauses_a_network_at_once(settings):
    for key, is_exhausted in (("f" * 64, True), ("f" * 40 + ALL_NETWORKS, False)):
        assert Counter(key, None, None, 1, MAX_SERIES).is_exhausted is is_exhausted
