"""Hashing passwords, without a database."""

import os
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import HashingError, VerificationError
from prometheus_client import REGISTRY

from api.core.errors import Overloaded
from api.passwords import limiter
from api.passwords.formats import hashes
from api.passwords.formats.notations import read_hash
from api.passwords.hashing import NICE, PasswordHashing, hash_password
from api.passwords.limiter import Limiter

PASSWORD = "the quick brown fox"
CHEAP = {"memory_kib": 8, "time_cost": 1}


hashing = PasswordHashing(**CHEAP)


def count_verifications():
    return REGISTRY.get_sample_value("rollbook_password_hashes_total", {"purpose": "verify"}) or 0


def test_P_07_new_hashes_have_the_documented_parameters():
    hashing = PasswordHashing()

    stored = {hashing.hash_password(PASSWORD) for _ in range(3)}

    parts = [
        re.fullmatch(r"\$argon2id\$v=19\$m=19456,t=2,p=1\$(.{22})\$.{43}", text) for text in stored
    ]
    assert len({part[1] for part in parts}) == 3  # all salts differ
    assert hashing.verify(stored.pop(), PASSWORD)


@pytest.mark.parametrize("wrong", ["", PASSWORD + " ", PASSWORD.upper(), PASSWORD[:-1]])
def test_only_the_password_itself_matches(wrong):
    assert not hashing.verify(hashing.hash_password(PASSWORD), wrong)


def test_P_02_every_character_counts():
    stored = hashing.hash_password("a" * 80 + "X")

    assert hashing.verify(stored, "a" * 80 + "X")
    assert not hashing.verify(stored, "a" * 80 + "Y")
    assert not hashing.verify(stored, "a" * 72)
    assert not hashing.verify(hashing.hash_password("pass\0A"), "pass\0B")


def test_P_04_a_password_matches_in_every_unicode_form():
    assert hashing.verify(hashing.hash_password("caf\u00e9 au lait"), "cafe\u0301 au lait")
    assert hashing.verify(hashing.hash_password("cafe\u0301 au lait"), "caf\u00e9 au lait")


def test_a_lone_surrogate_does_not_match_and_raises_no_error():
    assert not hashing.verify(hashing.hash_password(PASSWORD), "\ud800")


def test_a_very_long_password_is_rejected_quickly():
    long_password = "\u0300\u0316" * 50_000
    started = time.perf_counter()

    assert not hashing.verify(hashing.hash_password(PASSWORD), long_password)
    assert time.perf_counter() - started < 0.5


def test_no_password_matches_an_unknown_account():
    before = count_verifications()

    assert not hashing.verify(None, PASSWORD)
    assert count_verifications() == before + 1


def test_L_02_an_unknown_account_costs_the_same_hash_as_a_known_one():
    hashing = PasswordHashing(memory_kib=4096, time_cost=3)
    stored = read_hash(hashing.hash_password(PASSWORD))

    assert replace(hashing.decoy, text="") == replace(stored, text="")


def test_L_02_a_wrong_password_for_a_cheaper_hash_costs_a_hash_of_this_service_too():
    hashing = PasswordHashing(memory_kib=4096, time_cost=3)
    cheaper = PasswordHasher(1, memory_cost=8, parallelism=1).hash(PASSWORD)
    before = count_verifications()

    assert not hashing.verify(cheaper, "wrong")
    assert count_verifications() == before + 2
    assert hashing.verify(cheaper, PASSWORD)
    assert count_verifications() == before + 3


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "plain",
        "$2b$12$abcdefghijklmnopqrstuuu",
        PasswordHasher(1, memory_cost=8, parallelism=1).hash(PASSWORD).replace("m=8", "m=131073"),
        PasswordHasher(1, memory_cost=8, parallelism=1).hash(PASSWORD).replace("m=8", "m=7"),
        PasswordHasher(1, memory_cost=8, parallelism=1).hash(PASSWORD).replace("t=1", "t=11"),
        PasswordHasher(1, memory_cost=8, parallelism=1).hash(PASSWORD).replace("p=1", "p=64"),
        PasswordHasher(1, memory_cost=8, parallelism=1).hash(PASSWORD).replace("2id", "2x"),
        PasswordHasher(1, memory_cost=8, parallelism=1).hash(PASSWORD) + "\n",
    ],
    ids=[
        "an empty text",
        "not a hash",
        "another function",
        "memory",
        "too little memory",
        "passes",
        "lanes",
        "another kind",
        "a trailing line end",
    ],
)
def test_P_07_an_unsupported_hash_matches_no_password(stored, monkeypatch):
    tried = []
    monkeypatch.setattr(
        PasswordHasher, "verify", lambda _, stored, __: tried.append(stored) or True
    )

    assert not hashing.verify(stored, PASSWORD)
    assert tried == ["$argon2id$v=19$m=8,t=1,p=1$" + "A" * 22 + "$" + "A" * 43]


def test_a_costlier_hash_still_matches_and_is_outdated():
    stored = PasswordHasher(2, memory_cost=64, parallelism=4).hash(PASSWORD)

    assert hashing.verify(stored, PASSWORD)
    assert hashing.is_outdated(stored)


def test_P_07_a_hash_is_outdated_after_a_parameter_has_changed():
    stored = hashing.hash_password(PASSWORD)

    assert not hashing.is_outdated(stored)
    assert PasswordHashing(memory_kib=8, time_cost=2).is_outdated(stored)
    assert hashing.is_outdated("plain")


