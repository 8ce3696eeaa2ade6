"""Workers that are killed, and mail servers that are away: no mail is lost (F-07, F-14, F-15).

Two workers deliver 300 mails while one of them is killed again and again. OUTBOX_MAILS is another
number of mails.
"""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from subprocess import TimeoutExpired
from threading import Event, Semaphore

import pytest

from api.background.worker import DELIVERY_THREADS
from api.core.database import in_transaction
from api.outbox import service
from api.outbox.models import State
from tests.hostile.wire import Wire
from tests.hostile.workers import Outbox, Worker
from tests.mail.server import Received, bad_server, mail_server
from tests.service import production

MAILS = int(os.environ.get("OUTBOX_MAILS", "300"))
KILL_INTERVAL_SECONDS = 1.0
REPLY_SECONDS = 0.02  # a mail that was taken and not answered yet may be sent twice
END_SECONDS = 1.0  # in which a worker without mails in flight ends
SECONDS_PER_MAIL = 0.5  # the time limit; a busy machine delivers several in that time


@dataclass
class Slow(Received):
    """A mail server that answers a while after it has taken a mail."""

    async def handle_DATA(self, server, session, envelope):
        answer = await super().handle_DATA(server, session, envelope)
        await asyncio.sleep(REPLY_SECONDS)
        return answer


@dataclass
class Holding(Received):
    """A mail server that takes mails, and answers when it is told to."""

    taken: Semaphore = field(default_factory=lambda: Semaphore(0))
    answering: Event = field(default_factory=Event)

    async def handle_DATA(self, server, session, envelope):
        answer = await super().handle_DATA(server, session, envelope)
        self.taken.release()
        await asyncio.to_thread(self.answering.wait)
        return answer


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def make_outbox(opened, place, databases, redis) -> Callable[[int], Outbox]:
    """Return a function that makes an outbox whose mails go to this port."""

    def make(port: int, **settings) -> Outbox:
        database_url = databases.clone()
        opened.callback(databases.drop, database_url)
        given = {**production(database_url, redis()), **settings}
        given["mail_url"] = f"smtp://127.0.0.1:{port}"
        return Outbox(place, given, opened)

    return make


def count_copies(received: Received) -> Counter[str]:
    return Counter(message["Message-ID"] for message in received.messages)


def kill_until(is_done: Callable[[], bool], outbox: Outbox) -> int:
    """Kill a worker every second of its work, and return how often."""
    kills, pause = 0, Event()
    while not is_done():
        victim = outbox.start_worker()
        pause.wait(KILL_INTERVAL_SECONDS)
        victim.kill()
        kills += 1
    return kills


def end(worker: Worker) -> int:
    worker.process.send_signal(signal.SIGTERM)
    return worker.process.wait(30)


def test_F_14_no_mail_is_lost_when_workers_are_killed(make_outbox, opened, record_property):
    received, port = opened.enter_context(mail_server(Slow()))
    outbox = make_outbox(port)
    recipients = [f"user{number}@example.org" for number in range(MAILS)]
    outbox.store(*recipients)
    survivor = outbox.start_worker()

    def is_nothing_unclaimed() -> bool:
        return all(message.attempts or message.state != State.PENDING for message in outbox.read())

    kills = kill_until(is_nothing_unclaimed, outbox)
    assert end(survivor) == 0
    interrupted = outbox.read_states().count(State.PENDING)
    outbox.pass_time()
    last = outbox.start_worker()
    last.wait_for(
        lambda: set(outbox.read_states()) == {State.DELIVERED}, int(MAILS * SECONDS_PER_MAIL)
    )

    copies = count_copies(received)
    duplicates = copies.total() - MAILS
    record_property("outbox", f"{MAILS} mails, {kills} kills, {duplicates} duplicates")
    assert len(copies) == MAILS
    assert set(received.recipients) == set(recipients)
    assert kills >= 1
    assert interrupted <= kills * DELIVERY_THREADS  # each thread delivers one message
    assert duplicates <= kills * DELIVERY_THREADS


def test_F_14_a_mail_that_was_taken_before_a_kill_keeps_its_message_id(make_outbox, opened):
    received, port = opened.enter_context(mail_server(Holding()))
    outbox = make_outbox(port)
    outbox.store("ada@example.org")
    worker = outbox.start_worker()
    assert received.taken.acquire(timeout=30)

    worker.kill()
    received.answering.set()
    outbox.pass_time()
    outbox.start_worker().wait_for(lambda: outbox.read_states() == [State.DELIVERED])

    assert list(count_copies(received).values()) == [2]
    assert outbox.read()[0].attempts == 2


def test_F_14_poison_does_not_block_the_mails_behind_it(make_outbox, opened):
    received, port = opened.enter_context(mail_server())
    outbox = make_outbox(port)
    with outbox.app.app_context():
        for name, content in (("no_such_mail", {"to": "ada@example.org"}), ("reset_password", {})):
            in_transaction(lambda n=name, c=content: service.add_message("mail", n, c))
    outbox.store("no address", "grace@example.org")

    outbox.start_worker().wait_for(lambda: received.recipients == ["grace@example.org"])
    outbox.workers[0].wait_for(
        lambda: outbox.read_states() == ["dead", "delivered", "pending", "pending"]
    )

    assert all(message.last_error or message.state == State.DELIVERED for message in outbox.read())


def test_F_15_a_mail_server_that_never_greets_delays_no_request_and_loses_no_mail(
    make_outbox, opened, start_shared
):
    accepted = Semaphore(0)

    def stay_silent(_connection, done):
        accepted.release()
        done.wait()

    with bad_server(stay_silent) as port:
        service = start_shared(mail_url=f"smtp://127.0.0.1:{port}")
        people = [service.person(name) for name in ("Ada", "Grace", "Alan")]
        outbox = Outbox(
            service.log_path.parent, {**service.settings, "mail_timeout_seconds": 2}, opened
        )
        forgot = Wire(service.port).post

        assert forgot("/api/password/forgot", {"email": people[0].email}).status == 202
        assert not accepted.acquire(blocking=False)  # the request has not connected

        worker = outbox.start_worker()
        assert accepted.acquire(timeout=30)
        for person in people[1:]:
            assert forgot("/api/password/forgot", {"email": person.email}).status == 202
        worker.wait_for(lambda: any(message.last_error for message in outbox.read()))
        assert set(outbox.read_states()) == {State.PENDING}

    received, _ = opened.enter_context(mail_server(port=port))
    end(worker)
    outbox.pass_time()
    outbox.start_worker().wait_for(lambda: set(outbox.read_states()) == {State.DELIVERED})
    assert sorted(received.recipients) == sorted(person.email for person in people)


def test_F_07_sigterm_finishes_the_mails_in_flight_and_leaves_the_others(make_outbox, opened):
    received, port = opened.enter_context(mail_server(Holding()))
    outbox = make_outbox(port)
    outbox.store(*(f"user{number}@example.org" for number in range(DELIVERY_THREADS + 2)))
    worker = outbox.start_worker()
    for _ in range(DELIVERY_THREADS):
        assert received.taken.acquire(timeout=30)

    worker.process.send_signal(signal.SIGTERM)
    with pytest.raises(TimeoutExpired):
        worker.process.wait(END_SECONDS)
    received.answering.set()

    assert worker.process.wait(30) == 0
    states = sorted((message.state, message.attempts) for message in outbox.read())
    assert states == [(State.DELIVERED, 1)] * DELIVERY_THREADS + [(State.PENDING, 0)] * 2
