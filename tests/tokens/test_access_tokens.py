"""Issuing and verifying access tokens, and the cache of verified claims."""

from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from string import ascii_letters, digits
from time import time
from uuid import UUID

import jwt
import pytest
from flask import Flask

from api.core.errors import Unauthenticated
from api.keys.ring import SharedSecret
from api.tokens import access_tokens as module
from api.tokens.access_tokens import LEEWAY_SECONDS, TokenRules, current_tokens
from tests.hostile.forge import LEFT_OUT, Forge

ADA = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10")
SESSION = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f11")
SECRET = "a secret that is long enough for HS256"
RULES = TokenRules(issuer="https://rollbook.example", audience="rollbook", lifetime=900)
LONG_AGO, FAR_OFF = 1_600_000_000, 9_999_999_999  # seconds since 1970, whenever the tests run
forge = Forge(SECRET.encode(), RULES.issuer)


@pytest.fixture
def tokens():
    """The tokens of an application that has nothing else of the service."""
    app = Flask("tokens")
    module.init_app(app, RULES, SharedSecret(SECRET))
    with app.app_context():
        yield current_tokens()


@pytest.fixture
def hands(monkeypatch):
    """Move the clock by which cached tokens expire."""
    moved = [0.0]
    monkeypatch.setattr(module, "time", lambda: time() + moved[0])
    return lambda seconds: moved.append(moved.pop() + seconds)


def token(**claims):
    return forge.sign(forge.claims(str(ADA), str(SESSION), **claims))


def issued(tokens, until=None):
    until = until or datetime.now(UTC) + timedelta(days=1)
    return tokens.issue(ADA, SESSION, ["admin", "user"], session_ends_at=until).access_token


def is_ada(claims):
    return (claims.subject, claims.session) == (ADA, SESSION)


def rejected(tokens, header):
    with pytest.raises(Unauthenticated):
        tokens.read_claims(header)


class TestIssuedToken:
    def test_is_verified(self, tokens):
        assert is_ada(tokens.read_claims(f"Bearer {issued(tokens)}"))

    def test_T_08_names_user_session_and_expiry_and_no_personal_data(self, tokens):
        claims = jwt.decode(issued(tokens), options={"verify_signature": False})

        assert claims.pop("exp") - claims.pop("iat") == RULES.lifetime
        assert UUID(claims.pop("jti"))
        assert claims.pop("nbf") <= time()
        assert claims == {
            "iss": RULES.issuer,
            "aud": RULES.audience,
            "sub": str(ADA),
            "sid": str(SESSION),
            "typ": "access",
            "roles": ["admin", "user"],
        }

    def test_ends_with_its_session_at_the_latest(self, tokens):
        soon = datetime.now(UTC) + timedelta(seconds=60)

        claims = jwt.decode(issued(tokens, until=soon), options={"verify_signature": False})

        assert 55 <= claims["exp"] - claims["iat"] <= 60

    def test_of_another_media_type_is_rejected(self, tokens):
        claims = forge.claims(str(ADA), str(SESSION))
        rejected(tokens, f"Bearer {forge.sign(claims, header={'alg': 'HS256', 'typ': 'JWT'})}")

    def test_L_08_differs_each_time(self, tokens):
        assert issued(tokens) != issued(tokens)

    @pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER "])
    def test_is_a_bearer_token(self, tokens, scheme):
        assert is_ada(tokens.read_claims(scheme + token()))

    @pytest.mark.parametrize("late", [0, -LEEWAY_SECONDS + 2])
    def test_is_valid_within_the_leeway(self, tokens, late):
        assert tokens.read_claims(f"Bearer {token(exp=int(time()) + late + 1)}")

    def test_is_rejected_after_the_leeway(self, tokens):
        rejected(tokens, f"Bearer {token(exp=int(time()) - LEEWAY_SECONDS - 1)}")


class TestHeader:
    @pytest.mark.parametrize(
        "scheme",
        ["", "Bearer", "Basic ", "Bearer\t", " Bearer ", "Bearer Bearer ", "Token "],
    )
    def test_with_another_scheme_is_rejected(self, tokens, scheme):
        rejected(tokens, scheme + token())

    @pytest.mark.parametrize(
        "header",
        ["", "Bearer ", "Bearer x", "Bearer a.b", "Bearer a.b.c", "Bearer a.b.c.d", "Bearer ä.b.c"],
    )
    def test_without_a_token_is_rejected(self, tokens, header):
        rejected(tokens, header)

    @pytest.mark.parametrize("more", [" ", "=", "\n", ",Bearer x", ".x"])
    def test_E_03_with_more_than_a_token_is_rejected(self, tokens, more):
        rejected(tokens, f"Bearer {token()}{more}")

    def test_T_07_with_another_spelling_of_the_signature_is_rejected(self, tokens):
        good = f"Bearer {token()}"
        signature = good.rpartition(".")[2]
        twins = [
            good[:-1] + letter
            for letter in ascii_letters + digits + "-_"
            if letter != good[-1]
            and urlsafe_b64decode(f"{signature[:-1]}{letter}=")
            == urlsafe_b64decode(f"{signature}=")
        ]

        assert len(twins) == 3
        for twin in twins:
            rejected(tokens, twin)

    @pytest.mark.parametrize("signature", ["A", "AAAAA", "A" * 43, "A" * 44])
    def test_with_another_signature_is_rejected(self, tokens, signature):
        rejected(tokens, f"Bearer {token().rpartition('.')[0]}.{signature}")


