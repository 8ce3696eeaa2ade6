"""How often one may ask: N-01 to N-04. Each test comes from an address of its own."""

import re
from functools import partial
from time import time

import pytest
from redis import Redis

from api.config import Settings
from tests.hostile.wire import Wire, at_once
from tests.service import launch

DAY = 86_400
LOGINS, REGISTRATIONS, OF_A_USER, PUBLIC = 10, 20, 7, 5  # what the fixture `tight` allows
MIB = 1024 * 1024
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


def told(answer):
    """Read the limit from the headers, as structured fields (RFC 9651)."""
    policy = re.fullmatch(r'"([a-z-]+)";q=(\d+);w=(\d+)', answer.headers["RateLimit-Policy"])
    state = re.fullmatch(r'"([a-z-]+)";r=(\d+);t=(\d+)', answer.headers["RateLimit"])
    assert policy[1] == state[1]
    return policy[1], int(policy[2]), int(policy[3]), int(state[2]), int(state[3])


def nothing(wire):
    """A login that is counted, and refused before any password is looked at."""
    return wire.post("/api/login", {})


class TestALimit:
    def test_N_01_tells_what_is_left_and_when_to_come_back(self, tight):
        wire = Wire(tight.port, source="127.0.1.1")

        answers = [nothing(wire) for _ in range(LOGINS + 1)]

        assert [answer.status for answer in answers] == [422] * LOGINS + [429]
        assert [told(answer)[3] for answer in answers] == [*reversed(range(LOGINS)), 0]
        assert {told(answer)[:3] for answer in answers} == {("login", LOGINS, DAY)}
        assert all("Retry-After" not in answer.headers for answer in answers[:-1])
        assert abs(int(answers[-1].headers["Retry-After"]) - told(answers[-1])[4]) <= 1
        assert abs(told(answers[-1])[4] - (DAY - time() % DAY)) < 5

    def test_N_01_is_told_with_a_success_too_and_without_retry_after(self, tight):
        person = tight.person("N01")
        wire = Wire(tight.port, source="127.0.1.2").of(person)
        answers = [wire.get("/api/me") for _ in range(OF_A_USER + 2)]
        assert [answer.status for answer in answers] == [200] * OF_A_USER + [429] * 2
        assert told(answers[0])[:4] == ("user", OF_A_USER, DAY, OF_A_USER - 1)
        assert "Retry-After" not in answers[0].headers

    def test_N_01_of_a_user_holds_wherever_they_are(self, tight):
        person = tight.person("N01Traveller")
        ways = [Wire(tight.port, source=f"127.0.1.{host}").of(person) for host in range(10, 20)]
        statuses = [way.get("/api/me").status for way in ways]
        assert statuses == [200] * OF_A_USER + [429] * 3

    def test_N_01_of_one_is_not_that_of_another(self, tight):
        wire = Wire(tight.port, source="127.0.1.3")
        for name in ("N01One", "N01Other"):
            assert wire.of(tight.person(name)).get("/api/me").status == 200
        assert nothing(wire).status == 422
        assert told(nothing(wire))[3] == LOGINS - 2

    def test_N_01_counts_bad_tokens_by_address(self, tight):
        wire = Wire(tight.port, source="127.0.1.4").bearing("a.b.c")
        statuses = [wire.get("/api/me").status for _ in range(PUBLIC + 2)]
        assert statuses == [401] * PUBLIC + [429] * 2


class TestAnAddress:
    @pytest.mark.parametrize("line", FORGED)
    def test_N_02_cannot_be_forged(self, tight, line):
        wire = Wire(tight.port, source=f"127.0.2.{FORGED.index(line) + 1}")
        statuses = [
            wire.post("/api/login", {}, line.format(f"203.0.113.{number}")).status
            for number in range(LOGINS + 2)
        ]
        assert statuses == [422] * LOGINS + [429] * 2

    def test_N_02_is_what_the_trusted_proxy_says_last(self, behind_a_proxy):
        wire = Wire(behind_a_proxy.port)
        lines = [f"X-Forwarded-For: 198.51.100.{number}, 203.0.113.1" for number in range(12)]
        statuses = [wire.post("/api/login", {}, line).status for line in lines]
        assert statuses == [422] * LOGINS + [429] * 2
        others = "X-Forwarded-For: 203.0.113.1, 203.0.113.2"
        assert wire.post("/api/login", {}, others).status == 422

    def test_N_02_is_that_of_the_proxy_where_it_says_nothing_sensible(self, behind_a_proxy):
        wire = Wire(behind_a_proxy.port, source="127.0.2.20")
        lines = [f"X-Forwarded-For: nonsense{number}" for number in range(12)]
        statuses = [wire.post("/api/login", {}, line).status for line in lines]
        assert statuses == [422] * LOGINS + [429] * 2

    def test_N_04_of_the_sixth_version_counts_by_its_network(self, behind_a_proxy):
        wire = Wire(behind_a_proxy.port)
        lines = [f"X-Forwarded-For: 2001:db8:0:1::{number:x}" for number in range(12)]
        statuses = [wire.post("/api/login", {}, line).status for line in lines]
        assert statuses == [422] * LOGINS + [429] * 2
        assert wire.post("/api/login", {}, "X-Forwarded-For: 2001:db8:0:2::1").status == 422


@pytest.fixture(scope="module")
def behind_a_proxy(another, tight):
    few = {name: value for name, value in tight.settings.items() if name.startswith("limit_")}
    return another(trusted_proxies=1, **few)


class TestOverWorkers:
    def test_N_03_a_limit_is_kept_to_the_last_request(self, tight):
        wire = Wire(tight.port, source="127.0.3.1")
        assert tight.settings["workers"] == 2
        answers = at_once([partial(nothing, wire)] * 40)
        assert sorted(answer.status for answer in answers) == [422] * LOGINS + [429] * 30

    def test_N_03_a_limit_is_kept_over_a_restart(self, place, serve):
        service = serve(limit_login_per_address=f"{LOGINS} per day")
        before = [nothing(Wire(service.port)).status for _ in range(LOGINS - 1)]
        service.stop()
        service.process = launch(place, service.settings).process
        after = [nothing(Wire(service.port)).status for _ in range(3)]
        assert before + after == [422] * LOGINS + [429] * 2


class TestWhatCosts:
    def test_N_04_registrations_have_a_limit_of_their_own(self, tight):
        wire = Wire(tight.port, source="127.0.4.1")
        statuses = [wire.post("/api/register", {}).status for _ in range(REGISTRATIONS + 2)]
        assert statuses == [422] * REGISTRATIONS + [429] * 2
        assert nothing(wire).status == 422

    def test_N_04_registrations_have_it_by_themselves(self, service, tight):
        """What the tests raise is 20 a minute unless it is set."""
        fields = Settings.model_fields
        assert fields["limit_register_per_address"].default == "20 per minute"
        assert fields["limit_login_per_address"].default == "10 per minute"

    def test_N_04_keys_expire_and_a_hundred_thousand_take_little_memory(self, tight):
        for host in range(1, 40):
            nothing(Wire(tight.port, source=f"127.0.44.{host}"))
        with Redis.from_url(tight.settings["redis_url"]) as redis:
            keys = redis.keys()
            assert len(keys) >= 39
            assert all(0 < redis.ttl(key) <= DAY for key in keys)
            assert max(redis.memory_usage(key) for key in keys) * 100_000 < 64 * MIB
