import hmac
from base64 import b64decode, b64encode
from datetime import timedelta

from pytest_bdd import given, parsers, scenarios, then, when

from api.core import clock
from api.core.database import in_transaction
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.webhooks import service
from features.common.receivers import (
    URL,
    WEBHOOKS,
    create,
    deliver_once,
    get_path,
    read_body,
    remember,
    use_settings,
)
from tests.webhooks.receiver import respond
from tests.webhooks.recorded_events import record_creations

scenarios(".")


@given(parsers.parse('the operator allows webhooks to the network "{network}"'))
def allow_network(build_strict, people, network):
    use_settings(build_strict, people, webhook_private_networks=network)


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
    parsers.parse('Hedy has created a webhook of the Shop with details for the events "{events}"')
)
def have_created_by_hedy(people, webhook, shop, events):
    remember(webhook, create(people["Hedy"], events, url=shop.url, payload="full"))


@given(parsers.parse("{number:d} accounts were created within the last hour"))
def have_events(app, number):
    at = clock.now() - timedelta(minutes=30)
    with app.app_context():
        record_creations([new_id()] * number, at)


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


@when("Root rotates the secret of the webhook")
def rotate(people, responses, webhook):
    responses["Root"] = people["Root"].post(
        f"{get_path(webhook)}/rotate-secret", {}, expecting=None
    )


@when(parsers.parse('Root lets the webhook receive the events "{events}"'))
def change_events(people, responses, webhook, events):
    changes = {"events": events.split()}
    responses["Root"] = people["Root"].patch(get_path(webhook), changes, expecting=None)


@given("Root has changed the webhook so that it receives ids alone")
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


@when("Root lists the deliveries that wait")
def list_waiting(people, responses, webhook):
    path = f"{get_path(webhook)}/deliveries?state=pending"
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


@then(
    parsers.re(
        r'Root sees in the list that the webhook is "(?P<health>\w+)", and that '
        r"(?P<number>\d+) deliver(y waits|ies wait)"
    )
)
def sees_health(responses, webhook, health, number):
    [shown] = [each for each in responses["Root"].json["items"] if each["id"] == webhook["id"]]
    assert (shown["health"], shown["pending_deliveries"]) == (health, int(number))


@then("Root sees in the list that Hedy created the webhook")
def sees_creator(people, responses, webhook):
    [shown] = [each for each in responses["Root"].json["items"] if each["id"] == webhook["id"]]
    assert shown["created_by"] == people["Hedy"].id


@then("the Shop receives a test")
def receives_test(shop, deliver_waiting):
    deliver_waiting()
    [request] = shop.wait_for(1)
    assert read_body(request)["type"] == "webhook.test"


@then("the Shop recognises the signature of Rollbook")
def recognises_signature(shop, webhook):
    [request] = shop.requests
    assert request.headers["webhook-signature"] == sign(request, webhook["secret"])


@then("the Shop recognises the signatures of the new and of the former secret")
def recognises_both(shop, webhook):
    [request] = shop.requests
    signatures = [sign(request, webhook[name]) for name in ("new secret", "secret")]
    assert request.headers["webhook-signature"].split(" ") == signatures
    assert len(set(signatures)) == len(signatures)


@then("the Shop recognises the signature of the new secret, and there is no other")
def recognises_new(shop, webhook):
    [request] = shop.requests
    assert request.headers["webhook-signature"] == sign(request, webhook["new secret"])


def sign(request, secret):
    key = b64decode(secret.removeprefix("whsec_"))
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode()
    signature = b64encode(hmac.digest(key, signed + request.body, "sha256")).decode()
    return f"v1,{signature}"


@given("Root has rotated the secret of the webhook")
def have_rotated(people, webhook):
    made = people["Root"].post(f"{get_path(webhook)}/rotate-secret", {}, expecting=None)
    webhook["new secret"] = made.json["secret"]