class TestClaim:
    @pytest.mark.parametrize(
        "name", ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "typ", "sid"]
    )
    def test_T_04_that_is_missing_is_rejected(self, tokens, name):
        rejected(tokens, f"Bearer {token(**{name: LEFT_OUT})}")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("exp", LONG_AGO),
            ("exp", FAR_OFF + 0.5),
            ("exp", str(FAR_OFF)),
            ("exp", True),
            ("exp", None),
            ("exp", float("inf")),
            ("iat", FAR_OFF),
            ("iat", "0"),
            ("nbf", FAR_OFF),
            ("nbf", False),
            ("iss", RULES.issuer + "/"),
            ("iss", [RULES.issuer]),
            ("aud", "roll"),
            ("aud", [RULES.audience]),
            ("aud", [RULES.audience, "others"]),
            ("typ", "refresh"),
            ("typ", None),
            ("jti", 7),
            ("jti", None),
            ("sub", "ada"),
            ("sub", 7),
            ("sub", None),
            ("sid", "a session"),
            ("sid", 7),
            ("sid", None),
        ],
        ids=lambda value: str(value)[:20],
    )
    def test_T_04_T_05_T_06_that_is_not_as_we_issue_it_is_rejected(self, tokens, name, value):
        rejected(tokens, f"Bearer {token(**{name: value})}")

    @pytest.mark.parametrize(
        ("name", "value"),
        [("iat", FAR_OFF), ("jti", 7), ("exp", str(FAR_OFF)), ("typ", None)],
    )
    def test_is_checked_for_its_type_by_us_as_well(self, tokens, monkeypatch, name, value):
        monkeypatch.setattr(module, "decode_token", lambda _: None)

        rejected(tokens, f"Bearer {token(**{name: value})}")

    @pytest.mark.parametrize("claims", ["[]", "null", "7", "{", '{"sub":NaN}'])
    def test_is_a_member_of_an_object(self, tokens, claims):
        rejected(tokens, f"Bearer {forge.sign(claims)}")


class TestCache:
    def test_a_token_is_verified_once(self, tokens, monkeypatch):
        header = f"Bearer {token()}"
        tokens.read_claims(header)
        monkeypatch.setattr(module, "decode_token", lambda _: pytest.fail("verified twice"))

        assert is_ada(tokens.read_claims(header))

    def test_many_are_cached(self, tokens, monkeypatch):
        headers = [f"Bearer {issued(tokens)}" for _ in range(3)]
        for header in headers:
            tokens.read_claims(header)
        monkeypatch.setattr(module, "decode_token", lambda _: pytest.fail("verified twice"))

        assert all(is_ada(tokens.read_claims(header)) for header in headers)

    def test_T_04_a_cached_token_expires_and_leaves_the_cache(self, tokens, hands):
        header = f"Bearer {token()}"
        assert tokens.read_claims(header)
        hands(600 + LEEWAY_SECONDS - 2)
        assert tokens.read_claims(header)

        hands(3)

        rejected(tokens, header)
        assert not tokens.cache

    def test_a_rejected_token_is_not_cached(self, tokens):
        for number in range(20):
            rejected(tokens, f"Bearer a.b.{number}")

        assert not tokens.cache

    def test_F_16_the_cache_is_bounded(self, tokens, monkeypatch):
        monkeypatch.setattr(module, "MAX_CACHED_TOKENS", 5)

        for _ in range(23):
            tokens.read_claims(f"Bearer {issued(tokens)}")
            assert len(tokens.cache) <= 5


class TestOverHTTP:
    @pytest.mark.parametrize("header", [None, "Bearer a.b.c", "Basic YWRhOng="])
    def test_E_03_a_rejected_request_names_the_scheme(self, anyone, header):
        answer = anyone.get(
            "/api/protected", headers={"Authorization": header} if header else {}, expecting=401
        )

        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.json["error"] == "unauthenticated"
