"""Checking new passwords and verifying given ones."""

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


def evaluated():
    return REGISTRY.get_sample_value("rollbook_password_hashes_total", {"purpose": "verify"}) or 0


def test_P_05_a_password_that_breaks_a_rule_is_refused_where_it_was_sent():
    with pytest.raises(InvalidRequest) as api_error:
        service.check_policy("iloveyouforever", context=("ada",), pointer="/new_password")

    (validation_error,) = api_error.value.members["errors"]
    assert (validation_error.pointer, validation_error.rule) == (
        "/new_password",
        "password_blocklisted",
    )


def test_a_good_password_may_be_chosen():
    service.check_policy(PASSWORD, context=("ada", "ada@example.org"))


def test_the_settings_decide_on_length_and_list(settings):
    settings.password_min_length = 8
    settings.password_blocklist = False
    service.check_policy("password", context=("ada",))

    settings.password_min_length = 64
    with pytest.raises(InvalidRequest):
        service.check_policy(PASSWORD, context=("ada",))


def test_the_right_password_matches_and_clears_the_count(stored):
    for _ in range(7):
        assert not service.match(stored, "wrong", attempt=attempts.attempt_login("ada", None))
        assert service.match(stored, PASSWORD, attempt=attempts.attempt_login("ada", None))


def test_L_03_the_right_password_is_refused_like_any_other_while_throttled(stored):
    for _ in range(5):
        assert not service.match(stored, "wrong", attempt=attempts.attempt_login("ada", None))

    with pytest.raises(TooManyAttempts):
        service.match(stored, PASSWORD, attempt=attempts.attempt_login("ada", None))


def test_L_01_without_an_account_no_password_matches_nor_clears_the_count():
    for _ in range(5):
        assert not service.match(None, PASSWORD, attempt=attempts.attempt_login("ada", None))

    with pytest.raises(TooManyAttempts):
        service.match(None, PASSWORD, attempt=attempts.attempt_login("ada", None))


def test_an_attempt_that_was_not_verified_does_not_count(stored, monkeypatch):
    def too_busy(*_):
        raise Overloaded

    with monkeypatch.context() as patch:
        patch.setattr(hashing, "verify", too_busy)
        for _ in range(20):
            with pytest.raises(Overloaded):
                service.match(stored, PASSWORD, attempt=attempts.attempt_login("ada", None))

    assert service.match(stored, PASSWORD, attempt=attempts.attempt_login("ada", None))


def test_L_07_of_a_hundred_guesses_at_once_five_are_looked_at(app, stored):
    def guess(number):
        with app.app_context():
            try:
                return service.match(
                    stored, f"guess {number}", attempt=attempts.attempt_login("ada", None)
                )
            except TooManyAttempts:
                return None

    before = evaluated()
    with ThreadPoolExecutor(20) as guessers:
        answers = list(guessers.map(guess, range(100)))

    assert evaluated() - before == 5
    assert (answers.count(False), answers.count(None)) == (5, 95)
