"""Counters in memory and in Redis."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from limits.storage import storage_from_string

from api.web import counters
from api.web.counters import SWEEP_INTERVAL_SECONDS, ProcessMemory, Redis, SeveralRedis


class Clock:
    """A clock that a test moves."""

    def __init__(self):
        self.now = 1_800_000_000.0

    def move(self, seconds):
        self.now += seconds


@pytest.fixture
def moving_clock(monkeypatch):
    moving_clock = Clock()
    monkeypatch.setattr(counters, "time", lambda: moving_clock.now)
    return moving_clock


@pytest.fixture
def memory(moving_clock):
    return ProcessMemory()


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("process://", ProcessMemory),
        ("redis://127.0.0.1:1/0", Redis),
        ("rediss://127.0.0.1:1/0", Redis),
        ("redis+unix:///nowhere", Redis),
        ("redis+sentinel://127.0.0.1:1/service", SeveralRedis),
        ("redis+cluster://127.0.0.1:1", SeveralRedis),
    ],
)
def test_the_library_finds_each_storage_by_its_scheme(uri, kind):
    assert type(storage_from_string(uri)) is kind


def test_keys_are_counted_separately(memory):
    assert [memory.incr(key, 60) for key in ("ada", "ada", "grace", "ada")] == [1, 2, 1, 3]
    assert [memory.get(key) for key in ("ada", "grace", "unknown")] == [3, 1, 0]


def test_a_call_can_count_several_requests(memory):
    assert memory.incr("ada", 60, 5) == 5


def test_a_count_restarts_after_its_window(memory, moving_clock):
    memory.incr("ada", 60)
    moving_clock.move(59.9)
    assert memory.incr("ada", 60) == 2

    moving_clock.move(0.1)
    assert memory.get("ada") == 0
    assert memory.incr("ada", 60) == 1


def test_further_counts_do_not_prolong_the_window(memory, moving_clock):
    memory.incr("ada", 60)
    ends = memory.get_expiry("ada")
    moving_clock.move(30)
    memory.incr("ada", 60)

    assert memory.get_expiry("ada") == ends == moving_clock.now + 30


def test_an_unknown_key_expires_now(memory, moving_clock):
    assert memory.get_expiry("unknown") == moving_clock.now


def test_expired_counts_are_removed_after_the_sweep_interval(memory, moving_clock):
    for number in range(1000):
        memory.incr(f"client {number}", 1)
    memory.incr("ada", 3600)

    moving_clock.move(SWEEP_INTERVAL_SECONDS)
    memory.incr("grace", 60)

    assert set(memory.counts) == {"ada", "grace"}


def test_expired_counts_stay_within_the_sweep_interval(memory, moving_clock):
    memory.incr("ada", 1)
    moving_clock.move(SWEEP_INTERVAL_SECONDS - 0.1)
    memory.incr("grace", 60)

    assert set(memory.counts) == {"ada", "grace"}


def test_one_key_or_all_can_be_cleared(memory):
    for key in ("ada", "grace", "hedy"):
        memory.incr(key, 60)

    memory.clear("ada")
    memory.clear("unknown")
    assert set(memory.counts) == {"grace", "hedy"}

    memory.reset()
    assert memory.counts == {}


def test_memory_is_always_available(memory):
    assert memory.check()
    assert not issubclass(ConnectionError, memory.base_exceptions)


def test_no_count_of_parallel_threads_is_lost():
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

    def test_keys_are_counted_separately(self, storage):
        counts = [storage.incr(key, 60) for key in ("ada", "ada", "grace", "ada")]

        assert counts == [1, 2, 1, 3]
        assert [storage.get(key) for key in ("ada", "grace", "unknown")] == [3, 1, 0]

    def test_a_call_can_count_several_requests(self, storage):
        assert [storage.incr("ada", 60, 5), storage.incr("ada", 60)] == [5, 6]

    def test_a_key_expires_and_further_counts_do_not_prolong_it(self, storage):
        storage.incr("ada", 100)
        storage.incr("ada", 900)

        assert 0 < storage.storage.ttl(storage.prefixed_key("ada")) <= 100

    @pytest.mark.parametrize("key", ["2001:db8::/64", "a b", "ädä", "x\r\nFLUSHALL\r\n", "x" * 999])
    def test_any_key_is_stored_unchanged(self, storage, key):
        storage.incr("ada", 60)

        assert [storage.incr(key, 60), storage.incr(key, 60)] == [1, 2]
        assert storage.get("ada") == 1

    def test_a_connection_is_reused(self, storage):
        for _ in range(5):
            storage.incr("ada", 60)

        assert len(storage.idle) == 1

    def test_a_dead_connection_is_replaced(self, storage):
        storage.incr("ada", 60)
        storage.storage.client_kill_filter(_type="normal", skipme=True)

        assert storage.incr("ada", 60) == 2

    def test_no_count_of_parallel_threads_is_lost(self, storage):
        with ThreadPoolExecutor(8) as threads:
            counts = list(threads.map(lambda _: storage.incr("ada", 60), range(400)))

        assert sorted(counts) == list(range(1, 401))

    def test_an_unreachable_server_raises_an_error(self):
        storage = Redis("redis://127.0.0.1:1/0")

        with pytest.raises(storage.base_exceptions):
            storage.incr("ada", 60)
        assert not storage.idle
