"""Steps about logins, passwords and time that several capabilities use."""

from datetime import timedelta

from pytest_bdd import given, parsers, then, when

from features.errors import get_error_codes
from features.personas import (
    FIELDS,
    INVALID_CREDENTIALS,
    WRONG_PASSWORD,
    can_log_in,
    has_session,
    log_in,
    use_tokens,
)


@given(parsers.parse("{name:w} has logged in"))
def open_session(people, name):
    people[name] = use_tokens(people[name], log_in(people[name]))


@given(parsers.parse("{name:w} has logged in on another device"), target_fixture="other_device")
def log_in_elsewhere(people, name):
    return use_tokens(people[name], log_in(people[name]))


@then("the session on the other device has ended")
def check_other_session_has_ended(other_device):
    assert not has_session(other_device)


@then("the session on the other device continues")
def check_other_session(other_device):
    assert has_session(other_device)


@given(
    parsers.re(
        r"Mallory has tried (?P<count>\d+) wrong passwords? for (?P<name>\w+)'s account "
        "from one network"
    ),
    converters={"count": int},
)
def try_wrong_passwords(people, count, name):
    for _ in range(count):
        assert get_error_codes(log_in(people[name], WRONG_PASSWORD)) == INVALID_CREDENTIALS


@given(parsers.re(r"(?P<number>\d+) (?P<unit>second|minute|hour|day)s? (?:has|have) passed"))
def wait(advance_clock, number, unit):
    advance_clock(timedelta(**{f"{unit}s": int(number)}))


@given(parsers.parse("{name:w} entered the password {minutes:d} minutes ago"))
def wait_after_login(people, advance_clock, name, minutes):
    people[name] = use_tokens(people[name], log_in(people[name]))
    advance_clock(timedelta(minutes=minutes))


@given(parsers.parse("{name:w} has confirmed the password"))
def confirm_password(people, name):
    body = {"password": people[name].password}
    people[name].post("/api/me/reauthenticate", body, expecting=204)


@when(parsers.parse("{name:w} confirms the password"))
def send_password(people, responses, name):
    body = {"password": people[name].password}
    responses[name] = people[name].post("/api/me/reauthenticate", body, expecting=None)


@when(parsers.parse("{name:w} logs in"))
@when(parsers.parse("{name:w} logs in from the same network"))
def send_login(people, responses, name):
    responses[name] = log_in(people[name])


@then(parsers.parse("{name:w} can log in"))
def check_login(people, name):
    assert can_log_in(people[name])


@then(parsers.parse('{name:w} can log in with the password "{password}"'))
def check_login_with_password(people, name, password):
    assert can_log_in(people[name], password)


@then(
    parsers.re(r'(?P<name>\w+) can log in with the (?P<kind>username|e-mail address) "(?P<it>.+)"')
)
def check_login_with_identifier(preconditions, people, name, kind, it):
    assert can_log_in(people[name], **{FIELDS[kind]: preconditions.make_unique(it)})


@then(
    parsers.re(
        r'(?P<name>\w+) cannot log in with the (?P<kind>username|e-mail address) "(?P<it>.+)"'
    )
)
def check_no_login_with_identifier(preconditions, people, name, kind, it):
    assert not can_log_in(people[name], **{FIELDS[kind]: preconditions.make_unique(it)})


@then(parsers.parse("{name:w} can log in with the e-mail address"))
def check_login_with_email_address(people, name):
    assert can_log_in(people[name], email=people[name].email)


@then(parsers.parse('{name:w} cannot log in with the password "{password}"'))
def check_no_login_with_password(people, name, password):
    assert not can_log_in(people[name], password)


@then(parsers.re("(?P<name>[A-Z]\\w+) cannot log in(?: with (?:her|his) old password)?"))
def check_no_login(people, name):
    """Try the username and the e-mail address: the account must exist under neither of them."""
    person = people[name]
    assert not can_log_in(person)
    assert not can_log_in(person, email=person.email)
