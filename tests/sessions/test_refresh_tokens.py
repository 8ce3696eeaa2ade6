"""What a refresh token looks like, what follows from it, and whether it is ours."""

import pytest

from api.core.crypto import derive_legacy_key
from api.core.secrets import new_id
from api.sessions.refresh_tokens import Keys, RefreshToken, RefreshTokens, parse_refresh_token

SECRET = "the secret of the service"
OURS, OTHERS = RefreshTokens(SECRET), RefreshTokens("another secret")
SESSION = new_id()


@pytest.fixture
def token() -> RefreshToken:
    return OURS.make_first(SESSION)


def test_it_names_its_session_and_is_read_again(token):
    assert token.text.startswith(f"{SESSION}.")
    assert parse_refresh_token(token.text) == token


def test_S_11_it_holds_256_bits_by_lot():
    tokens = {OURS.make_first(SESSION).secret for _ in range(1000)}

    assert len(tokens) == 1000
    assert {len(secret) for secret in tokens} == {32}


def test_S_11_its_digest_tells_nothing_of_it(token):
    assert len(token.digest) == 64
    assert token.digest not in token.text


def test_its_successor_is_the_same_for_the_same_salt_and_another_for_another(token):
    one, again = (OURS.make_successor(token, "salt") for _ in range(2))
    other = OURS.make_successor(token, "another salt")

    assert one == again
    assert len({token.secret, one.secret, other.secret}) == 3
    assert one.session_id == SESSION


def test_its_successor_cannot_be_made_without_the_key(token):
    one, other = (tokens.make_successor(token, "salt") for tokens in (OURS, OTHERS))

    assert one.secret != other.secret


def test_those_of_ours_are_known_by_their_seal(token):
    assert OURS.is_ours(token)
    assert OURS.is_ours(OURS.make_successor(token, "salt"))


@pytest.mark.parametrize(
    "change",
    [
        {"secret": bytes(32)},
        {"seal": bytes(16)},
        {"session_id": new_id()},
    ],
    ids=["secret", "seal", "session"],
)
def test_those_made_up_are_not(token, change):
    assert not OURS.is_ours(token._replace(**change))
    assert not OTHERS.is_ours(token)


SPOILT = {
    "empty": lambda _: "",
    "shorter": lambda text: text[:-1],
    "longer": lambda text: text + "A",
    "in capitals": str.upper,
    "in one piece": lambda text: text.replace(".", ""),
    "a dash less": lambda text: text.replace("-", "", 1),
    "a blank before": lambda text: f" {text}",
    "a line after": lambda text: f"{text}\n",
    "the session alone": lambda text: text.partition(".")[0],
    "padding": lambda text: f"{text.partition('.')[0]}.{'=' * 64}",
    "other letters": lambda text: f"{text.partition('.')[0]}.{'é' * 64}",
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_what_has_another_form_is_none(token, spoil):
    assert parse_refresh_token(spoil(token.text)) is None


class TestVersion01:
    """Tokens made before keys were derived with HKDF still work."""

    @pytest.fixture
    def before(self):
        """The tokens as version 0.1 made them."""
        tokens = RefreshTokens(SECRET)
        tokens.keys = Keys(
            derive_legacy_key(SECRET, b"refresh next"), derive_legacy_key(SECRET, b"refresh seal")
        )
        return tokens

    def test_a_token_is_ours(self, before):
        assert OURS.is_ours(before.make_first(SESSION))

    def test_a_lost_successor_is_found_again(self, before):
        parent = before.make_first(SESSION)
        lost = before.make_successor(parent, "salt")

        assert OURS.find_successor(parent, "salt", lost.digest) == lost

    def test_the_next_successor_is_made_with_the_new_keys(self, before):
        parent = before.make_first(SESSION)

        assert OURS.make_successor(parent, "salt") != before.make_successor(parent, "salt")
