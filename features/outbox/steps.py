from uuid import UUID

import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from api.core.database import in_transaction
from api.core.secrets import new_id
from api.outbox import channels, service
from api.outbox.delivery import deliver_next
from api.outbox.errors import PermanentDeliveryError, TransientDeliveryError

scenarios(".")

STATES = {"were given up": "dead", "wait": "pending", "were delivered": "delivered"}
SECRET = "the token of the link"


class MailServer:
    """What takes the place of the mail server: it accepts each mail, or rejects it."""

    def __init__(self):
        self.error = None
        self.delivered = []

    def receive(self, delivery):
        if self.error:
            raise self.error
        self.delivered.append(delivery)


@pytest.fixture
def mail_server(app, monkeypatch):
    server = MailServer()
    monkeypatch.setitem(app.extensions, channels.EXTENSION, {"mail": server.receive})
    return server


@pytest.fixture
def send(app, people, mail_server):
    """Return a function that stores a mail to Ada, lets a worker try once, and returns its id."""

    def send_mail(error=None):
        ada = people["Ada"]
        content = {"to": ada.email, "values": {"token": SECRET}}
        with app.app_context():
            message_id = in_transaction(
                lambda: service.add_message(
                    "mail", "reset_password", content, subject_id=UUID(ada.id)
                )
            )
            mail_server.error = error
            deliver_next()
            mail_server.error = None
        return message_id

    return send_mail


@given("a mail to Ada was rejected for good", target_fixture="message_id")
def reject_mail(send):
    return send(PermanentDeliveryError("no such mailbox"))


@given("the mail server was too busy for a mail to Ada", target_fixture="message_id")
def postpone_mail(send):
    return send(TransientDeliveryError("the server is busy"))


@given("a mail was delivered to Ada", target_fixture="message_id")
def deliver_mail(send):
    return send()


@when(parsers.parse("{name:w} lists the messages that {state}"))
def list_messages(people, responses, name, state):
    query = {"state": STATES[state]}
    responses[name] = people[name].get("/api/outbox", query_string=query, expecting=None)


@when(parsers.parse("{name:w} retries the mail"))
def retry_mail(people, responses, name, message_id):
    responses[name] = people[name].post(f"/api/outbox/{message_id}/retry", expecting=None)


@when(parsers.parse("{name:w} retries a mail that does not exist"))
def retry_unknown_mail(people, responses, name):
    retry_mail(people, responses, name, new_id())


@then(parsers.parse('{name:w} sees the mail to Ada with the reason "{reason}"'))
def sees_mail(people, responses, name, reason):
    [message] = responses[name].json["items"]
    assert message["subject_id"] == people["Ada"].id
    assert (message["kind"], message["name"]) == ("mail", "reset_password")
    assert message["last_error"] == reason


@then(parsers.parse("{name:w} sees when it is tried again"))
def sees_next_attempt(responses, name):
    [message] = responses[name].json["items"]
    assert message["next_attempt_at"] > message["created_at"]


@then(parsers.parse("{name:w} sees neither the e-mail address nor the content of the mail"))
def sees_no_content(people, responses, name):
    text = responses[name].text
    assert people["Ada"].email not in text
    assert SECRET not in text


@then("the mail is delivered to Ada")
def is_delivered(app, people, mail_server, message_id):
    with app.app_context():
        deliver_next()
    [delivery] = mail_server.delivered
    assert delivery.message_id == message_id
    assert delivery.content["to"] == people["Ada"].email


@then(parsers.parse("the audit log records that {name:w} retried the mail"))
def retry_is_recorded(people, name, message_id):
    query = {"action": "outbox.message_retried"}
    [event] = people[name].get("/api/audit-events", query_string=query).json["items"]
    assert event["actor_id"] == people[name].id
    assert event["subject_id"] == people["Ada"].id
    assert event["details"]["message"] == str(message_id)
