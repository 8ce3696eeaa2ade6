import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from features.personas import can_log_in, register
from tests.mails import read_mails
from tests.support import anonymous

scenarios(".")

NEW_PASSWORD = "an engine that weaves algebra"


def ask(person, email):
    return person.post("/api/me/email", {"email": email}, expecting=None)


@pytest.fixture
def send_link(app, people):
    """Return a function that sends the token in the newest mail of one template."""

    def send(path, template):
        body = {"token": read_mails(app, template)[-1].token}
        return anonymous(people["Ada"].client).post(path, body, expecting=None)

    return send


@pytest.fixture
def confirm(send_link):
    return lambda: send_link("/api/email/change/confirm", "email_change_requested")


@pytest.fixture
def cancel(app, send_link):
    """Return a function that cancels with the newest mail that Ada has got."""

    def send():
        template = "email_changed" if read_mails(app, "email_changed") else "email_change_notice"
        return send_link("/api/email/change/cancel", template)

    return send


@given(parsers.parse('Ada has asked for the e-mail address "{email}"'))
@given(parsers.parse('Mallory has asked in Ada\'s session for the e-mail address "{email}"'))
def have_asked(people, email):
    assert ask(people["Ada"], email).status_code == 202


@given(parsers.parse('Ada has changed her e-mail address to "{email}"'))
@given(parsers.parse('Mallory has changed Ada\'s e-mail address to "{email}"'))
def have_changed(people, confirm, email):
    assert ask(people["Ada"], email).status_code == 202
    assert confirm().status_code == 204


@given("Mallory has confirmed the new e-mail address")
def have_confirmed(app, confirm):
    assert confirm().status_code == 204
    assert read_mails(app, "email_changed")[-1].to == "ada@example.org"


@given("Ada has cancelled the change")
def have_cancelled(cancel):
    assert cancel().status_code == 204


@given("Ada has replaced the forgotten password")
def have_reset(app, people):
    anyone = anonymous(people["Ada"].client)
    anyone.post("/api/password/forgot", {"email": people["Ada"].email}, expecting=202)
    body = {"token": read_mails(app, "reset_password")[-1].token, "new_password": NEW_PASSWORD}
    anyone.post("/api/password/reset", body, expecting=204)


@given(parsers.parse('Grace has registered with the e-mail address "{email}"'))
def have_registered(preconditions, email):
    assert register(preconditions.make_newcomer("Grace"), email=email).status_code == 201


@when(parsers.parse('Ada asks for the e-mail address "{email}"'))
def send_request(people, responses, email):
    responses["Ada"] = ask(people["Ada"], email)


@when("Ada asks for her own e-mail address")
def send_own_address(people, responses):
    responses["Ada"] = ask(people["Ada"], people["Ada"].email)


@when(parsers.re(r"(?P<name>\w+) (?P<act>confirms the new e-mail address|cancels the change)"))
def use_link(responses, confirm, cancel, name, act):
    responses[name] = cancel() if act == "cancels the change" else confirm()


@then(parsers.parse('"{email}" gets a link'))
def check_link(app, email):
    [mail] = read_mails(app, "email_change_requested")
    assert (mail.to, len(mail.token) > 40) == (email, True)


@then(parsers.parse('"{email}" gets a mail about the former e-mail address'))
def check_notice(app, email):
    [mail] = read_mails(app, "email_restored")
    assert (mail.to, mail.values) == (email, {})


@then(parsers.parse('"{email}" gets no mail about the former e-mail address'))
def check_no_notice(app, email):
    assert email not in [mail.to for mail in read_mails(app, "email_restored")]


@then("Mallory cannot confirm the e-mail address")
def check_void(people, confirm):
    assert confirm().status_code == 400
    assert not can_log_in(people["Ada"], email="mallory@example.org")


@given("Mallory has deleted Ada's account")
def delete_account(people):
    ada = people["Ada"]
    body = {"email": "mallory@example.org", "password": ada.password}
    tokens = anonymous(ada.client).post("/api/login", body, expecting=200).json
    ada.token = tokens["access_token"]
    ada.delete("/api/me", expecting=204)


@then(parsers.parse('{name} gets a mail with which she chooses a new password for "{email}"'))
def choose_password(app, people, name, email):
    person = people[name]
    mail = read_mails(app, "reset_password")[-1]
    assert mail.to == email
    body = {"token": mail.token, "new_password": NEW_PASSWORD}
    anonymous(person.client).post("/api/password/reset", body, expecting=204)
    login = {"email": email, "password": NEW_PASSWORD}
    anonymous(person.client).post("/api/login", login, expecting=200)
