import hmac
import json
from base64 import b64decode, b64encode
from datetime import timedelta
from threading import Event as Stop

import pytest
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import insert, update

from api.audit.models import AuditEvent
from api.core import clock
from api.core.database import db, in_transaction
from api.core.events import Event
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.webhooks import service
from api.webhooks.delivery import Lane
from api.webhooks.models import Webhook, WebhookDelivery
from tests.webhooks.receiver import LOOPBACK, receive, respond

scenarios(".")

WEBHOOKS = "/api/webhooks"
URL = "https://receiver.invalid/"  # a name that never exists


@pytest.fixture
def webhook(preconditions, people):
    """Return what the scenario knows of its webhook, and delete the webhook afterwards."""
    known = {}
    yield known
    if "id" in known:
        people["Root"].delete(f"{WEBHOOKS}/{known['id']}", expecting=None)


@pytest.fixture
def shop():
    """Return the receiver of the Shop."""
    with receive() as receiver:
        yield receiver


@pytest.fixture
def deliver(app):
    """Return a function that delivers all that waits, as a worker does."""

    def deliver_waiting():
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

    return deliver_waiting


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


@given(parsers.parse('the operator allows webhooks to the network "{network}"'))
def allow_network(build_strict, people, network):
    use_settings(build_strict, people, webhook_private_networks=network)


@given("the operator allows webhooks to the network of the Shop", target_fixture="app")
def allow_network_of_shop(build_strict, people):
    return use_settings(build_strict, people, webhook_private_networks=LOOPBACK)


@given(parsers.parse("there are {number:d} webhooks"))
def have_many(app, number):
    given_members = {"url": URL, "events": ["user.purged"]}
    with app.app_context():
        for _ in range(number):
            in_transaction(lambda: service.create(given_members, by=OPERATOR))


@given(
    parsers.re(
        r'Root has created a webhook(?P<details> with details)? for the events "(?P<events>.+)"'
    )
)
def have_created(people, webhook, details, events):
    remember(webhook, create(people["Root"], events, payload="full" if details else "thin"))


@given(
    parsers.re(r'the Shop has a webhook(?P<details> with details)? for the events "(?P<events>.+)"')
)
def have_receiver(people, webhook, shop, details, events):
    payload = "full" if details else "thin"
    remember(webhook, create(people["Root"], events, url=shop.url, payload=payload))


@given("the Shop rejects the next event")
def reject_next(shop):
    shop.behaviours.append(respond(503))


@given(parsers.parse("Root has created an account for {other:w}"))
def have_account(people, other):
    user = people[other]
    body = {"username": user.username, "email": user.email, "password": user.password}
    user.id = people["Root"].post("/api/users", body).json["id"]


@given("the Shop has rejected the event about Grace")
def have_rejected(people, shop, deliver, webhook):
    reject_next(shop)
    have_account(people, "Grace")
    deliver_once(deliver, shop)
    [delivery] = people["Root"].get(f"{get_path(webhook)}/deliveries").json["items"]
    webhook["delivery"] = delivery["id"]


def deliver_once(deliver, shop):
    deliver()
    shop.wait_for(1)


@given("Root has switched the webhook off")
def have_switched_off(people, webhook):
    people["Root"].patch(get_path(webhook), {"enabled": False})


@given(parsers.parse("{number:d} accounts were created within the last hour"))
def have_events(app, number):
    at = clock.now() - timedelta(minutes=30)
    row = {"event": Event.USER_CREATED, "subject_id": new_id(), "at": at, "details": {}}
    with app.app_context():
        in_transaction(lambda: db.session.execute(insert(AuditEvent), [row] * number))


@when(
    parsers.re(
        r"(?P<name>\w+) creates a webhook(?P<details> with details)? for the events "
        r'"(?P<events>.+)"'
    )
)
def create_for_events(people, responses, webhook, name, details, events):
    payload = "full" if details else "thin"
    responses[name] = create(people[name], events, payload=payload)
    webhook.update({"id": responses[name].json["id"]} if responses[name].json.get("id") else {})


@when(parsers.parse('Root creates a webhook to "{url}"'))
def create_for_url(people, responses, webhook, url):
    responses["Root"] = create(people["Root"], "user.created", url=url)
    if "id" in responses["Root"].json:
        webhook["id"] = responses["Root"].json["id"]


@when("Root replaces the secret of the webhook")
def rotate(people, responses, webhook):
    responses["Root"] = people["Root"].post(
        f"{get_path(webhook)}/rotate-secret", {}, expecting=None
    )


@when(parsers.parse('Root lets the webhook receive the events "{events}"'))
def change_events(people, responses, webhook, events):
    changes = {"events": events.split()}
    responses["Root"] = people["Root"].patch(get_path(webhook), changes, expecting=None)


@given("Root has taken the details from the webhook")
def take_details(people, webhook):
    people["Root"].patch(get_path(webhook), {"payload": "thin"})


@when(parsers.parse("{name:w} changes the URL of the webhook"))
def change_url(people, responses, webhook, name):
    changes = {"url": "https://mallory.invalid/"}
    responses[name] = people[name].patch(get_path(webhook), changes, expecting=None)


