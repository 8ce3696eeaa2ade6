"""How many mails anybody can have sent to an e-mail address."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from api.core import clock
from api.core.database import db
from api.mail import limits
from api.mail.catalogue import Template
from api.mail.models import MailCount

ADA = "ada@example.org"


@pytest.fixture
def at(monkeypatch, build):
    """Count a mail some seconds after the first one; return whether it may be sent."""
    limited = build(LIMITS_ENABLED=True)
    start = clock.now()

    def count(seconds, email=ADA, template=Template.RESET_PASSWORD):
        monkeypatch.setattr(clock, "now", lambda: start + timedelta(seconds=seconds))
        with limited.app_context():
            permitted = limits.count_mail(template, email)
            db.session.commit()
        return permitted

    return count


def test_N04_an_address_gets_one_mail_in_a_minute(at):
    assert [at(0), at(59.9), at(60)] == [True, False, True]


def test_N04_an_address_gets_five_mails_in_an_hour(at):
    assert [at(minute * 60) for minute in range(1, 8)] == [True] * 5 + [False] * 2
    assert not at(3659)
    assert [at(3660), at(3661), at(3720)] == [True, False, True]


def test_requests_beyond_the_limit_do_not_prolong_the_wait(at):
    at(0)
    assert [at(second) for second in (20, 40, 59)] == [False] * 3
    assert at(60)


def test_R03_spellings_of_an_address_share_the_count(at):
    assert at(0)
    assert not any(at(1, spelling) for spelling in ("ADA@example.org", "ada@EXAMPLE.org"))


def test_another_address_and_another_kind_of_mail_have_their_own_count(at):
    assert at(0)
    assert at(1, "grace@example.org")
    assert at(1, template=Template.VERIFY_EMAIL)


def test_old_counts_are_purged(at, context):
    at(0)
    at(10, "grace@example.org")
    at(3671)

    limits.purge()

    assert db.session.scalar(select(func.count()).select_from(MailCount)) == 1


def test_nothing_is_counted_where_limits_are_off(context):
    assert limits.count_mail(Template.RESET_PASSWORD, ADA)
    assert limits.count_mail(Template.RESET_PASSWORD, ADA)
