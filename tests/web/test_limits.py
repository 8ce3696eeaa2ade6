"""Rate limits, their headers, and what happens without the storage."""

from types import SimpleNamespace
from uuid import UUID

import pytest
from flask import Flask, g
from prometheus_client import REGISTRY
from redis.exceptions import ConnectionError as RedisAway
from structlog.testing import capture_logs

from api.core.errors import RateLimited
from api.web import counters, limits
from api.web.counters import ProcessMemory
from api.web.limits import STORAGE_PAUSE_SECONDS, Limits, Policy, address_key
from tests.api_keys.support import as_program, save_key

POLICIES = {"user": "3 per minute", "login": "10 per 5 minute"}


class Clock:
    """A clock that a test moves; it starts with a minute."""

    def __init__(self):
        self.now = 1_800_000_000.0

    def move(self, seconds):
        self.now += seconds


class Storage(ProcessMemory):
    """A storage that can be unreachable."""

    base_exceptions = RedisAway
    asked = 0
    away = False

    def incr(self, key, expiry, amount=1):
        self.asked += 1
        if self.away:
            raise RedisAway
        return super().incr(key, expiry, amount)


@pytest.fixture
def moving_clock(monkeypatch):
    moving_clock = Clock()
    for module, name in ((limits, "time"), (limits, "monotonic"), (counters, "time")):
        monkeypatch.setattr(module, name, lambda: moving_clock.now)
    return moving_clock


@pytest.fixture
def storage(moving_clock):
    return Storage()


@pytest.fixture
def counting(storage):
    """Return a function that counts requests, and returns how many were allowed."""

    def make(processes=1):
        limits = Limits(SimpleNamespace(storage=storage), POLICIES, processes)

        def count(times, name="user", key="ada"):
            for number in range(times):
                try:
                    limits.count(name, key)
                except RateLimited:
                    return number
            return times

        return count

    with Flask("counting").app_context():
        yield make


@pytest.fixture
def count(counting):
    return counting()


@pytest.fixture
def limited(build):
    """Build an app with limits, and return its client; use ``moving_clock`` before it."""

    def make(**settings):
        app = build(LIMITS_ENABLED=True, **settings)
        client = app.test_client()
        return lambda path="/api/protected", **options: client.get(path, **options)

    return make


@pytest.mark.parametrize(
    ("text", "quota", "window"),
    [("600 per minute", 600, 60), ("5 per 2 hour", 5, 7200), ("1/second", 1, 1)],
)
def test_a_policy_is_parsed_from_text(text, quota, window):
    assert Policy.parse("user", text) == Policy("user", quota, window)


class TestCounting:
    def test_N_01_requests_above_the_quota_are_rejected(self, count):
        assert count(5) == 3
        assert count(1) == 0

    def test_N_01_keys_and_policies_count_separately(self, count):
        count(5)

        assert count(5, key="grace") == 3
        assert count(20, name="login") == 10

    def test_N_01_a_new_window_has_the_full_quota(self, count, moving_clock):
        moving_clock.move(59)
        assert count(5) == 3

        moving_clock.move(1)
        assert count(5) == 3

    def test_N_01_the_rest_and_the_reset_are_stored_for_the_headers(self, count, moving_clock):
        moving_clock.move(12.5)
        count(2)

        policy, left, reset = g.rate_limit
        assert (policy.name, left, reset) == ("user", 1, 48)

    @pytest.mark.parametrize(("passed", "wait"), [(0, "60"), (0.1, "60"), (58.6, "2"), (59.9, "1")])
    def test_N_01_a_rejected_request_gets_the_time_to_wait(
        self, storage, moving_clock, passed, wait
    ):
        moving_clock.move(passed)
        limits = Limits(SimpleNamespace(storage=storage), {"user": "0 per minute"}, 1)

        with pytest.raises(RateLimited) as api_error:
            limits.count("user", "ada")

        assert api_error.value.headers == {
            "Retry-After": wait,
            "RateLimit-Policy": '"user";q=0;w=60',
            "RateLimit": f'"user";r=0;t={wait}',
        }


