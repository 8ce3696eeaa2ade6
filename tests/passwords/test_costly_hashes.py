"""Hashes of other systems that take long to verify."""

import threading
from concurrent.futures import ThreadPoolExecutor

import bcrypt
import pytest

from api.passwords.formats import hashes
from api.passwords.hashing import PasswordHashing

PASSWORD = "the quick brown fox"
hashing = PasswordHashing(memory_kib=8, time_cost=1)


class TestCostlyHashes:
    """S-05: hashes that take about a second to verify."""

    @pytest.fixture
    def costly(self):
        return (
            bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).replace(b"$04$", b"$14$").decode()
        )

    def test_S_05_costly_hashes_do_not_delay_other_hashes(self, costly, monkeypatch):
        started, go = threading.Semaphore(0), threading.Event()

        def wait(*_):
            started.release()
            return go.wait(5)

        monkeypatch.setattr(hashes.Bcrypt, "matches", wait)
        stored = hashing.hash_password(PASSWORD)
        with ThreadPoolExecutor(4) as clients:
            waiting = [clients.submit(hashing.verify, costly, PASSWORD) for _ in range(4)]
            assert started.acquire(timeout=5)

            assert all(hashing.verify(stored, PASSWORD) for _ in range(20))
            go.set()
            assert all(future.result(5) for future in waiting)

    def test_S_05_a_costly_hash_is_verified_with_one_form_of_the_password(
        self, costly, monkeypatch
    ):
        tried = []
        monkeypatch.setattr(hashes.Bcrypt, "matches", lambda _, form: tried.append(form))

        hashing.verify(costly, "cafe\u0301")

        assert tried == ["cafe\u0301".encode()]

    def test_S_05_a_cheap_hash_is_verified_with_both_forms(self, costly, monkeypatch):
        tried = []
        monkeypatch.setattr(hashes.Bcrypt, "matches", lambda _, form: tried.append(form))

        hashing.verify(costly.replace("$14$", "$10$"), "cafe\u0301")

        assert tried == ["cafe\u0301".encode(), "caf\u00e9".encode()]
