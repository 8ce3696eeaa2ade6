"""Hashes of other systems that take long to verify."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import bcrypt
import pytest
from passlib import hash as passlib

from api.core.errors import Overloaded
from api.passwords.formats import hashes, iterated
from api.passwords.formats.keys import add_pepper
from api.passwords.formats.notations import read_hash
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


SHA_CRYPT = (
    "$6$rounds=656000$3LVbIAVxR//cRajw$uuNasMW.RYxlGzIRFU1Was70BPSa933AjxhZIGJdJBOlqJAHlgqa0yuiuq5J"
    "HF/ryNGryJkj87G9i3G2HPSXg1"
)
FEW_ROUNDS = passlib.sha512_crypt.using(rounds=1000, salt="salt").hash(PASSWORD)
MANY_ROUNDS = passlib.sha512_crypt.using(rounds=40_001, salt="salt").hash(PASSWORD)


class TestHashesOfPython:
    """S-05: hash functions that hold the interpreter lock while they are computed."""

    def test_S_05_many_rounds_are_computed_in_a_process_of_their_own(self, monkeypatch):
        monkeypatch.setattr(iterated, "verify", None)  # that of this process

        assert read_hash(MANY_ROUNDS).matches(PASSWORD.encode())
        assert not read_hash(MANY_ROUNDS).matches(PASSWORD.upper().encode())

    def test_S_05_few_rounds_need_no_process(self, monkeypatch):
        monkeypatch.setattr(sys, "executable", "/nonexistent")

        assert hashing.verify(FEW_ROUNDS, PASSWORD)

    @pytest.mark.parametrize(
        "text", [SHA_CRYPT, f"{{CRYPT}}{SHA_CRYPT}", add_pepper(SHA_CRYPT, "sha256")]
    )
    def test_S_05_a_hash_that_needs_a_process_counts_as_costly(self, text):
        assert hashing.is_costly(text)
        assert hashing.is_costly(text.replace("656000", "40001"))
        assert not hashing.is_costly(text.replace("656000", "40000"))

    def test_S_05_the_process_does_not_see_the_code_of_the_working_directory(
        self, monkeypatch, tmp_path
    ):
        (tmp_path / "passlib.py").write_text("raise SystemExit")
        monkeypatch.chdir(tmp_path)

        assert read_hash(MANY_ROUNDS).matches(PASSWORD.encode())

    @pytest.mark.parametrize("executable", ["/nonexistent", "/bin/false"])
    def test_a_process_that_fails_is_not_a_wrong_password(self, monkeypatch, executable):
        monkeypatch.setattr(sys, "executable", executable)

        with pytest.raises(Overloaded):
            hashing.verify(SHA_CRYPT, "test")
