"""Counting in memory, which forgets in passing, and in Redis."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from limits.storage import storage_from_string

from api.web import counters
from api.web.counters import SWEEP_INTERVAL_SECONDS, ProcessMemory, Redis


class Hands:
    """The hands of the clock."""

    def __init__(self):
        self.now = 1_800_000_000.0

    def move(self, seconds):
        self.now += seconds


@pytest.fixture
def hands(monkeypatch):
    hands = Hands()
    monkeypatch.setattr(counters, "time", lambda: hands.now)
    return hands


@pytest.fixture
def memory(hands):
    return ProcessMemory()


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("process://", ProcessMemory),
        ("redis://127.0.0.1:1/0", Redis),
        ("rediss://127.0.0.1:1/0", Redis),
        ("redis+unix:///nowhere", Redis),
    ],
)
def test_the_library_finds_it_by_its_scheme(uri, kind):
    assert type(storage_from_string(uri)) is kind


def test_each_key_is_counted_apart(memory):
    assert [memory.incr(key, 60) for key in ("ada", "ada", "grace", "ada")] == [1, 2, 1, 3]
    assert [memory.get(key) for key in ("ada", "grace", "nobody")] == [3, 1, 0]


def test_many_can_be_counted_at_once(memory):
    assert memory.incr("ada", 60, 5) == 5


def test_a_count_begins_anew_when_its_time_is_over(memory, hands):
    memory.incr("ada", 60)
    hands.move(59.9)
    assert memory.incr("ada", 60) == 2

    hands.move(0.1)
    assert memory.get("ada") == 0
    assert memory.incr("ada", 60) == 1


def test_counting_on_does_not_prolong_the_time(memory, hands):
    memory.incr("ada", 60)
    ends = memory.get_expiry("ada")
    hands.move(30)
    memory.incr("ada", 60)

    assert memory.get_expiry("ada") == ends == hands.now + 30


def test_what_was_never_counted_ends_now(memory, hands):
    assert memory.get_expiry("nobody") == hands.now


def test_what_is_over_is_forgotten_in_passing(memory, hands):
    for number in range(1000):
        memory.incr(f"stranger {number}", 1)
    memory.incr("ada", 3600)

    hands.move(SWEEP_INTERVAL_SECONDS)
    memory.incr("grace", 60)

    assert set(memory.counts) == {"ada", "grace"}


def test_nothing_is_swept_between_times(memory, hands):
    memory.incr("ada", 1)
    hands.move(SWEEP_INTERVAL_SECONDS - 0.1)
    memory.incr("grace", 60)

    assert set(memory.counts) == {"ada", "grace"}


def test_it_can_be_cleared_of_one_and_of_all(memory):
    for key in ("ada", "grace", "hedy"):
        memory.incr(key, 60)

    memory.clear("ada")
    memory.clear("nobody")
    assert set(memory.counts) == {"grace", "hedy"}

    memory.reset()
    assert memory.counts == {}


def test_it_is_never_away(memory):
    assert memory.check()
    assert not issubclass(ConnectionError, memory.base_exceptions)


def test_every_count_of_many_threads_counts():
    memory = ProcessMemory()

    with ThreadPoolExecutor(8) as threads:
        counts = list(threads.map(lambda _: memory.incr("ada", 60), range(2000)))

    assert sorted(counts) == list(range(1, 2001))


class TestRedis:
    @pytest.fixture
    def storage(self, redis):
        storage = Redis(redis())
        yield storage
        for connection in storage.idle:
            connection.disconnect()
        storage.storage.close()

    def test_counts_each_key_apart(self, storage):
        counts = [storage.incr(key, 60) for key in ("ada", "ada", "grace", "ada")]

        assert counts == [1, 2, 1, 3]
        assert [storage.get(key) for key in ("ada", "grace", "nobody")] == [3, 1, 0]

    def test_counts_many_at_once(self, storage):
        assert [storage.incr("ada", 60, 5), storage.incr("ada", 60)] == [5, 6]

    def test_forgets_in_time_and_counting_on_does_not_prolong_it(self, storage):
        storage.incr("ada", 100)
        storage.incr("ada", 900)

        assert 0 < storage.storage.ttl(storage.prefixed_key("ada")) <= 100

    @pytest.mark.parametrize("key", ["2001:db8::/64", "a b", "ädä", "x\r\nFLUSHALL\r\n", "x" * 999])
    def test_takes_any_key_as_it_is(self, storage, key):
        storage.incr("ada", 60)

        assert [storage.incr(key, 60), storage.incr(key, 60)] == [1, 2]
        assert storage.get("ada") == 1

    def test_keeps_a_connection(self, storage):
        for _ in range(5):
            storage.incr("ada", 60)

        assert len(storage.idle) == 1

    def test_connects_anew_where_a_connection_had_died(self, storage):
        storage.incr("ada", 60)
        storage.storage.client_kill_filter(_type="normal", skipme=True)

        assert storage.incr("ada", 60) == 2

    def test_counts_every_count_of_many_threads(self, storage):
        with ThreadPoolExecutor(8) as threads:
            counts = list(threads.map(lambda _: storage.incr("ada", 60), range(400)))

        assert sorted(counts) == list(range(1, 401))

    def test_tells_that_it_is_away(self):
        storage = Redis("redis://127.0.0.1:1/0")

        with pytest.raises(storage.base_exceptions):
            storage.incr("ada", 60)
        assert not storage.idle
