"""What a refresh token looks like, what follows from it, and whether it is ours."""

import pytest

from api.core.secrets import new_id
from api.sessions import refresh_tokens
from api.sessions.refresh_tokens import RefreshToken

KEY = "a key of the service"
SESSION = new_id()


@pytest.fixture
def token() -> RefreshToken:
    return refresh_tokens.first(SESSION, KEY)


def test_it_names_its_session_and_is_read_again(token):
    assert token.text.startswith(f"{SESSION}.")
    assert refresh_tokens.read(token.text) == token


def test_S_11_it_holds_256_bits_by_lot():
    tokens = {refresh_tokens.first(SESSION, KEY).secret for _ in range(1000)}

    assert len(tokens) == 1000
    assert {len(secret) for secret in tokens} == {32}


def test_S_11_its_digest_tells_nothing_of_it(token):
    assert len(token.digest) == 64
    assert token.digest not in token.text


def test_its_successor_is_the_same_for_the_same_salt_and_another_for_another(token):
    one, again = (refresh_tokens.successor(token, "salt", KEY) for _ in range(2))
    other = refresh_tokens.successor(token, "another salt", KEY)

    assert one == again
    assert len({token.secret, one.secret, other.secret}) == 3
    assert one.session_id == SESSION


def test_its_successor_cannot_be_made_without_the_key(token):
    one, other = (refresh_tokens.successor(token, "salt", key) for key in (KEY, "another key"))

    assert one.secret != other.secret


def test_those_of_ours_are_known_by_their_seal(token):
    assert refresh_tokens.is_ours(token, KEY)
    assert refresh_tokens.is_ours(refresh_tokens.successor(token, "salt", KEY), KEY)


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
    assert not refresh_tokens.is_ours(token._replace(**change), KEY)
    assert not refresh_tokens.is_ours(token, "another key")


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
    assert refresh_tokens.read(spoil(token.text)) is None
