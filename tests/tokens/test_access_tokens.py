"""Issuing and verifying access tokens, and the cache of verified claims."""

from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from string import ascii_letters, digits
from time import time
from uuid import UUID

import jwt
import pytest
from authlib.oauth2.rfc9068.claims import JWTAccessTokenClaims
from flask import Flask
from joserfc import jwt as jose_jwt
from joserfc.errors import MissingClaimError
from joserfc.jwk import OctKey

from api.core.errors import Unauthenticated
from api.keys.ring import SharedSecret
from api.tokens import access_tokens as module
from api.tokens.access_tokens import current_tokens
from api.tokens.claims import LEEWAY_SECONDS, Purpose, TokenClaims, TokenRules
from tests.hostile.forge import LEFT_OUT, Forge

ADA = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10")
SESSION = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f11")
SECRET = "a secret that is long enough for HS256"
RULES = TokenRules(issuer="https://rollbook.example", audience="rollbook", lifetime=900)
PAST, FUTURE = 1_600_000_000, 9_999_999_999  # seconds since 1970
forge = Forge(SECRET.encode(), RULES.issuer)


@pytest.fixture
def tokens():
    """The access tokens of an application without the rest of the service."""
    app = Flask("tokens")
    module.init_app(app, RULES, SharedSecret(SECRET))
    with app.app_context():
        yield current_tokens()


@pytest.fixture
def advance_clock(monkeypatch):
    """Return a function that adds seconds to the time at which cached tokens expire."""
    steps = [0.0]
    monkeypatch.setattr(module, "time", lambda: time() + sum(steps))
    return steps.append


def sign_token(**claims):
    return forge.sign(forge.claims(str(ADA), str(SESSION), **claims))


def issue_token(tokens, until=None):
    until = until or datetime.now(UTC) + timedelta(days=1)
    return tokens.issue(ADA, SESSION, ["admin", "user"], session_ends_at=until).access_token


def is_session_of_ada(claims):
    return (claims.subject, claims.session) == (ADA, SESSION)


def require_rejection(tokens, header):
    with pytest.raises(Unauthenticated):
        tokens.read_claims(header)


class TestTokens:
    def test_an_issued_token_is_accepted(self, tokens):
        assert is_session_of_ada(tokens.read_claims(f"Bearer {issue_token(tokens)}"))

    def test_T_08_a_token_has_user_session_and_expiry_and_no_personal_data(self, tokens):
        claims = jwt.decode(issue_token(tokens), options={"verify_signature": False})

        assert claims.pop("exp") - claims.pop("iat") == RULES.lifetime
        assert UUID(claims.pop("jti"))
        assert claims.pop("nbf") <= time()
        assert claims == {
            "iss": RULES.issuer,
            "aud": RULES.audience,
            "sub": str(ADA),
            "client_id": "rollbook",
            "sid": str(SESSION),
            "typ": "access",
            "roles": ["admin", "user"],
        }

    def test_C_06_a_validator_of_rfc_9068_accepts_a_token(self, tokens):
        """RFC 9068, 2.1 and 2.2: the media type, and the claims that are required."""
        token = jose_jwt.decode(issue_token(tokens), OctKey.import_key(SECRET))
        required = ("iss", "exp", "aud", "sub", "client_id", "iat", "jti")
        options = {name: {"essential": True} for name in required}
        options["iss"]["value"], options["aud"]["value"] = RULES.issuer, RULES.audience

        claims = JWTAccessTokenClaims(token.claims, token.header, options)
        claims.validate()

        assert token.header["typ"] == "at+jwt"
        del claims["client_id"]
        with pytest.raises(MissingClaimError):
            claims.validate()

    def test_C_06_a_token_of_the_version_before_has_no_client_and_is_accepted(self, tokens):
        assert is_session_of_ada(tokens.read_claims(f"Bearer {sign_token(client_id=LEFT_OUT)}"))

    def test_a_token_expires_with_its_session_at_the_latest(self, tokens):
        soon = datetime.now(UTC) + timedelta(seconds=60)

        claims = jwt.decode(issue_token(tokens, until=soon), options={"verify_signature": False})

        assert 55 <= claims["exp"] - claims["iat"] <= 60

    def test_a_token_of_another_media_type_is_rejected(self, tokens):
        header = {"alg": "HS256", "typ": "JWT"}
        token = forge.sign(forge.claims(str(ADA), str(SESSION)), header=header)
        require_rejection(tokens, f"Bearer {token}")

    def test_L_08_each_token_is_different(self, tokens):
        assert issue_token(tokens) != issue_token(tokens)

    @pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER "])
    def test_the_scheme_is_case_insensitive(self, tokens, scheme):
        assert is_session_of_ada(tokens.read_claims(scheme + sign_token()))

    @pytest.mark.parametrize("late", [0, -LEEWAY_SECONDS + 2])
    def test_an_expired_token_is_accepted_within_the_leeway(self, tokens, late):
        assert tokens.read_claims(f"Bearer {sign_token(exp=int(time()) + late + 1)}")

    def test_an_expired_token_is_rejected_after_the_leeway(self, tokens):
        require_rejection(tokens, f"Bearer {sign_token(exp=int(time()) - LEEWAY_SECONDS - 1)}")


