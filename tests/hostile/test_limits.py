"""Rate limits: N-01 to N-04. Each test uses its own client IP address."""

import re
from functools import partial
from time import time

import pytest
from redis import Redis
from sqlalchemy import make_url

from api.config import Settings
from tests.hostile.wire import Wire, at_once
from tests.postgresql import connect
from tests.service import launch

DAY = 86_400
LOGINS, REGISTRATIONS, OF_A_USER, PUBLIC = 10, 20, 7, 5  # what the fixture `tight` allows
MIB = 1024 * 1024
SIZE = "SELECT pg_total_relation_size('password_attempts')"
COUNTERS = """
    INSERT INTO password_attempts (key, network, window_ends_at, attempts, consecutive)
    SELECT encode(sha256(number::text::bytea), 'hex'), '2001:db8:ffff:ffff::/64', now(), 5, 5
    FROM generate_series(1, 100000) AS number
"""
FORGED = (
    "X-Forwarded-For: {}",
    "Forwarded: for={}",
    "X-Real-IP: {}",
    "X_Forwarded_For: {}",
    "CF-Connecting-IP: {}",
    "X-Client-IP: {}",
    "True-Client-IP: {}",
    "X-Forwarded-For: 127.0.0.1, {}",
)


def read_limit(answer):
    """Read the limit from the headers, as structured fields (RFC 9651)."""
    policy = re.fullmatch(r'"([a-z-]+)";q=(\d+);w=(\d+)', answer.headers["RateLimit-Policy"])
    state = re.fullmatch(r'"([a-z-]+)";r=(\d+);t=(\d+)', answer.headers["RateLimit"])
    assert policy[1] == state[1]
    return policy[1], int(policy[2]), int(policy[3]), int(state[2]), int(state[3])


def log_in_without_body_members(wire):
    """Send a login that is counted, and rejected before a hash is computed."""
    return wire.post("/api/login", {})


class TestHeadersOfALimit:
    def test_N_01_the_headers_have_the_rest_and_the_time_to_wait(self, tight):
        wire = Wire(tight.port, source="127.0.1.1")

        answers = [log_in_without_body_members(wire) for _ in range(LOGINS + 1)]

        assert [answer.status for answer in answers] == [422] * LOGINS + [429]
        assert [read_limit(answer)[3] for answer in answers] == [*reversed(range(LOGINS)), 0]
        assert {read_limit(answer)[:3] for answer in answers} == {("login", LOGINS, DAY)}
        assert all("Retry-After" not in answer.headers for answer in answers[:-1])
        assert abs(int(answers[-1].headers["Retry-After"]) - read_limit(answers[-1])[4]) <= 1
        assert abs(read_limit(answers[-1])[4] - (DAY - time() % DAY)) < 5

    def test_N_01_a_success_has_the_headers_without_retry_after(self, tight):
        person = tight.person("N01")
        wire = Wire(tight.port, source="127.0.1.2").as_person(person)
        answers = [wire.get("/api/me") for _ in range(OF_A_USER + 2)]
        assert [answer.status for answer in answers] == [200] * OF_A_USER + [429] * 2
        assert read_limit(answers[0])[:4] == ("user", OF_A_USER, DAY, OF_A_USER - 1)
        assert "Retry-After" not in answers[0].headers

    def test_N_01_a_user_has_one_limit_for_all_addresses(self, tight):
        person = tight.person("N01Traveller")
        ways = [
            Wire(tight.port, source=f"127.0.1.{host}").as_person(person) for host in range(10, 20)
        ]
        statuses = [way.get("/api/me").status for way in ways]
        assert statuses == [200] * OF_A_USER + [429] * 3

    def test_N_01_users_at_one_address_have_separate_limits(self, tight):
        wire = Wire(tight.port, source="127.0.1.3")
        for name in ("N01One", "N01Other"):
            assert wire.as_person(tight.person(name)).get("/api/me").status == 200
        assert log_in_without_body_members(wire).status == 422
        assert read_limit(log_in_without_body_members(wire))[3] == LOGINS - 2

    def test_N_01_bad_tokens_count_for_their_address(self, tight):
        wire = Wire(tight.port, source="127.0.1.4").with_token("a.b.c")
        statuses = [wire.get("/api/me").status for _ in range(PUBLIC + 2)]
        assert statuses == [401] * PUBLIC + [429] * 2