@when("Root reads the webhook")
def read_webhook(people, responses, webhook):
    responses["Root"] = people["Root"].get(get_path(webhook), expecting=None)


@when("Root replays the events of the last week that were given up")
def replay_failed(people, responses, webhook, shop):
    webhook["requests"] = len(shop.requests)
    now = clock.now()
    week = {"from": now - timedelta(days=7), "to": now + timedelta(minutes=1)}
    body = {name: f"{at:%Y-%m-%dT%H:%M:%SZ}" for name, at in week.items()} | {"state": "failed"}
    responses["Root"] = people["Root"].post(f"{get_path(webhook)}/replay", body, expecting=None)


@then("the Shop receives only the event about Alan again")
def receives_again(people, shop, webhook, deliver_waiting):
    deliver_waiting()
    [request] = shop.requests[webhook["requests"] :]
    assert read_body(request)["data"]["subject_id"] == people["Alan"].id


@then(parsers.re(r"Root sees that the delivery (?P<state>waits|was given up)"))
def sees_state(responses, state):
    expected = {"waits": "pending", "was given up": "failed"}[state]
    assert responses["Root"].json["state"] == expected


@then(parsers.re(r"Root sees that the webhook is (?P<state>enabled|disabled)"))
def sees_webhook(responses, state):
    shown = responses["Root"].json
    expected = {"enabled": (True, None), "disabled": (False, "failing")}[state]
    assert (shown["enabled"], shown["disabled_reason"]) == expected


@then("Root sees that the webhook is disabled because its receiver is gone")
def sees_gone(people, webhook, shop, deliver_waiting):
    deliver_waiting()
    assert len(shop.requests) == 1
    shown = people["Root"].get(get_path(webhook)).json
    assert (shown["enabled"], shown["disabled_reason"]) == (False, "gone")


@then("Root finds in the audit log that the webhook was disabled")
def finds_event(people, webhook):
    [event] = people["Root"].get("/api/audit-events?action=webhook.disabled").json["items"]
    assert event["details"]["webhook"] == webhook["id"]


@then("the Shop sees neither who did it nor the e-mail address of Grace")
def sees_ids(people, shop):
    [request] = shop.requests
    assert people["Root"].id.encode() not in request.body
    assert people["Grace"].email.encode() not in request.body


@then("the Shop sees that Root did it")
def sees_actor(people, shop):
    [request] = shop.requests
    assert read_body(request)["data"]["actor_id"] == people["Root"].id


@given("the Shop has received the event about Ada")
def have_received(people, shop, webhook, deliver_waiting):
    shop.behaviours.append(respond(200, b"a stolen laptop"))
    deliver_once(deliver_waiting, shop)
    [delivery] = people["Root"].get(f"{get_path(webhook)}/deliveries").json["items"]
    webhook["delivery"] = delivery["id"]


@then("Root sees that the Shop has accepted the event")
def sees_success(responses):
    assert responses["Root"].json["state"] == "delivered"
    assert [attempt["status"] for attempt in responses["Root"].json["history"]] == [200]


@then(parsers.parse('Root sees nothing of "{text}"'))
def sees_nothing_of(responses, text):
    assert text not in responses["Root"].text


@then(parsers.parse('the Shop sees nothing of "{text}"'))
def shop_sees_nothing_of(shop, text):
    assert all(text.encode() not in request.body for request in shop.requests)


@then("Root sees the delivery of the event about Grace in the list")
def is_in_list(people, responses, webhook):
    [delivery] = responses["Root"].json["items"]
    assert (delivery["id"], delivery["subject_id"]) == (webhook["delivery"], people["Grace"].id)


@then(parsers.parse('Root sees that the Shop has responded with the error "{status}"'))
def sees_status(responses, status):
    [attempt] = responses["Root"].json["history"]
    assert str(attempt["status"]) == status
    assert status in responses["Root"].json["last_error"]