class TestPurposes:
    """B-32: with a temporary password, tokens only choose a new one."""

    def test_B_32_a_token_for_a_password_change_is_accepted_here(self, tokens):
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        issued = tokens.issue(
            ADA, SESSION, (), session_ends_at=tomorrow, purpose=Purpose.PASSWORD_CHANGE
        )
        claims = jwt.decode(issued.access_token, options={"verify_signature": False})

        assert is_session_of_ada(tokens.read_claims(f"Bearer {issued.access_token}"))
        assert claims["aud"] == f"{RULES.issuer}/api/me/password"
        assert claims["typ"] == "password_change"

    @pytest.mark.parametrize(
        "claims",
        [
            {"typ": "password_change"},
            {"aud": f"{RULES.issuer}/api/me/password"},
            {"typ": "password_change", "aud": [f"{RULES.issuer}/api/me/password"]},
            {"typ": "password_change", "aud": f"{RULES.issuer}/api/me/password/"},
            {"typ": ["access"]},
        ],
    )
    def test_B_32_purpose_and_audience_belong_together(self, tokens, claims):
        require_rejection(tokens, f"Bearer {sign_token(**claims)}")


class TestAuthorizationHeaders:
    @pytest.mark.parametrize(
        "scheme",
        ["", "Bearer", "Basic ", "Bearer\t", " Bearer ", "Bearer Bearer ", "Token "],
    )
    def test_another_scheme_is_rejected(self, tokens, scheme):
        require_rejection(tokens, scheme + sign_token())

    def test_more_than_one_space_is_accepted_and_fills_no_cache(self, tokens):
        """RFC 6750, 2.1."""
        token = sign_token()

        claims = [tokens.read_claims(f"Bearer{' ' * spaces}{token}") for spaces in (1, 2, 9)]

        assert claims[0] == claims[1] == claims[2]
        assert len(tokens.cache) == 1

    @pytest.mark.parametrize(
        "header",
        ["", "Bearer ", "Bearer x", "Bearer a.b", "Bearer a.b.c", "Bearer a.b.c.d", "Bearer ä.b.c"],
    )
    def test_a_header_without_a_token_is_rejected(self, tokens, header):
        require_rejection(tokens, header)

    @pytest.mark.parametrize("more", [" ", "=", "\n", ",Bearer x", ".x"])
    def test_E_03_text_after_the_token_is_rejected(self, tokens, more):
        require_rejection(tokens, f"Bearer {sign_token()}{more}")

    def test_T_07_another_encoding_of_the_signature_is_rejected(self, tokens):
        good = f"Bearer {sign_token()}"
        signature = good.rpartition(".")[2]
        encodings = [
            good[:-1] + letter
            for letter in ascii_letters + digits + "-_"
            if letter != good[-1]
            and urlsafe_b64decode(f"{signature[:-1]}{letter}=")
            == urlsafe_b64decode(f"{signature}=")
        ]

        assert len(encodings) == 3
        for encoding in encodings:
            require_rejection(tokens, encoding)

    @pytest.mark.parametrize("signature", ["A", "AAAAA", "A" * 43, "A" * 44])
    def test_another_signature_is_rejected(self, tokens, signature):
        require_rejection(tokens, f"Bearer {sign_token().rpartition('.')[0]}.{signature}")


class TestClaims:
    @pytest.mark.parametrize(
        "name", ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "typ", "sid"]
    )
    def test_T_04_a_token_without_one_of_the_claims_is_rejected(self, tokens, name):
        require_rejection(tokens, f"Bearer {sign_token(**{name: LEFT_OUT})}")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("exp", PAST),
            ("exp", FUTURE + 0.5),
            ("exp", str(FUTURE)),
            ("exp", True),
            ("exp", None),
            ("exp", float("inf")),
            ("iat", FUTURE),
            ("iat", "0"),
            ("nbf", FUTURE),
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
    def test_T_04_T_05_T_06_a_claim_with_another_value_is_rejected(self, tokens, name, value):
        require_rejection(tokens, f"Bearer {sign_token(**{name: value})}")

    @pytest.mark.parametrize(
        ("name", "value"),
        [("iat", FUTURE), ("jti", 7), ("exp", str(FUTURE)), ("typ", None)],
    )
    def test_types_are_checked_even_if_the_library_does_not(self, tokens, monkeypatch, name, value):
        monkeypatch.setattr(module, "decode_token", lambda _: None)

        require_rejection(tokens, f"Bearer {sign_token(**{name: value})}")

    @pytest.mark.parametrize("claims", ["[]", "null", "7", "{", '{"sub":NaN}'])
    def test_claims_that_are_not_a_json_object_are_rejected(self, tokens, claims):
        require_rejection(tokens, f"Bearer {forge.sign(claims)}")


