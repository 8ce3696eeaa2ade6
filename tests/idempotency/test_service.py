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
from api.idempotency.models import StoredResponse
from api.idempotency.service import ResponseContent

pytestmark = pytest.mark.usefixtures("context")

REQUEST = {"scope": "user:1", "operation": "create", "key": "k", "path": "/x", "body": b"{}"}


@pytest.fixture
def work():
    """Return a function whose responses are numbered."""
    numbers = count(1)
    return lambda: ResponseContent(201, {"Location": "/x/1"}, str(next(numbers)).encode())


def identify_request(**changes):
    return service.identify_request(**{**REQUEST, **changes})


def execute_once(request, work):
    return in_transaction(lambda: service.execute_once(request, work))


def count_stored():
    return db.session.scalar(select(func.count()).select_from(StoredResponse))


def advance_clock(monkeypatch, **time):
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(**time))


def test_C_01_a_repeated_request_returns_the_first_response(work):
    first, second = execute_once(identify_request(), work), execute_once(identify_request(), work)

    assert first == (ResponseContent(201, {"Location": "/x/1"}, b"1"), False)
    assert second == (first[0], True)
    assert count_stored() == 1


@pytest.mark.parametrize("other", [{"scope": "user:2"}, {"operation": "open"}, {"key": "K"}])
def test_C_01_each_sender_and_operation_has_its_own_keys(work, other):
    execute_once(identify_request(), work)

    response, replayed = execute_once(identify_request(**other), work)

    assert (response.body, replayed) == (b"2", False)


@pytest.mark.parametrize("other", [{"body": b"{ }"}, {"path": "/y"}])
def test_C_01_a_key_is_rejected_with_another_request(work, other):
    execute_once(identify_request(), work)

    with pytest.raises(KeyReused):
        execute_once(identify_request(**other), work)
    assert count_stored() == 1


def test_C_01_a_failed_request_stores_nothing_and_can_be_repeated(work):
    def fail():
        raise PermissionDenied

    with pytest.raises(PermissionDenied):
        execute_once(identify_request(), fail)

    assert execute_once(identify_request(), work)[0].body == b"1"


def test_C_04_a_serialization_failure_is_repeated_and_stored_once(work):
    conflicts = [OperationalError("", {}, SimpleNamespace(sqlstate="40001"))]

    def fail_once():
        response = work()
        if conflicts:
            raise conflicts.pop()
        return response

    assert execute_once(identify_request(), fail_once) == (
        ResponseContent(201, {"Location": "/x/1"}, b"2"),
        False,
    )
    assert count_stored() == 1


def test_C_01_a_key_is_in_use_until_the_first_request_ends(app, work):
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")

    def repeat():
        with app.app_context(), pytest.raises(KeyInUse):
            execute_once(identify_request(), work)
        return work()

    assert execute_once(identify_request(), repeat)[0].body == b"1"


@pytest.mark.parametrize(("hours", "replayed"), [(23.9, True), (24, False)])
def test_C_01_a_response_is_stored_for_a_day(work, monkeypatch, hours, replayed):
    execute_once(identify_request(), work)
    advance_clock(monkeypatch, hours=hours)

    assert execute_once(identify_request(), work)[1] is replayed
    assert count_stored() == 1


def test_a_purge_deletes_a_batch_of_expired_responses(work, monkeypatch):
    for key in "abc":
        execute_once(identify_request(key=key), work)
    advance_clock(monkeypatch, hours=24)
    execute_once(identify_request(key="d"), work)
    monkeypatch.setattr(service, "PURGE_BATCH_ROWS", 2)

    remaining = []
    for _ in range(2):
        in_transaction(service.purge)
        remaining.append(count_stored())

    assert remaining == [2, 1]


def test_the_digests_depend_on_the_secret(work, monkeypatch):
    """So a reader of the table cannot test guesses of keys and bodies."""
    before = identify_request()

    monkeypatch.setattr(current_runtime().idempotency_store, "key", bytes(32))

    assert identify_request().digest != before.digest
    assert identify_request().fingerprint != before.fingerprint
    assert identify_request() == identify_request()


def test_the_parts_of_a_request_have_fixed_boundaries():
    assert (
        identify_request(path="/x", body=b"yz").fingerprint
        != identify_request(path="/xy", body=b"z").fingerprint
    )
