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
    """Return a function whose answers are numbered."""
    numbers = count(1)
    return lambda: Answer(201, {"Location": "/x/1"}, str(next(numbers)).encode())


def make_claim(**changes):
    return service.make_claim(**{**REQUEST, **changes})


def execute_once(claim, work):
    return in_transaction(lambda: service.execute_once(claim, work))


def count_stored():
    return db.session.scalar(select(func.count()).select_from(KeptAnswer))


def advance_clock(monkeypatch, **time):
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(**time))


def test_C_01_a_repeated_request_returns_the_first_answer(work):
    first, second = execute_once(make_claim(), work), execute_once(make_claim(), work)

    assert first == (Answer(201, {"Location": "/x/1"}, b"1"), False)
    assert second == (first[0], True)
    assert count_stored() == 1


@pytest.mark.parametrize("other", [{"scope": "user:2"}, {"operation": "open"}, {"key": "K"}])
def test_C_01_each_sender_and_operation_has_its_own_keys(work, other):
    execute_once(make_claim(), work)

    answer, replayed = execute_once(make_claim(**other), work)

    assert (answer.body, replayed) == (b"2", False)


@pytest.mark.parametrize("other", [{"body": b"{ }"}, {"path": "/y"}])
def test_C_01_a_key_is_rejected_with_another_request(work, other):
    execute_once(make_claim(), work)

    with pytest.raises(KeyReused):
        execute_once(make_claim(**other), work)
    assert count_stored() == 1


def test_C_01_a_failed_request_stores_nothing_and_can_be_repeated(work):
    def fail():
        raise PermissionDenied

    with pytest.raises(PermissionDenied):
        execute_once(make_claim(), fail)

    assert execute_once(make_claim(), work)[0].body == b"1"


def test_C_04_a_serialization_failure_is_repeated_and_stored_once(work):
    conflicts = [OperationalError("", {}, SimpleNamespace(sqlstate="40001"))]

    def fail_once():
        answer = work()
        if conflicts:
            raise conflicts.pop()
        return answer

    assert execute_once(make_claim(), fail_once) == (Answer(201, {"Location": "/x/1"}, b"2"), False)
    assert count_stored() == 1


def test_C_01_a_key_is_in_use_until_the_first_request_ends(app, work):
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")

    def repeat():
        with app.app_context(), pytest.raises(KeyInUse):
            execute_once(make_claim(), work)
        return work()

    assert execute_once(make_claim(), repeat)[0].body == b"1"


@pytest.mark.parametrize(("hours", "replayed"), [(23.9, True), (24, False)])
def test_C_01_an_answer_is_stored_for_a_day(work, monkeypatch, hours, replayed):
    execute_once(make_claim(), work)
    advance_clock(monkeypatch, hours=hours)

    assert execute_once(make_claim(), work)[1] is replayed
    assert count_stored() == 1


def test_a_purge_deletes_a_batch_of_expired_answers(work, monkeypatch):
    for key in "abc":
        execute_once(make_claim(key=key), work)
    advance_clock(monkeypatch, hours=24)
    execute_once(make_claim(key="d"), work)
    monkeypatch.setattr(service, "PURGE_BATCH_ROWS", 2)

    remaining = []
    for _ in range(2):
        service.purge()
        remaining.append(count_stored())
        db.session.rollback()

    assert remaining == [2, 1]


def test_every_hundredth_request_with_a_key_purges(work, monkeypatch):
    execute_once(make_claim(), work)
    advance_clock(monkeypatch, days=2)

    for _ in range(service.PURGE_INTERVAL_REQUESTS):
        service.purge_periodically()

    assert count_stored() == 0


def test_the_digests_depend_on_the_secret(work, monkeypatch):
    """So a reader of the table cannot test guesses of keys and bodies."""
    before = make_claim()

    monkeypatch.setattr(current_runtime().kept_answers, "key", bytes(32))

    assert make_claim().digest != before.digest
    assert make_claim().fingerprint != before.fingerprint
    assert make_claim() == make_claim()


def test_the_parts_of_a_request_have_fixed_boundaries():
    assert (
        make_claim(path="/x", body=b"yz").fingerprint
        != make_claim(path="/xy", body=b"z").fingerprint
    )
