"""Steps about mails that several capabilities use."""

import pytest
from pytest_bdd import parsers, then

from tests.mails import read_mails

TEMPLATES = {  # the words of the features, and the templates that they stand for
    "a new API key": "api_key_created",
    "an API key in a new network": "api_key_new_network",
    "a deletion": "deletion_scheduled",
    "a forgotten password": "reset_password",
    "a new device": "new_device",
    "a new password": "password_changed",
    "a registration with her e-mail address": "already_registered",
    "paused logins": "logins_paused",
    "a new e-mail address": "email_changed",
    "the wish for a new e-mail address": "email_change_notice",
    "the confirmation of a new e-mail address": "email_change_requested",
    "an erasure": "account_erased",
}


@pytest.fixture
def find_mails(app):
    """Return a function that finds the mails about something to a person, oldest first."""

    def find(person, about):
        mails = read_mails(app, TEMPLATES[about])
        return [mail for mail in mails if mail.to == person.email]

    return find


@then(parsers.parse("{name:w} gets one mail about {about}"))
def check_mail(people, find_mails, name, about):
    assert len(find_mails(people[name], about)) == 1


@then(parsers.parse("{name:w} gets no mail about {about}"))
def check_no_mail(people, find_mails, name, about):
    assert find_mails(people[name], about) == []