class BusyLimiter:
    """A limiter whose calls wait for an event."""

    def __init__(self, threads, queue):
        self.limiter = Limiter(threads, queue, nice=NICE)
        self.go = threading.Event()
        self.started = threading.Semaphore(0)
        self.callers = ThreadPoolExecutor(threads + queue + 8)

    def work(self):
        self.started.release()
        assert self.go.wait(5)
        return True

    def wait(self):
        """Wait until all submitted calls have their place."""
        deadline = time.monotonic() + 5
        while self.limiter.places.acquire(blocking=False):
            self.limiter.places.release()
            assert time.monotonic() < deadline

    def submit(self):
        return self.callers.submit(self.limiter.run, self.work)


def test_F_12_a_call_beyond_the_queue_is_rejected():
    busy = BusyLimiter(threads=1, queue=2)
    futures = [busy.submit() for _ in range(3)]
    assert busy.started.acquire(timeout=5)
    busy.wait()

    with pytest.raises(Overloaded) as api_error:
        busy.limiter.run(busy.work)

    assert api_error.value.headers["Retry-After"] == "1"
    busy.go.set()
    assert all(future.result(5) for future in futures)
    assert busy.limiter.run(busy.work)  # there is a free place again


def count_calls():
    """Return the numbers of calls that wait and that run."""
    labels = {"queue": "usual"}
    names = ("rollbook_password_hashes_waiting", "rollbook_password_hashes_running")
    return tuple(REGISTRY.get_sample_value(name, labels) for name in names)


def test_case_N_14_calls_that_wait_and_run_are_counted():
    busy = BusyLimiter(threads=1, queue=2)
    futures = [busy.submit() for _ in range(3)]
    busy.wait()
    assert busy.started.acquire(timeout=5)

    deadline = time.monotonic() + 5
    while count_calls() != (2, 1):
        assert time.monotonic() < deadline
    busy.go.set()
    assert all(future.result(5) for future in futures)
    assert count_calls() == (0, 0)


def test_case_N_14_a_call_that_gives_up_no_longer_waits(monkeypatch):
    monkeypatch.setattr(limiter, "MAX_WAIT_SECONDS", 0.05)
    busy = BusyLimiter(threads=1, queue=2)
    first = busy.submit()
    assert busy.started.acquire(timeout=5)
    with pytest.raises(Overloaded):
        busy.limiter.run(busy.work)

    assert count_calls() == (0, 1)
    busy.go.set()
    assert first.result(5)


def test_F_12_a_call_that_waits_too_long_is_rejected(monkeypatch):
    monkeypatch.setattr(limiter, "MAX_WAIT_SECONDS", 0.05)
    busy = BusyLimiter(threads=1, queue=2)
    first = busy.submit()
    assert busy.started.acquire(timeout=5)

    with pytest.raises(Overloaded):
        busy.limiter.run(busy.work)

    busy.go.set()
    assert first.result(5)  # it had started, so its caller waits
    assert not busy.started.acquire(blocking=False)  # the other one never started
    assert [busy.limiter.places.acquire(blocking=False) for _ in range(4)] == [True] * 3 + [False]


def test_F_12_a_place_is_held_until_the_hash_has_ended():
    busy = BusyLimiter(threads=1, queue=0)
    abandoned = busy.submit()
    assert busy.started.acquire(timeout=5)
    abandoned.cancel()

    with pytest.raises(Overloaded):
        busy.limiter.run(busy.work)

    busy.go.set()
    assert abandoned.result(5)
    assert busy.limiter.run(busy.work)


class HasherWithoutMemory(PasswordHasher):
    """A hasher that has too little memory."""

    def hash(self, *_):
        raise HashingError

    def verify(self, *_):
        raise VerificationError


def test_a_hash_without_memory_is_rejected(monkeypatch):
    stored = hashing.hash_password(PASSWORD)
    hashing_without_memory = PasswordHashing(**CHEAP)
    monkeypatch.setattr(hashing_without_memory, "hasher", HasherWithoutMemory())
    monkeypatch.setattr(hashes, "VERIFIER", HasherWithoutMemory())

    with pytest.raises(Overloaded):
        hashing_without_memory.hash_password(PASSWORD)
    with pytest.raises(Overloaded):
        hashing_without_memory.verify(stored, PASSWORD)


def test_hashes_run_at_low_priority():
    def get_priority():
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert Limiter(1, 1, nice=NICE).run(get_priority) == max(NICE, get_priority())
    assert get_priority() == os.getpriority(os.PRIO_PROCESS, 0)


def _verify_in_child(stored):
    os._exit(0 if hashing.verify(stored, PASSWORD) else 1)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork")
def test_a_forked_worker_can_verify_a_password():
    stored = hashing.hash_password(PASSWORD)  # the threads of this process are running
    child = get_context("fork").Process(target=_verify_in_child, args=(stored,))

    child.start()
    child.join(10)

    assert child.exitcode == 0


def test_two_applications_hash_with_their_own_settings(build):
    apps = [build(argon2_time_cost=cost) for cost in (1, 2)]

    stored = []
    for app in apps:
        with app.app_context():
            stored.append(hash_password(PASSWORD))

    assert [f",t={cost}," in text for cost, text in zip((1, 2), stored, strict=True)] == [True] * 2
