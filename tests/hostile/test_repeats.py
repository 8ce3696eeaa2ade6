"""Asking again, because the line is bad or the service died: C-01, C-02."""

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
from api.idempotency.models import KeptAnswer
from api.users.models import User
from tests.hostile.corpus import GOOD
from tests.hostile.processes import family
from tests.hostile.wire import Wire, at_once
from tests.service import launch

numbers = count(1)
ROUNDS = int(os.environ.get("CRASHES", "20"))
PATIENCE = 60  # seconds
PAUSE = 0.01  # seconds, before asking again where nobody is there
LONGEST_LIFE = 120  # milliseconds from a request to the end of the service; an answer takes some 40


def newcomer():
    name = f"repeating{next(numbers)}"
    return {"username": name, "email": f"{name}@example.org", "password": GOOD}


def line(account):
    return f'Idempotency-Key: "{account["username"]}"'


def stands(answer):
    """All of an answer that is the same each time it is told."""
    return answer.status, answer.headers["Location"], answer.headers["ETag"], answer.body


class TestAtOnce:
    @pytest.mark.parametrize("database", ["service", "on_sqlite"])
    def test_C_01_of_twenty_alike_one_is_done(self, request, database):
        service = request.getfixturevalue(database)
        wire, account = Wire(service.port), newcomer()
        register = partial(wire.post, "/api/register", account, line(account))

        answers = at_once([register] * 20)

        done = [answer for answer in answers if answer.status == 201]
        first = [answer for answer in done if "Idempotency-Replayed" not in answer.headers]
        assert len(first) == 1
        assert {stands(answer) for answer in [*done, register()]} == {stands(first[0])}
        assert {answer.error for answer in answers} <= {None, "idempotency_key_in_use"}
        assert found(service, account) == 1

    def test_C_01_what_is_refused_holds_no_key(self, service, wire, root):
        account = newcomer()
        holder = root.post("/api/users", account)
        register = partial(wire.post, "/api/register", account, line(account))

        rejected = at_once([register] * 5)
        root.ask("DELETE", holder.headers["Location"])

        assert {answer.error for answer in rejected} <= {"username_taken", "idempotency_key_in_use"}
        assert register().status == 201

    def test_C_01_several_keys_are_none(self, wire):
        account = newcomer()
        answer = wire.post("/api/register", account, "Idempotency-Key: a", "Idempotency-Key: b")
        assert (answer.status, answer.error) == (400, "idempotency_key_malformed")


class TestAKeptAnswer:
    def test_C_01_tells_nothing_of_the_key_and_the_password(self, service, wire):
        account = newcomer()
        wire.post("/api/register", account, line(account))
        with service.local_service.app.app_context():
            rows = db.session.scalars(query(KeptAnswer)).all()
            told = b"".join(str(vars(row)).encode() + row.body for row in rows)
        assert GOOD.encode() not in told
        assert line(account).encode() not in told


class TestACrash:
    """The whole service is killed at random moments, and started again."""

    @pytest.fixture
    def mortal(self, serve):
        return serve(login_attempts=1000)

    def test_C_02_of_a_registration_leaves_all_or_nothing(self, place, mortal):
        accounts = [newcomer() for _ in range(ROUNDS)]
        before = events(mortal)
        with ThreadPoolExecutor(1) as client:
            for account in accounts:
                sent = Event()
                answer = client.submit(insist, Wire(mortal.port), account, sent)
                sent.wait()
                kill(mortal, after=randbelow(LONGEST_LIFE) / 1000)
                mortal.process = launch(place, mortal.settings).process
                assert answer.result(60).json["username"] == account["username"]

        assert [found(mortal, account) for account in accounts] == [1] * ROUNDS
        assert events(mortal) == before + ROUNDS


def insist(wire, account, sent):
    """Register until there is an answer, as an app does whose line is bad."""
    deadline = monotonic() + PATIENCE
    while monotonic() < deadline:
        sent.set()
        try:
            answer = wire.post("/api/register", account, line(account))
        except (OSError, HTTPException):
            Event().wait(PAUSE)
            continue
        if answer.status == 201:
            return answer
        assert answer.status == 503 or answer.error == "idempotency_key_in_use", answer
    raise TimeoutError


def kill(service, after):
    """End all its processes, at a moment that nothing in it knows of, and wait until they are."""
    ends = [os.pidfd_open(process) for process in family(service.process.pid)]
    Event().wait(after)
    os.killpg(service.process.pid, signal.SIGKILL)
    for end in ends:
        assert select.select([end], [], [], PATIENCE)[0]
        os.close(end)
    service.process.wait()


def found(service, account):
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


def events(service):
    opened = query(func.count()).select_from(AuditEvent).filter_by(event="user.created")
    with service.local_service.app.app_context():
        return db.session.scalar(opened)
