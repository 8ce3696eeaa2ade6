"""What the checks of the database report, without a command."""

import sqlite3
from datetime import timedelta

import pytest
from psycopg import errors
from sqlalchemy import update

from api.config import load
from api.core import clock
from api.core.database import db, in_transaction, transaction
from api.doctor.database import check_database
from api.doctor.remedies import GRANTS_REMEDY, describe_failure
from api.outbox import service as outbox
from api.passwords.imported import make_firebase_text
from api.users.models import User
from tests.settings import STRONG
from tests.webhooks.receiver import receive


@pytest.fixture
def check(app, database_url):
    """Return the reasons and remedies for these settings, on the emptied database of the run."""

    def check_settings(**settings):
        base = {"environment": "development", "encryption_key": STRONG, "workers": 1}
        given = {**base, "database_url": database_url, **settings}
        return [str(each) for each in check_database(load(given)) if not each.is_hint]

    return check_settings


@pytest.fixture
def firebase_account(user):
    """An account with a hash of Firebase."""
    found = user("Ada")
    with transaction():
        db.session.execute(
            update(User)
            .where(User.id == found.id)
            .values(
                external_source="firebase",
                external_id="f1",
                password_hash=make_firebase_text("ZGlnZXN0", "c2FsdA=="),
            )
        )


def test_a_migrated_database_has_no_problem(check):
    assert check() == []


def test_a_clock_that_differs_from_that_of_the_database_is_a_problem(
    check, monkeypatch, pytestconfig
):
    if pytestconfig.getoption("database") != "postgresql":
        pytest.skip("SQLite has the clock of the service")
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)

    [problem] = check()

    assert problem.startswith("clock: it differs from that of the database by 3")
    assert problem.endswith("use NTP")


def test_more_connections_than_the_server_allows_are_a_problem(check, pytestconfig):
    if pytestconfig.getoption("database") != "postgresql":
        pytest.skip("SQLite has no connections")

    assert check(database_pool_size=1000)[0].startswith("DATABASE_POOL_SIZE: up to 2000")


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        ('FATAL: password authentication failed for user "x"', "check user and password"),
        ('FATAL: no pg_hba.conf entry for host "::1", no encryption', "pg_hba.conf"),
        ("server does not support SSL, but SSL was required", "remove sslmode"),
        ("FATAL: unsupported startup parameter: options", "DATABASE_TRANSACTION_POOLING=true"),
        ("FATAL: sorry, too many clients; too many connections", "raise max_connections"),
        ("FATAL: the database system is starting up", "wait until it is ready"),
        ("session is read-only", "check target_session_attrs"),
        ("anything else", "check host and port"),
    ],
)
def test_each_failure_has_a_way_out(message, remedy):
    assert remedy in describe_failure(Exception(message)).remedy


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (errors.InsufficientPrivilege("permission denied for table users"), GRANTS_REMEDY),
        (errors.InsufficientPrivilege("must be owner of table users"), "owns the tables"),
        (errors.LockNotAvailable("canceling statement due to lock timeout"), "try again"),
        (errors.DiskFull("could not extend file"), "the log of the database server"),
        (errors.OperationalError("wait timeout expired"), "overloaded"),
        (sqlite3.OperationalError("no such table: users"), "restore the database"),
        (sqlite3.OperationalError("disk I/O error"), "check the file"),
    ],
    ids=str,
)
def test_a_server_that_answered_is_not_looked_for(error, remedy):
    problem = describe_failure(error)

    assert remedy in problem.remedy
    assert "check host and port" not in problem.remedy


def test_an_extension_that_is_not_installed_is_named():
    error = errors.FeatureNotSupported('extension "pg_trgm" is not available')

    assert str(describe_failure(error)) == (
        "DATABASE_URL: the extension pg_trgm is not installed on the server; "
        "install the contrib modules of PostgreSQL there, with which it comes"
    )


@pytest.mark.parametrize("url", ["sqlite:///:memory:", "sqlite://"])
def test_a_database_in_memory_is_a_problem(check, url):
    [problem] = check(database_url=url)

    assert problem.startswith("DATABASE_URL: the database is in memory")


def test_the_reason_is_one_line_without_the_questions_of_libpq():
    problem = describe_failure(Exception("refused\n\tIs the server running on that host?"))

    assert problem.reason == "refused"


def test_the_reason_has_each_host():
    message = "All failures were:\n- host: 'h1': refused\n- host: 'h2': no answer"

    assert describe_failure(Exception(message)).reason.endswith("- host: 'h2': no answer")


def test_hashes_of_firebase_without_their_key_are_a_problem(check, context, firebase_account):
    [problem] = check()

    assert problem.startswith("FIREBASE_SCRYPT: accounts from Firebase have hashes")
    key = "base64_signer_key: " + "A" * 86 + "==, base64_salt_separator: Bw==, rounds: 8"
    assert check(firebase_scrypt=f"{key}, mem_cost: 14") == []


def test_mails_that_no_worker_delivers_are_a_problem(check, context, monkeypatch):
    mail = {"mail_url": "smtp://127.0.0.1:1", "mail_from": "no-reply@example.org"}
    in_transaction(lambda: outbox.add_message("mail", "welcome", {}))
    assert check(**mail) == []
    later = clock.now() + timedelta(minutes=6)
    monkeypatch.setattr(clock, "now", lambda: later)

    [problem] = [each for each in check(**mail) if each.startswith("worker")]

    assert problem.startswith("worker: 1 mails have been due for more than 5 minutes; start")
    assert not [each for each in check() if each.startswith("worker")]  # nothing can be sent


def test_webhooks_that_no_worker_delivers_are_a_problem(check, subscribe, happen, monkeypatch):
    with receive() as receiver:
        subscribe(receiver)
    happen()
    assert not [each for each in check() if each.startswith("worker")]
    later = clock.now() + timedelta(minutes=6)
    monkeypatch.setattr(clock, "now", lambda: later)

    [problem] = [each for each in check() if each.startswith("worker")]

    expected = "worker: 1 deliveries of webhooks have been due for more than 5 minutes; start"
    assert problem.startswith(expected)
