from datetime import timedelta

from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import select, update

from api.core import clock
from api.core.database import db, transaction
from api.users.models import User
from features.people import log_in, own_account, with_token
from tests.other_systems import MAKERS

scenarios(".")

NAMES = {
    "her username": lambda her: {"username": her.username},
    "her address": lambda her: {"email": her.email},
    "her username and her address": lambda her: {"username": her.username, "email": her.email},
    "her username in capitals": lambda her: {"username": her.username.upper()},
    "her address in capitals": lambda her: {"email": her.email.upper()},
}
WRONG = "the password of somebody else"


@given("somebody has guessed Ada's password once more")
@given(parsers.parse("somebody has guessed Ada's password {times:d} times"))
def guesses(people, times=1):
    for _ in range(times):
        log_in(people["Ada"], WRONG)


@given("Ada has logged in")
def has_logged_in(people):
    assert with_token(people["Ada"], log_in(people["Ada"]))


@given("five minutes have passed")
def five_minutes_have_passed(monkeypatch):
    later = clock.now() + timedelta(minutes=5)
    monkeypatch.setattr(clock, "now", lambda: later)


def bring(app, person, password_hash):
    with app.app_context(), transaction():
        hers = update(User).filter_by(username=person.username)
        db.session.execute(hers.values(password_hash=password_hash))


@given(parsers.parse("Ada has brought her password from a system that used {function}"))
def has_brought_her_password(app, people, function):
    bring(app, people["Ada"], MAKERS[function](people["Ada"].password))


@given("Ada has brought a password that takes a minute to check")
def has_brought_a_costly_password(app, people):
    made = MAKERS["bcrypt 2y"](people["Ada"].password)
    bring(app, people["Ada"], made.replace("$04$", "$20$"))


@when(parsers.parse("Ada logs in with {names}"), target_fixture="answer")
def logs_in_with(people, names):
    return log_in(people["Ada"], **NAMES[names](people["Ada"]))


@when("Ada gives her own username and Grace's address", target_fixture="answer")
def gives_names_of_two(people):
    ada, grace = people["Ada"], people["Grace"]
    return log_in(ada, username=ada.username, email=grace.email)


@when("Ada gives a wrong password", target_fixture="answer")
def gives_wrong_password(people):
    return log_in(people["Ada"], WRONG)


@when("Ada gives a wrong password, and Grace tries it as well", target_fixture="answers")
def grace_tries_it_as_well(people):
    return [log_in(people["Ada"], WRONG), log_in(people["Grace"], WRONG)]


@when("Ada gives a wrong password, and Alan gives his own", target_fixture="answers")
def alan_gives_his_own(people):
    return [log_in(people["Ada"], WRONG), log_in(people["Alan"])]


@then(parsers.parse("she is recognised as {name:w}"))
def is_recognised(people, answer, name):
    assert own_account(with_token(people[name], answer))["username"] == people[name].username


@then("her password is kept as all others are")
def is_kept_as_all_others(app, people):
    with app.app_context():
        kept = select(User.password_hash).order_by(User.username)
        hers, another = db.session.scalars(kept)
    assert hers.rpartition("$v=19$")[0] == another.rpartition("$v=19$")[0] == "$argon2id"


@then("both are told the same")
def told_the_same(answers):
    first, second = ({**answer.json, "request_id": None} for answer in answers)
    assert first == second
    assert answers[0].status_code == answers[1].status_code
