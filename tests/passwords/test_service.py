"""Checking new passwords, and verifying passwords with a limit of attempts."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client import REGISTRY

from api.core.errors import InvalidRequest, Overloaded
from api.passwords import attempts, hashing, service
from api.passwords.errors import TooManyAttempts

PASSWORD = "the quick brown fox"

pytestmark = pytest.mark.usefixtures("context", "settings")


@pytest.fixture
def stored(context):
    return hashing.hash_password(PASSWORD)


def count_verifications():
    return REGISTRY.get_sample_value("rollbook_password_hashes_total", {"purpose": "verify"}) or 0


def test_P_05_an_error_points_to_the_password_in_the_request():
    with pytest.raises(InvalidRequest) as api_error:
        service.check_policy("iloveyouforever", context=("ada",), pointer="/new_password")

    (validation_error,) = api_error.value.members["errors"]
    assert (validation_error.pointer, validation_error.rule) == (
        "/new_password",
        "password_blocklisted",
    )


def test_a_good_password_is_accepted():
    service.check_policy(PASSWORD, context=("ada", "ada@example.org"))


def test_the_settings_determine_the_minimum_length_and_the_use_of_the_list(settings):
    settings.password_min_length = 8
    settings.password_blocklist = False
    service.check_policy("password", context=("ada",))

    settings.password_min_length = 64
    with pytest.raises(InvalidRequest):
        service.check_policy(PASSWORD, context=("ada",))


def test_the_right_password_matches_and_clears_the_counters(stored):
    for _ in range(7):
        assert not service.match(stored, "wrong", attempt=attempts.make_login_attempt("ada", None))
        assert service.match(stored, PASSWORD, attempt=attempts.make_login_attempt("ada", None))


def test_L_03_the_right_password_is_rejected_beyond_the_quota(stored):
    for _ in range(5):
        assert not service.match(stored, "wrong", attempt=attempts.make_login_attempt("ada", None))

    with pytest.raises(TooManyAttempts):
        service.match(stored, PASSWORD, attempt=attempts.make_login_attempt("ada", None))


def test_L_01_without_an_account_no_password_matches_or_clears_the_counters():
    for _ in range(5):
        assert not service.match(None, PASSWORD, attempt=attempts.make_login_attempt("ada", None))

    with pytest.raises(TooManyAttempts):
        service.match(None, PASSWORD, attempt=attempts.make_login_attempt("ada", None))


def test_an_attempt_that_was_not_verified_does_not_count(stored, monkeypatch):
    def raise_overloaded(*_):
        raise Overloaded

    with monkeypatch.context() as patch:
        patch.setattr(hashing, "verify", raise_overloaded)
        for _ in range(20):
            with pytest.raises(Overloaded):
                service.match(stored, PASSWORD, attempt=attempts.make_login_attempt("ada", None))

    assert service.match(stored, PASSWORD, attempt=attempts.make_login_attempt("ada", None))


def test_L_07_five_of_a_hundred_parallel_guesses_are_verified(app, stored):
    def guess(number):
        with app.app_context():
            try:
                return service.match(
                    stored, f"guess {number}", attempt=attempts.make_login_attempt("ada", None)
                )
            except TooManyAttempts:
                return None

    before = count_verifications()
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(guess, range(100)))

    assert count_verifications() - before == 5
    assert (answers.count(False), answers.count(None)) == (5, 95)
