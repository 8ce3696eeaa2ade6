"""Repeated requests with an idempotency key, also after a crash: C-01, C-02."""

import os
import select
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPException
from itertools import count
from secrets import randbelow
from threading import Event
from time import monotonic

import pytest
from sqlalchemy import func, make_url
from sqlalchemy import select as query

from api.audit.models import AuditEvent
from api.core.database import db
from api.idempotency.models import StoredResponse
from api.users.models import User
from tests.hostile.corpus import GOOD
from tests.hostile.processes import process_tree
from tests.hostile.wire import Wire, at_once
from tests.service import launch

numbers = count(1)
ROUNDS = int(os.environ.get("CRASHES", "5"))
TIMEOUT_SECONDS = 60
PAUSE_SECONDS = 0.01  # before the next attempt to connect
MAX_DELAY_MS = 120  # from a request to the kill; a response takes some 40


def newcomer():
    name = f"repeating{next(numbers)}"
    return {"username": name, "email": f"{name}@example.org", "password": GOOD}


def key_line(account):
    return f'Idempotency-Key: "{account["username"]}"'


def repeated_part(answer):
    """Return the part of a response that each repetition contains."""
    return answer.status, answer.headers["Location"], answer.headers["ETag"], answer.body


class TestSimultaneousRequests:
    @pytest.mark.parametrize("database", ["service", "on_sqlite"])
    def test_C_01_one_of_twenty_repetitions_is_executed(self, request, database):
        service = request.getfixturevalue(database)
        wire, account = Wire(service.port), newcomer()
        register = partial(wire.post, "/api/register", account, key_line(account))

        answers = at_once([register] * 20)

        done = [answer for answer in answers if answer.status == 201]
        first = [answer for answer in done if "Idempotency-Replayed" not in answer.headers]
        assert len(first) == 1
        assert {repeated_part(answer) for answer in [*done, register()]} == {
            repeated_part(first[0])
        }
        errors = {answer.error for answer in answers} - {None}
        assert errors <= {"idempotency_key_in_use", "overloaded"}  # each may wait for a hash
        assert count_accounts(service, account) == 1

    def test_C_01_two_keys_in_one_request_are_rejected(self, wire):
        account = newcomer()
        answer = wire.post("/api/register", account, "Idempotency-Key: a", "Idempotency-Key: b")
        assert (answer.status, answer.error) == (400, "idempotency_key_malformed")


class TestStoredResponses:
    def test_C_01_a_stored_response_contains_no_key_and_no_password(self, service, wire):
        account = newcomer()
        wire.post("/api/register", account, key_line(account))
        with service.local_service.app.app_context():
            rows = db.session.scalars(query(StoredResponse)).all()
            stored = b"".join(str(vars(row)).encode() + row.body for row in rows)
        assert GOOD.encode() not in stored
        assert key_line(account).encode() not in stored


class TestCrash:
    """All processes are killed at random times, and the service is started again."""

    @pytest.fixture
    def crashing(self, serve):
        return serve(login_attempts=1000)

    def test_C_02_a_registration_survives_a_crash_whole_or_not_at_all(self, place, crashing):
        accounts = [newcomer() for _ in range(ROUNDS)]
        before = count_events(crashing)
        with ThreadPoolExecutor(1) as client:
            for account in accounts:
                sent = Event()
                answer = client.submit(register_until_answered, Wire(crashing.port), account, sent)
                sent.wait()
                kill(crashing, after=randbelow(MAX_DELAY_MS) / 1000)
                crashing.process = launch(place, crashing.settings).process
                assert answer.result(60).json["username"] == account["username"]

        assert [count_accounts(crashing, account) for account in accounts] == [1] * ROUNDS
        assert count_events(crashing) == before + ROUNDS


def register_until_answered(wire, account, sent):
    """Repeat a registration until there is a response, as a client with a bad connection does."""
    deadline = monotonic() + TIMEOUT_SECONDS
    while monotonic() < deadline:
        sent.set()
        try:
            answer = wire.post("/api/register", account, key_line(account))
        except (OSError, HTTPException):
            Event().wait(PAUSE_SECONDS)
            continue
        if answer.status == 201:
            return answer
        assert answer.status == 503 or answer.error == "idempotency_key_in_use", answer
    raise TimeoutError


def kill(service, after):
    """Kill all processes of a service after a delay, and wait for their end."""
    ends = [os.pidfd_open(process) for process in process_tree(service.process.pid)]
    Event().wait(after)
    os.killpg(service.process.pid, signal.SIGKILL)
    for end in ends:
        assert select.select([end], [], [], TIMEOUT_SECONDS)[0]
        os.close(end)
    service.process.wait()


def count_accounts(service, account):
    """Count the accounts of that name."""
    url = make_url(service.database_url)
    if url.get_backend_name() == "sqlite":
        connection = sqlite3.connect(url.database)
        statement = "SELECT count(*) FROM users WHERE username = ?"
        [(number,)] = connection.execute(statement, [account["username"]])
        connection.close()
        return number
    wanted = query(func.count()).select_from(User).filter_by(username=account["username"])
    with service.local_service.app.app_context():
        return db.session.scalar(wanted)


def count_events(service):
    opened = query(func.count()).select_from(AuditEvent).filter_by(event="user.created")
    with service.local_service.app.app_context():
        return db.session.scalar(opened)