class TestUnreachableStorage:
    @pytest.fixture(autouse=True)
    def unreachable(self, storage):
        storage.away = True

    def test_N_03_a_process_counts_by_itself(self, count):
        assert count(5) == 3

    def test_N_03_all_processes_together_allow_the_quota(self, counting):
        assert counting(processes=4)(20, name="login") * 4 == 8

    def test_N_03_each_of_many_processes_allows_at_least_one_request(self, counting):
        assert counting(processes=64)(20, name="login") == 1

    def test_N_03_the_storage_is_not_tried_again_at_once_and_one_line_is_logged(
        self, count, storage
    ):
        with capture_logs() as lines:
            count(3)

        assert storage.asked == 1
        assert lines == [
            {
                "event": "limits.storage_away",
                "reason": "ConnectionError: ",
                "log_level": "warning",
            }
        ]

    def test_N_03_the_storage_is_tried_again_after_the_pause(self, count, storage, moving_clock):
        count(1)
        storage.away = False

        moving_clock.move(STORAGE_PAUSE_SECONDS - 0.1)
        count(1)
        assert storage.asked == 1

        moving_clock.move(0.1)
        assert count(3) == 3
        assert storage.asked == 4

    def test_case_N_14_a_gauge_is_1_until_the_storage_is_back(self, count, storage, moving_clock):
        def read_gauge() -> float | None:
            return REGISTRY.get_sample_value("rollbook_redis_away")

        count(1)
        assert read_gauge() == 1
        storage.away = False
        moving_clock.move(STORAGE_PAUSE_SECONDS)
        count(1)
        assert read_gauge() == 0


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_N_04_an_ipv6_client_counts_by_its_64_bit_network(address, key):
    assert address_key(address) == key


def test_a_local_policy_is_counted_without_the_storage(storage):
    limits = Limits(SimpleNamespace(storage=storage), POLICIES, processes=2, local={"user"})
    storage.away = True

    with Flask("counting").app_context():
        for _ in range(3):
            limits.count("user", "192.0.2.7")
        with pytest.raises(RateLimited):
            limits.count("user", "192.0.2.7")

    assert storage.asked == 0


class TestResponses:
    def test_N_01_responses_have_the_rest_of_the_quota(self, moving_clock, limited, person):
        ask, ada = limited(LIMIT_PER_USER="2 per minute"), person("Ada")

        headers = [ask(headers=ada.headers).headers for _ in range(3)]

        assert {each["RateLimit-Policy"] for each in headers} == {'"user";q=2;w=60'}
        assert [each["RateLimit"] for each in headers] == [
            '"user";r=1;t=60',
            '"user";r=0;t=60',
            '"user";r=0;t=60',
        ]
        assert [each.get("Retry-After") for each in headers] == [None, None, "60"]

    def test_N_01_users_have_separate_quotas(self, moving_clock, limited, person):
        ask = limited(LIMIT_PER_USER="1 per minute")
        ada, grace = person("Ada"), person("Grace")

        answers = [ask(headers=each.headers).status_code for each in (ada, ada, grace)]

        assert answers == [200, 429, 200]

    def test_N_01_each_api_key_has_a_quota_beside_that_of_its_owner(
        self, moving_clock, app, limited, person
    ):
        ask, ada = (
            limited(LIMIT_PER_USER="1 per minute", LIMIT_PER_API_KEY="2 per minute"),
            (person("Ada")),
        )
        keys = [as_program(None, save_key(app, user_id=UUID(ada.id))[1]) for _ in range(2)]

        answers = [ask(headers=each.headers) for each in (ada, ada, *keys, *keys, *keys)]

        statuses = [answer.status_code for answer in answers]
        assert statuses == [200, 429, 200, 200, 200, 200, 429, 429]
        assert answers[-1].headers["RateLimit-Policy"] == '"api_key";q=2;w=60'

    def test_N_01_anonymous_requests_count_by_address(self, moving_clock, limited):
        ask = limited(LIMIT_PUBLIC_PER_ADDRESS="1 per minute")
        from_elsewhere = {"environ_overrides": {"REMOTE_ADDR": "2001:db8::1"}}
        from_next_door = {"environ_overrides": {"REMOTE_ADDR": "2001:db8::2"}}

        answers = [ask(**each) for each in ({}, {}, from_elsewhere, from_next_door)]

        assert [each.status_code for each in answers] == [401, 429, 401, 429]
        assert answers[0].headers["RateLimit-Policy"] == '"address";q=1;w=60'

    def test_without_limits_there_are_no_limit_headers(self, anyone):
        answer = anyone.get("/api/protected", expecting=401)

        assert "RateLimit" not in answer.headers

    def test_N_01_unknown_paths_count_by_address(self, moving_clock, limited):
        ask = limited(LIMIT_PUBLIC_PER_ADDRESS="1 per minute")

        assert [ask("/nowhere").status_code for _ in range(2)] == [404, 429]

    def test_N_01_health_requests_do_not_count(self, moving_clock, limited):
        ask = limited(LIMIT_PUBLIC_PER_ADDRESS="1 per minute")

        assert [ask("/health/live").status_code, ask("/nowhere").status_code] == [200, 404]
