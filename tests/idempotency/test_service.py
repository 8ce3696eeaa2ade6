"""Idempotency of requests, without HTTP."""

from datetime import timedelta
from itertools import count
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from api.core import clock
from api.core.database import db, in_transaction
from api.core.errors import PermissionDenied
from api.core.runtime import current_runtime
from api.idempotency import service
from api.idempotency.errors import KeyInUse, KeyReused
from api.idempotency.models import KeptAnswer
from api.idempotency.service import Answer

pytestmark = pytest.mark.usefixtures("context")

REQUEST = {"scope": "user:1", "operation": "create", "key": "k", "path": "/x", "body": b"{}"}


@pytest.fixture
def work():
    """Answers with a number that rises each time it is done."""
    numbers = count(1)
    return lambda: Answer(201, {"Location": "/x/1"}, str(next(numbers)).encode())


def claim(**differently):
    return service.claim(**{**REQUEST, **differently})


def once(claim, work):
    return in_transaction(lambda: service.once(claim, work))


def kept():
    return db.session.scalar(select(func.count()).select_from(KeptAnswer))


def age(monkeypatch, **time):
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(**time))


def test_C_01_a_repeated_request_gets_the_first_answer(work):
    first, second = once(claim(), work), once(claim(), work)

    assert first == (Answer(201, {"Location": "/x/1"}, b"1"), False)
    assert second == (first[0], True)
    assert kept() == 1


@pytest.mark.parametrize("other", [{"scope": "user:2"}, {"operation": "open"}, {"key": "K"}])
def test_C_01_a_key_belongs_to_one_sender_and_one_operation(work, other):
    once(claim(), work)

    answer, replayed = once(claim(**other), work)

    assert (answer.body, replayed) == (b"2", False)


@pytest.mark.parametrize("other", [{"body": b"{ }"}, {"path": "/y"}])
def test_C_01_a_key_is_not_for_another_request(work, other):
    once(claim(), work)

    with pytest.raises(KeyReused):
        once(claim(**other), work)
    assert kept() == 1


def test_C_01_a_failed_request_stores_nothing_and_can_be_repeated(work):
    def fail():
        raise PermissionDenied

    with pytest.raises(PermissionDenied):
        once(claim(), fail)

    assert once(claim(), work)[0].body == b"1"


def test_C_04_a_conflict_is_repeated_and_stored_once(work):
    conflicts = [OperationalError("", {}, SimpleNamespace(sqlstate="40001"))]

    def fail_once():
        answer = work()
        if conflicts:
            raise conflicts.pop()
        return answer

    assert once(claim(), fail_once) == (Answer(201, {"Location": "/x/1"}, b"2"), False)
    assert kept() == 1


def test_C_01_a_key_is_in_use_until_the_first_is_done(app, work):
    if db.engine.dialect.name == "sqlite":
        pytest.skip("In SQLite the second request waits")

    def ask_again():
        with app.app_context(), pytest.raises(KeyInUse):
            once(claim(), work)
        return work()

    assert once(claim(), ask_again)[0].body == b"1"


@pytest.mark.parametrize(("hours", "replayed"), [(23.9, True), (24, False)])
def test_C_01_an_answer_is_kept_for_a_day(work, monkeypatch, hours, replayed):
    once(claim(), work)
    age(monkeypatch, hours=hours)

    assert once(claim(), work)[1] is replayed
    assert kept() == 1


def test_what_is_past_its_time_is_dropped_so_much_at_a_time(work, monkeypatch):
    for key in "abc":
        once(claim(key=key), work)
    age(monkeypatch, hours=24)
    once(claim(key="d"), work)
    monkeypatch.setattr(service, "PURGE_BATCH_ROWS", 2)

    left = []
    for _ in range(2):
        service.purge()
        left.append(kept())
        db.session.rollback()

    assert left == [2, 1]


def test_it_is_dropped_in_passing(work, monkeypatch):
    once(claim(), work)
    age(monkeypatch, days=2)

    for _ in range(service.PURGE_INTERVAL_REQUESTS):
        service.purge_in_passing()

    assert kept() == 0


def test_neither_key_nor_request_can_be_read_from_what_is_kept(work, monkeypatch):
    """Under another secret the digests differ, so that guesses cannot be tested."""
    before = claim()

    monkeypatch.setattr(current_runtime().kept_answers, "key", bytes(32))

    assert claim().digest != before.digest
    assert claim().fingerprint != before.fingerprint
    assert claim() == claim()


def test_parts_of_a_request_cannot_pass_for_one_another():
    assert claim(path="/x", body=b"yz").fingerprint != claim(path="/xy", body=b"z").fingerprint
