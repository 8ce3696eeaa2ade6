"""What the checks of the database report, without a command."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from api.config import load
from api.core import clock
from api.core.database import db, transaction
from api.doctor.database import check_database, describe_failure
from api.passwords.imported import make_firebase_text
from api.users.models import User
from tests.settings import STRONG


@pytest.fixture
def check(database_url):
    """Return the reasons and remedies for these settings, on the database of the run."""

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