class TestFindingClaims:
    def test_all_claims_of_a_valid_token_are_found(self, tokens):
        verified, claims = tokens.find_claims(issue_token(tokens))

        assert is_session_of_ada(verified)
        of_clients = {"credential", "scope"}
        assert claims.keys() == TokenClaims.__annotations__.keys() - of_clients
        assert (claims["sub"], claims["sid"]) == (str(ADA), str(SESSION))

    def test_the_token_is_verified_once(self, tokens, monkeypatch):
        verified, verify = [], module.decode_token
        monkeypatch.setattr(
            module, "decode_token", lambda text: verified.append(text) or verify(text)
        )

        assert tokens.find_claims(text := issue_token(tokens))
        assert verified == [text]

    @pytest.mark.parametrize("text", ["", "x", "a.b.c", "a.b.c.d"])
    def test_an_invalid_token_has_no_claims(self, tokens, text):
        assert tokens.find_claims(text) is None

    def test_an_expired_token_has_no_claims(self, tokens):
        assert tokens.find_claims(sign_token(exp=PAST)) is None


class TestCache:
    def test_a_token_is_verified_once(self, tokens, monkeypatch):
        header = f"Bearer {sign_token()}"
        tokens.read_claims(header)
        monkeypatch.setattr(module, "decode_token", lambda _: pytest.fail("verified twice"))

        assert is_session_of_ada(tokens.read_claims(header))

    def test_several_tokens_are_cached(self, tokens, monkeypatch):
        headers = [f"Bearer {issue_token(tokens)}" for _ in range(3)]
        for header in headers:
            tokens.read_claims(header)
        monkeypatch.setattr(module, "decode_token", lambda _: pytest.fail("verified twice"))

        assert all(is_session_of_ada(tokens.read_claims(header)) for header in headers)

    def test_T_04_a_cached_token_expires_and_leaves_the_cache(self, tokens, advance_clock):
        header = f"Bearer {sign_token()}"
        assert tokens.read_claims(header)
        advance_clock(600 + LEEWAY_SECONDS - 2)
        assert tokens.read_claims(header)

        advance_clock(3)

        require_rejection(tokens, header)
        assert not tokens.cache

    def test_a_rejected_token_is_not_cached(self, tokens):
        for number in range(20):
            require_rejection(tokens, f"Bearer a.b.{number}")

        assert not tokens.cache

    def test_F_16_the_cache_is_bounded(self, tokens, monkeypatch):
        monkeypatch.setattr(module, "MAX_CACHED_TOKENS", 5)

        for _ in range(23):
            tokens.read_claims(f"Bearer {issue_token(tokens)}")
            assert len(tokens.cache) <= 5


class TestOverHTTP:
    @pytest.mark.parametrize("header", [None, "Basic YWRhOng=", "Bearer", "Bearer "])
    def test_E_03_a_request_without_a_token_gets_the_scheme(self, anyone, header):
        answer = anyone.get(
            "/api/protected", headers={"Authorization": header} if header else {}, expecting=401
        )

        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="rollbook"'
        assert answer.json["error"] == "unauthenticated"

    @pytest.mark.parametrize("token", ["a.b.c", "x", "a key of another kind"])
    def test_C_14_a_request_with_an_invalid_token_learns_that_it_is_invalid(self, anyone, token):
        """RFC 6750, 3.1."""
        headers = {"Authorization": f"Bearer {token}"}
        answer = anyone.get("/api/protected", headers=headers, expecting=401)

        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
        assert answer.json["error"] == "unauthenticated"

    def test_C_14_so_does_one_whose_session_has_ended(self, person):
        ada = person("Ada")
        ada.post("/api/logout", expecting=204)

        answer = ada.get("/api/me", expecting=401)

        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'

    def test_C_14_a_wrong_password_is_no_invalid_token(self, anyone):
        body = {"username": "ada", "password": "wrong"}
        answer = anyone.post("/api/login", body, expecting=401)

        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="rollbook"'
