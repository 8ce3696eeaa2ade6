import pytest
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import select

from api.core.database import db
from api.core.runtime import current_settings
from api.mail.channel import render_stored
from api.outbox.models import OutboxMessage
from api.outbox.service import read_content
from tests.support import anonymous

scenarios(".")

LOCALES = {
    "Austrian German": "de-AT",
    "Brazilian Portuguese": "pt-BR",
    "British English": "en-GB",
    "Chinese": "zh",
    "French": "fr",
    "Icelandic": "is",
    "Mexican Spanish": "es-MX",
}


@pytest.fixture
def render_mails(app):
    """Return a function that renders the mails to a person."""

    def render(person):
        with app.app_context():
            messages = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
            stored = [(message.name, read_content(message)) for message in messages]
            settings = current_settings()
            return [
                render_stored(name, content, settings)
                for name, content in stored
                if content["to"] == person.email
            ]

    return render


def ask_for_password(person, locale=None):
    headers = {"Accept-Language": locale} if locale else None
    caller = anonymous(person.client)
    return caller.post(
        "/api/password/forgot", {"email": person.email}, headers=headers, expecting=None
    )


@given(parsers.re(r"the language of Ada's account is (?P<language>.+)"))
def set_language(preconditions, people, language):
    preconditions.update_user(people["Ada"], {"locale": LOCALES[language]})


@given("Ada has asked for a new password")
def have_asked_for_password(people):
    assert ask_for_password(people["Ada"]).status_code == 202


@when(parsers.re(r"Ada asks for a new password with an app in (?P<language>.+)"))
def ask_in_language(people, responses, language):
    responses["Ada"] = ask_for_password(people["Ada"], LOCALES[language])


@when("the operator opens the mailbox", target_fixture="page")
def open_mailbox(client):
    return anonymous(client).get("/dev/mailbox")


@then(parsers.parse('Ada gets a mail with the subject "{subject}"'))
def check_subject(people, render_mails, subject):
    assert [mail.subject for mail in render_mails(people["Ada"])] == [subject]


@then("the mailbox shows the mail to Ada with a link")
def check_mailbox(page, people, render_mails):
    (mail,) = render_mails(people["Ada"])
    (link,) = (word for word in mail.text.split() if word.startswith("http://"))
    assert f"to {people['Ada'].email}" in page.text
    assert mail.subject in page.text
    assert f'<a href="{link}"' in page.text