class TestClientAddress:
    @pytest.mark.parametrize("line", FORGED)
    def test_N_02_headers_cannot_forge_the_address(self, tight, line):
        wire = Wire(tight.port, source=f"127.0.2.{FORGED.index(line) + 1}")
        statuses = [
            wire.post("/api/login", {}, line.format(f"203.0.113.{number}")).status
            for number in range(LOGINS + 2)
        ]
        assert statuses == [422] * LOGINS + [429] * 2

    def test_N_02_the_address_is_the_last_one_of_the_trusted_proxy(self, behind_a_proxy):
        wire = Wire(behind_a_proxy.port)
        lines = [f"X-Forwarded-For: 198.51.100.{number}, 203.0.113.1" for number in range(12)]
        statuses = [wire.post("/api/login", {}, line).status for line in lines]
        assert statuses == [422] * LOGINS + [429] * 2
        others = "X-Forwarded-For: 203.0.113.1, 203.0.113.2"
        assert wire.post("/api/login", {}, others).status == 422

    def test_N_02_an_invalid_header_counts_for_the_proxy(self, behind_a_proxy):
        wire = Wire(behind_a_proxy.port, source="127.0.2.20")
        lines = [f"X-Forwarded-For: nonsense{number}" for number in range(12)]
        statuses = [wire.post("/api/login", {}, line).status for line in lines]
        assert statuses == [422] * LOGINS + [429] * 2

    def test_N_04_ipv6_addresses_count_by_network(self, behind_a_proxy):
        wire = Wire(behind_a_proxy.port)
        lines = [f"X-Forwarded-For: 2001:db8:0:1::{number:x}" for number in range(12)]
        statuses = [wire.post("/api/login", {}, line).status for line in lines]
        assert statuses == [422] * LOGINS + [429] * 2
        assert wire.post("/api/login", {}, "X-Forwarded-For: 2001:db8:0:2::1").status == 422


@pytest.fixture(scope="module")
def behind_a_proxy(start_shared, tight):
    few = {name: value for name, value in tight.settings.items() if name.startswith("limit_")}
    return start_shared(trusted_proxies=1, **few)


class TestWorkers:
    def test_N_03_two_workers_share_one_limit(self, tight):
        wire = Wire(tight.port, source="127.0.3.1")
        assert tight.settings["workers"] == 2
        answers = at_once([partial(log_in_without_body_members, wire)] * 40)
        assert sorted(answer.status for answer in answers) == [422] * LOGINS + [429] * 30

    def test_N_03_a_limit_survives_a_restart(self, place, serve):
        service = serve(limit_login_per_address=f"{LOGINS} per day")
        before = [log_in_without_body_members(Wire(service.port)).status for _ in range(LOGINS - 1)]
        service.stop()
        service.process = launch(place, service.settings).process
        after = [log_in_without_body_members(Wire(service.port)).status for _ in range(3)]
        assert before + after == [422] * LOGINS + [429] * 2


class TestExpensiveOperations:
    def test_N_04_registrations_have_a_separate_limit(self, tight):
        wire = Wire(tight.port, source="127.0.4.1")
        statuses = [wire.post("/api/register", {}).status for _ in range(REGISTRATIONS + 2)]
        assert statuses == [422] * REGISTRATIONS + [429] * 2
        assert log_in_without_body_members(wire).status == 422

    def test_N_04_the_default_limits_are_strict(self):
        """The shared service raises its limits, so the defaults are read here."""
        fields = Settings.model_fields
        assert fields["limit_register_per_address"].default == "20 per minute"
        assert fields["limit_login_per_address"].default == "10 per minute"

    def test_N_04_a_hundred_thousand_counters_of_attempts_take_little_space(self, databases):
        """A counter is a row; the job ``purge_password_attempts`` deletes it after a day."""
        with connect(make_url(databases.clone())) as connection:
            before = connection.execute(SIZE).fetchone()[0]
            connection.execute(COUNTERS)
            grown = connection.execute(SIZE).fetchone()[0] - before
        assert grown < 64 * MIB

    def test_N_04_keys_expire_and_a_hundred_thousand_take_little_memory(self, tight):
        for host in range(1, 40):
            log_in_without_body_members(Wire(tight.port, source=f"127.0.44.{host}"))
        with Redis.from_url(tight.settings["redis_url"]) as redis:
            keys = redis.keys()
            assert len(keys) >= 39
            assert all(0 < redis.ttl(key) <= DAY for key in keys)
            assert max(redis.memory_usage(key) for key in keys) * 100_000 < 64 * MIB
