"""Notices about an account: each one to a verified address, few to one that nobody has verified."""

import pytest

from api.core import clock
from tests.support import LocalService

PASSWORD = "correct horse battery"
VERIFIED = pytest.mark.parametrize("is_verified", [True, False])


@pytest.fixture
def limited(build):
    many = "1000 per minute"
    app = build(EMAIL_VERIFICATION="optional", LIMITS_ENABLED=True, LIMIT_LOGIN_PER_ADDRESS=many)
    return LocalService(app)


@pytest.fixture
def save(limited):
    def make(username="Grace", *, is_verified):
        verified_at = clock.now() if is_verified else None
        return limited.save(username, email="grace@example.org", email_verified_at=verified_at)

    return make


@pytest.fixture
def count(mails):
    """Return a function that counts the mails of a kind."""

    def count_kind(name):
        return [kind for kind, to, _ in mails() if to].count(name)  # without decoys

    return count_kind


def log_in(service, password=PASSWORD, *, username="Grace", address="192.0.2.7"):
    body = {"username": username, "password": password}
    options = {"environ_overrides": {"REMOTE_ADDR": address}}
    return service.client.post("/api/login", json=body, **options)


@VERIFIED
def test_N04_logins_from_new_devices(limited, save, count, is_verified):
    save(is_verified=is_verified)

    for number in range(4):
        assert log_in(limited, address=f"192.0.{number}.7").status_code == 200

    assert count("new_device") == (3 if is_verified else 1)


@VERIFIED
def test_N04_changed_passwords(limited, save, count, is_verified):
    grace = limited.logged_in(save(is_verified=is_verified))

    for old, new in ((PASSWORD, f"{PASSWORD} 1"), (f"{PASSWORD} 1", f"{PASSWORD} 2")):
        body = {"current_password": old, "new_password": new}
        grace.token = grace.post("/api/me/password", body, expecting=200).json["access_token"]

    assert count("password_changed") == (2 if is_verified else 1)


@VERIFIED
def test_N04_deleted_accounts(limited, save, count, is_verified):
    for _ in range(2):
        grace = limited.logged_in(save(is_verified=is_verified))
        grace.ask("DELETE", "/api/me", expecting=204)

    assert count("deletion_scheduled") == (2 if is_verified else 1)


@VERIFIED
def test_N04_paused_logins(limited, save, count, is_verified):
    """Each account has its own series of attempts, also if it has the address of a deleted one."""
    for username in ("Grace", "Hopper"):
        grace = save(username, is_verified=is_verified)
        for _ in range(6):
            log_in(limited, f"not {PASSWORD}", username=username)
        limited.logged_in(grace).ask("DELETE", "/api/me", expecting=204)

    assert count("logins_paused") == (2 if is_verified else 1)
