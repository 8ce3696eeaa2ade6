"""What an import has to know of a hash: peppers, and why a password does not match."""

import hashlib
import hmac
from base64 import b64encode

import bcrypt
import pytest
from structlog.testing import capture_logs

from api.core import outages
from api.passwords import imported
from api.passwords.hashing import current_hashing

PASSWORD = "the quick brown fox"
PEPPERS = "flask=hmac-sha512:key, devise=suffix:pepper, same=suffix:pepper"
KEY = b"key"
SALT = b"$2b$04$......................"


def make_bcrypt(prepared):
    return bcrypt.hashpw(prepared[:72], SALT).decode()


def sha512(password):
    return b64encode(hmac.digest(KEY, password.encode(), "sha512"))


HASH = make_bcrypt(PASSWORD.encode())
FLASK_HASH = make_bcrypt(sha512(PASSWORD))


@pytest.fixture
def keyed(build):
    with build(PASSWORD_PEPPERS=PEPPERS).app_context():
        yield


@pytest.fixture
def build_keyed(build):
    """Return the hashing of an application with one pepper."""

    def build_hashing(pepper):
        with build(PASSWORD_PEPPERS=pepper).app_context():
            return current_hashing()

    return build_hashing


@pytest.mark.parametrize("function", ["sha1", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("encoding", ["", "-hex"])
def test_B_08_a_password_is_prepared_with_an_hmac(build_keyed, function, encoding):
    hashing = build_keyed(f"mine=hmac-{function}{encoding}:key")
    digest = hmac.digest(KEY, PASSWORD.encode(), function)
    prepared = digest.hex().encode() if encoding else b64encode(digest)
    stored = imported.add_pepper(make_bcrypt(prepared), "mine")

    assert hashing.verify(stored, PASSWORD)
    assert not hashing.verify(stored, PASSWORD + "!")
    assert not hashing.verify(imported.add_pepper(HASH, "mine"), PASSWORD)


def test_B_08_a_pepper_applies_to_other_functions_than_bcrypt(keyed):
    """Flask-Security shortens the base64 text to 72 characters only for bcrypt."""
    digest = hashlib.pbkdf2_hmac("sha512", sha512(PASSWORD), b"salt", 1000)
    text = f"$pbkdf2-sha512$1000$c2FsdA${b64encode(digest).decode()}"

    assert current_hashing().verify(imported.add_pepper(text, "flask"), PASSWORD)


def test_B_08_a_key_may_have_bytes_that_are_no_text(build_keyed):
    hashing = build_keyed("mine=suffix:base64:AP8s")

    stored = imported.add_pepper(make_bcrypt(PASSWORD.encode() + b"\0\xff,"), "mine")

    assert hashing.verify(stored, PASSWORD)


def test_B_08_a_stored_hash_does_not_contain_the_key():
    assert imported.add_pepper(HASH, "devise") == f"{{pepper:devise}}{HASH}"


def test_B_08_without_its_key_a_hash_matches_no_password(context):
    stored = imported.add_pepper(FLASK_HASH, "flask")

    assert not current_hashing().verify(stored, PASSWORD)
    assert "PASSWORD_PEPPERS" in imported.explain_mismatch(stored, PASSWORD)


def test_B_08_the_log_says_once_that_the_key_is_missing(context):
    stored = imported.add_pepper(FLASK_HASH, "flask")
    outages.forget()

    with capture_logs() as lines:
        for _ in range(2):
            current_hashing().verify(stored, PASSWORD)

    [line] = lines
    assert (line["event"], line["log_level"]) == ("hash.unusable", "warning")
    assert line["reason"].endswith("its pepper is not in PASSWORD_PEPPERS")


def test_a_pepper_cannot_be_added_twice(keyed):
    twice = imported.add_pepper(imported.add_pepper(HASH, "devise"), "flask")

    assert imported.has_pepper(twice)
    assert imported.find_hash_problem(twice) is not None


class TestExplainMismatch:
    """B-08: ``--check-password`` verifies one row before an import."""

    @pytest.mark.parametrize(
        "stored", [HASH, imported.add_pepper(FLASK_HASH, "flask"), f"{{bcrypt}}{HASH}"]
    )
    def test_B_08_a_password_that_matches_needs_no_explanation(self, keyed, stored):
        assert imported.explain_mismatch(stored, PASSWORD) is None

    @pytest.mark.parametrize(
        ("prepared", "pepper_id"),
        [
            (sha512(PASSWORD), "flask"),
            (f"{PASSWORD}pepper".encode(), "devise"),
            (hashlib.md5(PASSWORD.encode()).hexdigest().encode(), "md5"),
        ],
    )
    def test_B_08_a_pepper_that_matches_is_named(self, keyed, prepared, pepper_id):
        explanation = imported.explain_mismatch(make_bcrypt(prepared), PASSWORD)

        assert f"only with the pepper {pepper_id}." in explanation

    def test_B_08_another_password_is_explained_with_the_function_of_the_hash(self, keyed):
        explanation = imported.explain_mismatch(HASH, "another password")

        assert explanation.startswith("The hash is bcrypt with cost 4.")
        assert "pepper" in explanation

    def test_B_08_another_password_under_a_pepper_names_the_pepper(self, keyed):
        stored = imported.add_pepper(FLASK_HASH, "flask")

        explanation = imported.explain_mismatch(stored, "another password")

        assert explanation.startswith("The hash is bcrypt with cost 4, over the pepper flask.")

    @pytest.mark.parametrize(
        ("stored", "words"),
        [
            ("$unknown$", "its scheme is not known"),
            (HASH.replace("$04$", "$20$"), "has a higher cost than is allowed"),
        ],
    )
    def test_B_08_a_hash_that_cannot_be_imported_is_explained(self, context, stored, words):
        assert words in imported.explain_mismatch(stored, PASSWORD)
