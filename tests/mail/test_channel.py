"""A mail from the request that stores it to the server that takes it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api.core import clock
from api.core.database import db, in_transaction
from api.core.request_context import RequestContext, clear_current_request, set_current_request
from api.mail import service
from api.mail.catalogue import Template
from api.mail.channel import MAX_AGE, deliver
from api.mail.links import LinkedPage, make_link
from api.outbox.channels import Delivery, current_channels
from api.outbox.errors import PermanentDeliveryError, TransientDeliveryError
from api.outbox.models import OutboxMessage
from api.outbox.service import read_content
from tests.mail.server import bad_server

IN_GERMAN = RequestContext(accept_language="de-AT, en;q=0.5")


@pytest.fixture
def with_server(build):
    """Return a function that opens the context of an app that sends to a port."""
    contexts = []

    def enter(port, **settings):
        url, sender = f"smtp://127.0.0.1:{port}", "Rollbook <no-reply@example.org>"
        contexts.append(build(mail_url=url, mail_from=sender, **settings).app_context())
        contexts[-1].push()

    yield enter
    for context in contexts:
        context.pop()


def store(to="ada@example.org", locale=None):
    """Store a mail in a request; a worker that delivers it has none."""
    set_current_request(IN_GERMAN)
    link = make_link(LinkedPage.RESET_PASSWORD, "4f2a")
    values = {"link": link, "minutes": 30}
    in_transaction(
        lambda: service.send(Template.RESET_PASSWORD, to=to, locale=locale, values=values)
    )
    clear_current_request()


def read_delivery(**changes):
    message = db.session.scalars(select(OutboxMessage)).one()
    return Delivery(
        **{
            "message_id": message.id,
            "name": message.name,
            "content": read_content(message),
            "created_at": message.created_at,
            "attempt": 1,
            **changes,
        }
    )


def test_a_mail_is_sent_in_the_language_of_the_request(inbox, with_server):
    received, port = inbox
    with_server(port)
    store()

    deliver(delivery := read_delivery())

    (message,) = received.messages
    assert received.recipients == ["ada@example.org"]
    assert message["Content-Language"] == "de"
    assert message["Message-ID"] == f"<{delivery.message_id}@example.org>"


def test_the_language_of_the_account_comes_first(inbox, with_server):
    received, port = inbox
    with_server(port)
    store(locale="fr-CH")

    deliver(read_delivery())

    assert received.messages[0]["Content-Language"] == "fr"


def test_all_attempts_have_one_message_id_and_date(inbox, with_server):
    received, port = inbox
    with_server(port)
    store()

    deliver(read_delivery())
    deliver(read_delivery(attempt=2))

    first, second = received.messages
    assert (first["Message-ID"], first["Date"]) == (second["Message-ID"], second["Date"])


def test_V02_links_begin_with_the_configured_url(inbox, with_server):
    received, port = inbox
    with_server(port, frontend_url="https://example.com/account")
    store()

    deliver(read_delivery())

    text = received.messages[0].get_body(("plain",)).get_content()
    assert "https://example.com/account/reset-password?token=4f2a" in text.split()


def test_a_stored_text_that_is_no_address_is_a_permanent_error(inbox, with_server):
    received, port = inbox
    with_server(port)
    store(to="a@b.org\r\nBcc: eve@evil.test")

    with pytest.raises(PermanentDeliveryError, match="not an e-mail address"):
        deliver(read_delivery())
    assert received.messages == []


def test_a_mail_that_waited_too_long_is_not_sent(inbox, with_server):
    received, port = inbox
    with_server(port)
    store()

    with pytest.raises(PermanentDeliveryError, match="3 days"):
        deliver(read_delivery(created_at=clock.now() - MAX_AGE - timedelta(seconds=1)))
    assert received.messages == []


def test_F15_the_time_limit_is_a_setting(with_server):
    with bad_server(lambda _connection, done: done.wait()) as port:
        with_server(port, mail_timeout_seconds=1)
        store()

        with pytest.raises(TransientDeliveryError, match="took too long"):
            deliver(read_delivery())


@pytest.mark.usefixtures("context")
class TestWithoutAMailServer:
    def test_mails_are_stored_for_the_mailbox_of_the_developer(self):
        store()

        assert read_delivery().content["to"] == "ada@example.org"
        assert service.KIND not in current_channels()

    def test_in_production_nothing_is_stored(self, build):
        production = build(
            testing=False,
            environment="production",
            encryption_key="Zw4v0pZqk1R8m2T7b5N9x3C6y8L0a2D4",
            public_base_url="https://users.example.org",
        )
        with production.app_context():
            store()

        assert db.session.scalars(select(OutboxMessage)).all() == []
