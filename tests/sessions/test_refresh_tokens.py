"""The form of refresh tokens, their successors and their MACs."""

import pytest

from api.core.crypto import derive_legacy_key
from api.core.secrets import new_id
from api.sessions.refresh_tokens import (
    DerivationKeys,
    RefreshToken,
    RefreshTokens,
    parse_refresh_token,
)

SECRET = "the secret of the service"
THIS_SERVICE, OTHER_SERVICE = RefreshTokens(SECRET), RefreshTokens("another secret")
SESSION = new_id()


@pytest.fixture
def token() -> RefreshToken:
    return THIS_SERVICE.make_first(SESSION)


def test_a_token_has_its_session_and_can_be_parsed(token):
    assert token.text.startswith(f"{SESSION}.")
    assert parse_refresh_token(token.text) == token


def test_S_11_a_token_has_256_random_bits():
    tokens = {THIS_SERVICE.make_first(SESSION).secret for _ in range(1000)}

    assert len(tokens) == 1000
    assert {len(secret) for secret in tokens} == {32}


def test_S_11_the_digest_is_not_part_of_the_token(token):
    assert len(token.digest) == 64
    assert token.digest not in token.text


def test_each_salt_has_one_successor(token):
    one, again = (THIS_SERVICE.make_successor(token, "salt") for _ in range(2))
    other = THIS_SERVICE.make_successor(token, "another salt")

    assert one == again
    assert len({token.secret, one.secret, other.secret}) == 3
    assert one.session_id == SESSION


def test_each_key_has_another_successor(token):
    one, other = (tokens.make_successor(token, "salt") for tokens in (THIS_SERVICE, OTHER_SERVICE))

    assert one.secret != other.secret


def test_the_mac_of_this_service_is_valid(token):
    assert THIS_SERVICE.has_valid_mac(token)
    assert THIS_SERVICE.has_valid_mac(THIS_SERVICE.make_successor(token, "salt"))


@pytest.mark.parametrize(
    "change",
    [
        {"secret": bytes(32)},
        {"mac": bytes(16)},
        {"session_id": new_id()},
    ],
    ids=["secret", "mac", "session"],
)
def test_the_mac_of_another_service_or_a_changed_token_is_not_valid(token, change):
    assert not THIS_SERVICE.has_valid_mac(token._replace(**change))
    assert not OTHER_SERVICE.has_valid_mac(token)


MALFORMED = {
    "empty": lambda _: "",
    "shorter": lambda text: text[:-1],
    "longer": lambda text: text + "A",
    "upper case": str.upper,
    "no dot": lambda text: text.replace(".", ""),
    "one hyphen less": lambda text: text.replace("-", "", 1),
    "a space before": lambda text: f" {text}",
    "a newline after": lambda text: f"{text}\n",
    "only the session": lambda text: text.partition(".")[0],
    "only padding": lambda text: f"{text.partition('.')[0]}.{'=' * 64}",
    "non-ASCII letters": lambda text: f"{text.partition('.')[0]}.{'é' * 64}",
}


@pytest.mark.parametrize("change", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_token_is_not_parsed(token, change):
    assert parse_refresh_token(change(token.text)) is None


class TestVersion01:
    """Tokens of version 0.1, which did not derive its keys with HKDF, still work."""

    @pytest.fixture
    def version_0_1(self):
        """Makes tokens as version 0.1 did."""
        tokens = RefreshTokens(SECRET)
        tokens.keys = DerivationKeys(
            derive_legacy_key(SECRET, b"refresh next"), derive_legacy_key(SECRET, b"refresh seal")
        )
        return tokens

    def test_the_mac_is_valid(self, version_0_1):
        assert THIS_SERVICE.has_valid_mac(version_0_1.make_first(SESSION))

    def test_the_successor_is_found(self, version_0_1):
        parent = version_0_1.make_first(SESSION)
        successor = version_0_1.make_successor(parent, "salt")

        assert THIS_SERVICE.find_successor(parent, "salt", successor.digest) == successor

    def test_the_next_successor_is_derived_with_the_new_keys(self, version_0_1):
        parent = version_0_1.make_first(SESSION)

        assert THIS_SERVICE.make_successor(parent, "salt") != version_0_1.make_successor(
            parent, "salt"
        )