@when("Root deletes the webhook")
def delete(people, responses, webhook):
    responses["Root"] = people["Root"].delete(get_path(webhook), expecting=None)


@when("Root reads a webhook that does not exist")
def read_unknown(people, responses):
    responses["Root"] = people["Root"].get(f"{WEBHOOKS}/{new_id()}", expecting=None)


@when(parsers.parse("{name:w} lists the webhooks"))
def list_all(people, responses, name):
    responses[name] = people[name].get(WEBHOOKS, expecting=None)


@when("Root reads the delivery")
def read_delivery(people, responses, webhook):
    path = f"{get_path(webhook)}/deliveries/{webhook['delivery']}"
    responses["Root"] = people["Root"].get(path, expecting=None)


@when("Root delivers the event again")
def redeliver(people, responses, webhook):
    path = f"{get_path(webhook)}/deliveries/{webhook['delivery']}/redeliver"
    responses["Root"] = people["Root"].post(path, expecting=None)


@when("Root delivers an event again that does not exist")
def redeliver_unknown(people, responses, webhook):
    path = f"{get_path(webhook)}/deliveries/{new_id()}/redeliver"
    responses["Root"] = people["Root"].post(path, expecting=None)


@when("Root sends a test to the webhook")
def send_test(people, responses, webhook):
    responses["Root"] = people["Root"].post(f"{get_path(webhook)}/test", expecting=None)


@when("Root replays the events of the last hour")
def replay(people, responses, webhook):
    now = clock.now()
    hour = {"from": now - timedelta(hours=1), "to": now + timedelta(minutes=1)}
    body = {name: f"{at:%Y-%m-%dT%H:%M:%SZ}" for name, at in hour.items()}
    responses["Root"] = people["Root"].post(f"{get_path(webhook)}/replay", body, expecting=None)


@then("Root sees the secret of the webhook")
def sees_secret(responses):
    assert responses["Root"].json["secret"].startswith("whsec_")


@then("Root sees another secret of the webhook")
def sees_other_secret(responses, webhook):
    secret = responses["Root"].json["secret"]
    assert secret.startswith("whsec_")
    assert secret != webhook["secret"]


@then("Root cannot see the secret again")
def sees_no_secret(people, responses, webhook):
    shown = people["Root"].get(get_path(webhook))
    assert responses["Root"].json["secret"] not in shown.text


@then(parsers.parse('Root sees that the webhook receives the events "{events}"'))
def sees_events(people, webhook, events):
    assert people["Root"].get(get_path(webhook)).json["events"] == events.split()


@then("Root does not find the webhook in the list")
def is_not_listed(people, webhook):
    page = people["Root"].get(f"{WEBHOOKS}?limit=100").json
    assert webhook["id"] not in [each["id"] for each in page["items"]]


@then(parsers.parse('the Shop receives the event "{event}" about {other:w}'))
def receives(responses, people, shop, deliver, event, other):
    deliver()
    [request] = shop.wait_for(1)
    body = read_body(request)
    user_id = people[other].id or responses["Root"].json["id"]
    assert (body["type"], body["data"]["subject_id"]) == (event, user_id)


@then(parsers.parse('the Shop receives the event "{event}" about {other:w} twice, with one id'))
def receives_twice(responses, people, shop, deliver, event, other):
    deliver()
    deliver()
    requests = shop.wait_for(2)
    user_id = people[other].id or responses["Root"].json["id"]
    assert [read_body(each)["type"] for each in requests] == [event, event]
    assert {read_body(each)["data"]["subject_id"] for each in requests} == {user_id}
    assert len({each.headers["webhook-id"] for each in requests}) == 1


@then("the Shop receives no event")
def receives_nothing(shop, deliver):
    deliver()
    assert shop.requests == []


@then("the Shop receives a test")
def receives_test(shop, deliver):
    deliver()
    [request] = shop.wait_for(1)
    assert read_body(request)["type"] == "webhook.test"


@then("the Shop recognises the signature of Rollbook")
def recognises_signature(shop, webhook):
    [request] = shop.requests
    key = b64decode(webhook["secret"].removeprefix("whsec_"))
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode()
    signature = b64encode(hmac.digest(key, signed + request.body, "sha256")).decode()
    assert request.headers["webhook-signature"] == f"v1,{signature}"


@then("the Shop sees neither who did it nor the e-mail address of Grace")
def sees_ids(people, shop):
    [request] = shop.requests
    assert people["Root"].id.encode() not in request.body
    assert people["Grace"].email.encode() not in request.body


@then("the Shop sees that Root did it")
def sees_actor(people, shop):
    [request] = shop.requests
    assert read_body(request)["data"]["actor_id"] == people["Root"].id


@then(parsers.parse('Root sees that the Shop has responded with the error "{status}"'))
def sees_status(responses, status):
    [attempt] = responses["Root"].json["history"]
    assert str(attempt["status"]) == status
    assert status in responses["Root"].json["last_error"]
