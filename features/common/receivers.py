"""Steps about the Shop, which receives events, and what steps about webhooks share."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event as Stop
from uuid import UUID

import pytest
from pytest_bdd import given, parsers, then, when
from sqlalchemy import update

from api.core import clock
from api.core.database import db, in_transaction
from api.webhooks import replay
from api.webhooks.lanes import Lane
from api.webhooks.models import Webhook, WebhookDelivery
from tests.webhooks.receiver import LOOPBACK, hang, receive, respond

WEBHOOKS = "/api/webhooks"
DAY = timedelta(days=1)
THREADS = 4  # of a worker in a scenario: fewer than the events that wait for one receiver
URL = "https://receiver.invalid/"  # a name that never exists


@pytest.fixture
def webhook(preconditions, people):
    """Return what the scenario knows of its webhook, and delete the webhook afterwards."""
    known = {}
    yield known
    for webhook_id in (known[name] for name in ("id", "id of the other") if name in known):
        people["Root"].delete(f"{WEBHOOKS}/{webhook_id}", expecting=None)


@pytest.fixture
def shop():
    """Return the receiver of the Shop."""
    with receive() as receiver:
        yield receiver


@pytest.fixture
def deliver_waiting(app):
    """Return a function that delivers all that waits, as a worker does."""

    def deliver_all():
        with app.app_context():
            past = clock.now()
            in_transaction(
                lambda: db.session.execute(update(WebhookDelivery).values(next_attempt_at=past))
            )
            in_transaction(lambda: db.session.execute(update(Webhook).values(paused_until=None)))
            for slow in (False, True):
                lane = Lane(slow=slow, stop=Stop())
                while lane.deliver_next():
                    pass

    return deliver_all


def create(person, events, url=URL, **members):
    body = {"url": url, "events": events.split(), **members}
    return person.post(WEBHOOKS, body, expecting=None)


def remember(webhook, response):
    assert response.status_code == 201, response.text
    webhook.update(response.json)


def get_path(webhook):
    return f"{WEBHOOKS}/{webhook['id']}"


def use_settings(build_strict, people, **settings):
    app = build_strict(**settings)
    for person in people.values():
        person.client = app.test_client()
    return app


def read_body(request):
    return json.loads(request.body)


@given("the operator allows webhooks to the network of the Shop", target_fixture="app")
def allow_network_of_shop(build_strict, people):
    return use_settings(build_strict, people, webhook_private_networks=LOOPBACK)


@given(
    parsers.re(
        r"the Shop has an?(?P<ordered> ordered)? webhook(?P<details> with details)? "
        r'for the events "(?P<events>.+)"'
    )
)
def have_receiver(people, webhook, shop, ordered, details, events):
    members = {"payload": "full" if details else "thin", "ordered": ordered is not None}
    remember(webhook, create(people["Root"], events, url=shop.url, **members))


@given("the Shop rejects the next event")
def reject_next(shop):
    shop.behaviours.append(respond(503))


@given(parsers.parse("Root has created an account for {other:w}"))
def have_account(people, other):
    user = people[other]
    body = {"username": user.username, "email": user.email, "password": user.password}
    user.id = people["Root"].post("/api/users", body).json["id"]


@given("the Shop has rejected the event about Grace")
def have_rejected(people, shop, deliver_waiting, webhook):
    reject_next(shop)
    have_account(people, "Grace")
    deliver_once(deliver_waiting, shop)
    remember_delivery(people, webhook, "Grace")


def remember_delivery(people, webhook, other):
    deliveries = people["Root"].get(f"{get_path(webhook)}/deliveries").json["items"]
    [found] = [each["id"] for each in deliveries if each["subject_id"] == people[other].id]
    webhook["delivery"] = found


@given(parsers.re(r"the Shop has asked for (?P<hours>\d+) hours? without events"))
def have_asked_for_rest(people, shop, deliver_waiting, hours):
    shop.behaviours.append(respond(429, retry_after=str(int(hours) * 3600)))
    have_account(people, "Grace")
    deliver_once(deliver_waiting, shop)


def deliver_once(deliver_waiting, shop):
    deliver_waiting()
    shop.wait_for(1)


@given("Root has switched the webhook off")
def have_switched_off(people, webhook):
    people["Root"].patch(get_path(webhook), {"enabled": False})


@then(parsers.parse('the Shop receives the event "{event}" about {other:w}'))
def receives(responses, people, shop, deliver_waiting, event, other):
    deliver_waiting()
    [request] = shop.wait_for(1)
    body = read_body(request)
    user_id = people[other].id or responses["Root"].json["id"]
    assert (body["type"], body["data"]["subject_id"]) == (event, user_id)


@then(parsers.parse('the Shop receives the event "{event}" about {other:w} twice, with one id'))
def receives_twice(responses, people, shop, deliver_waiting, event, other):
    deliver_waiting()
    deliver_waiting()
    requests = shop.wait_for(2)
    user_id = people[other].id or responses["Root"].json["id"]
    assert [read_body(each)["type"] for each in requests] == [event, event]
    assert {read_body(each)["data"]["subject_id"] for each in requests} == {user_id}
    assert len({each.headers["webhook-id"] for each in requests}) == 1


@when(parsers.re("Root switches the webhook (?P<state>on|off)"))
def switch(people, webhook, state):
    people["Root"].patch(get_path(webhook), {"enabled": state == "on"})


@then("the Shop does not receive the event again")
def does_not_receive_again(shop, deliver_waiting):
    deliver_waiting()
    assert len(shop.requests) == 1


@then("the Shop receives no event")
def receives_nothing(shop, deliver_waiting):
    deliver_waiting()
    assert shop.requests == []


@pytest.fixture
def hanging():
    """Return the receiver of another application, which never responds."""
    with receive(hang) as receiver:
        yield receiver


@pytest.fixture
def worker(app, hanging):
    """Start what delivers to receivers that respond quickly."""
    lane = Lane(slow=False, stop=Stop())

    def work():
        with app.app_context():
            while not lane.stop.is_set():
                _ = lane.deliver_next() or lane.stop.wait(0.05)

    with ThreadPoolExecutor(THREADS) as threads:
        ends = [threads.submit(work) for _ in range(THREADS)]
        yield
        lane.stop.set()
        hanging.closing.set()
    for end in ends:
        end.result()


@given(
    parsers.parse(
        "another application never responds, although {number:d} events wait for its webhook"
    )
)
def have_hanging(request, app, people, webhook, hanging, number):
    made = create(people["Root"], "user.deleted", url=hanging.url)
    assert made.status_code == 201
    webhook["id of the other"] = made.json["id"]
    with app.app_context():
        for _ in range(number):
            in_transaction(lambda: replay.send_test(UUID(made.json["id"])))
    request.getfixturevalue("worker")
    hanging.wait_for(1)


@given(parsers.parse("the Shop has accepted the event about {other:w}"))
def have_accepted(people, shop, deliver_waiting, webhook, other):
    have_account(people, other)
    deliver_once(deliver_waiting, shop)
    remember_delivery(people, webhook, other)


@given("the Shop has rejected the event once more")
def have_rejected_again(shop, deliver_waiting):
    reject_next(shop)
    deliver_waiting()


@given("the Shop has given up its receiver, and says so")
def say_gone(shop):
    shop.behaviours.append(respond(410))


@given(parsers.parse("the Shop has rejected all events of {number:d} days"))
def have_rejected_for_days(app, shop, webhook, deliver_waiting, advance_clock, number):
    shop.usual = respond(503)
    for day in range(number + 1):
        if day:
            advance_clock(DAY)
        with app.app_context():
            in_transaction(lambda: replay.send_test(UUID(webhook["id"])))
        deliver_waiting()


@given("the event about Alan was given up")
def have_given_up(people, shop, deliver_waiting, advance_clock):
    reject_next(shop)
    have_account(people, "Alan")
    deliver_waiting()
    advance_clock(3 * DAY)
    reject_next(shop)
    deliver_waiting()


@then(parsers.parse('the Shop receives the events "{events}" about {other:w} in this order'))
def receives_in_order(people, shop, deliver_waiting, events, other):
    deliver_waiting()
    deliver_waiting()
    bodies = [read_body(request) for request in shop.wait_for(len(events.split()))]
    assert [body["type"] for body in bodies] == events.split()
    assert {body["data"]["subject_id"] for body in bodies} == {people[other].id}


@then(
    parsers.parse(
        'the Shop receives the event "{event}" while the other application has not responded'
    )
)
def receives_meanwhile(people, shop, webhook, event):
    [request] = shop.wait_for(1)
    path = f"{WEBHOOKS}/{webhook['id of the other']}/deliveries?limit=100"
    deliveries = people["Root"].get(path).json["items"]
    assert [each["last_error"] for each in deliveries] == [None] * len(deliveries)
    assert read_body(request)["type"] == event
