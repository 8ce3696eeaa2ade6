"""From a token to who is asking: what is verified, what is remembered of it, and for how long."""

from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from string import ascii_letters, digits
from time import time
from uuid import UUID

import jwt
import pytest
from flask import Flask

from api.core.errors import Unauthenticated
from api.core.secrets import new_id
from api.keys.ring import SharedSecret
from api.web import auth
from api.web import tokens as module
from api.web.request_guard import EXCHANGE, Exchange
from api.web.tokens import LEEWAY, TokenRules, tokens
from tests.hostile.forge import LEFT_OUT, Forge
from tests.support import make_principal

ADA = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10")
SESSION = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f11")
SECRET = "a secret that is long enough for HS256"
RULES = TokenRules(issuer="https://rollbook.example", audience="rollbook", lifetime=900)
LONG_AGO, FAR_OFF = 1_600_000_000, 9_999_999_999  # seconds since 1970, whenever the tests run
forge = Forge(SECRET.encode(), RULES.issuer)


@pytest.fixture
def asked():
    """The sessions that were looked up."""
    return []


@pytest.fixture
def held(asked):
    """The tokens of an application that knows Ada, and nothing else of the service."""

    def authenticate_session(session):
        asked.append(session)
        return make_principal(ADA) if session == SESSION else None

    app = Flask("tokens")
    module.init_app(app, RULES, SharedSecret(SECRET), authenticate_session)
    with app.app_context():
        yield tokens()


@pytest.fixture
def hands(monkeypatch):
    """Move the clock by which remembered tokens are judged."""
    moved = [0.0]
    monkeypatch.setattr(module, "time", lambda: time() + moved[0])
    return lambda seconds: moved.append(moved.pop() + seconds)


def token(**claims):
    return forge.sign(forge.claims(str(ADA), str(SESSION), **claims))


def issued(held, until=None):
    until = until or datetime.now(UTC) + timedelta(days=1)
    return held.issue(ADA, SESSION, ["admin", "user"], until).access_token


def rejected(held, header):
    with pytest.raises(Unauthenticated):
        held.principal(header)


class TestATokenOfOurs:
    def test_is_recognised(self, held):
        assert held.principal(f"Bearer {issued(held)}") == make_principal(ADA)

    def test_T_08_says_who_in_which_session_and_until_when_and_nothing_of_the_person(self, held):
        claims = jwt.decode(issued(held), options={"verify_signature": False})

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

    def test_ends_with_its_session_at_the_latest(self, held):
        soon = datetime.now(UTC) + timedelta(seconds=60)

        claims = jwt.decode(issued(held, until=soon), options={"verify_signature": False})

        assert 55 <= claims["exp"] - claims["iat"] <= 60

    def test_of_another_media_type_is_refused(self, held):
        claims = forge.claims(str(ADA), str(SESSION))
        rejected(held, f"Bearer {forge.sign(claims, header={'alg': 'HS256', 'typ': 'JWT'})}")

    def test_L_08_is_another_one_each_time(self, held):
        assert issued(held) != issued(held)

    @pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER "])
    def test_is_announced_as_a_bearer(self, held, scheme):
        assert held.principal(scheme + token()) == make_principal(ADA)

    @pytest.mark.parametrize("late", [0, -LEEWAY + 2])
    def test_is_good_while_clocks_may_differ(self, held, late):
        assert held.principal(f"Bearer {token(exp=int(time()) + late + 1)}")

    def test_is_good_no_longer_than_that(self, held):
        rejected(held, f"Bearer {token(exp=int(time()) - LEEWAY - 1)}")


class TestAHeader:
    @pytest.mark.parametrize(
        "scheme",
        ["", "Bearer", "Basic ", "Bearer\t", " Bearer ", "Bearer Bearer ", "Token "],
    )
    def test_with_another_scheme_is_refused(self, held, scheme):
        rejected(held, scheme + token())

    @pytest.mark.parametrize(
        "header",
        ["", "Bearer ", "Bearer x", "Bearer a.b", "Bearer a.b.c", "Bearer a.b.c.d", "Bearer ä.b.c"],
    )
    def test_without_a_token_is_refused(self, held, header):
        rejected(held, header)

    @pytest.mark.parametrize("more", [" ", "=", "\n", ",Bearer x", ".x"])
    def test_E_03_with_more_than_a_token_is_refused(self, held, more):
        rejected(held, f"Bearer {token()}{more}")

    def test_T_07_with_the_signature_spelt_otherwise_is_refused(self, held):
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
            rejected(held, twin)

    @pytest.mark.parametrize("signature", ["A", "AAAAA", "A" * 43, "A" * 44])
    def test_with_another_signature_is_refused(self, held, signature):
        rejected(held, f"Bearer {token().rpartition('.')[0]}.{signature}")


class TestAClaim:
    @pytest.mark.parametrize(
        "name", ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "typ", "sid"]
    )
    def test_T_04_that_is_missing_is_missed(self, held, name):
        rejected(held, f"Bearer {token(**{name: LEFT_OUT})}")

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
            ("sid", str(ADA)),
        ],
        ids=lambda value: str(value)[:20],
    )
    def test_T_04_T_05_T_06_that_is_not_as_we_issue_it_is_refused(self, held, name, value):
        rejected(held, f"Bearer {token(**{name: value})}")

    @pytest.mark.parametrize(
        ("name", "value"),
        [("iat", FAR_OFF), ("jti", 7), ("exp", str(FAR_OFF)), ("typ", None)],
    )
    def test_is_held_to_its_type_also_where_the_library_is_lax(
        self, held, monkeypatch, name, value
    ):
        monkeypatch.setattr(module, "decode_token", lambda _: None)

        rejected(held, f"Bearer {token(**{name: value})}")

    @pytest.mark.parametrize("claims", ["[]", "null", "7", "{", '{"sub":NaN}'])
    def test_is_a_member_of_an_object(self, held, claims):
        rejected(held, f"Bearer {forge.sign(claims)}")

    def test_of_someone_who_is_gone_is_refused(self, held):
        rejected(held, f"Bearer {token(sub=str(new_id()))}")


class TestMemory:
    def test_a_token_is_verified_once_and_its_account_looked_up_each_time(
        self, held, asked, monkeypatch
    ):
        header = f"Bearer {token()}"
        held.principal(header)
        monkeypatch.setattr(module, "decode_token", lambda _: pytest.fail("verified again"))

        assert held.principal(header) == make_principal(ADA)
        assert asked == [SESSION, SESSION]

    def test_many_are_remembered(self, held, monkeypatch):
        headers = [f"Bearer {issued(held)}" for _ in range(3)]
        for header in headers:
            held.principal(header)
        monkeypatch.setattr(module, "decode_token", lambda _: pytest.fail("verified again"))

        assert [held.principal(header) for header in headers] == [make_principal(ADA)] * 3

    def test_T_04_a_remembered_token_expires_all_the_same_and_is_forgotten(self, held, hands):
        header = f"Bearer {token()}"
        assert held.principal(header)
        hands(600 + LEEWAY - 2)
        assert held.principal(header)

        hands(3)

        rejected(held, header)
        assert not held.verified

    def test_a_remembered_token_of_someone_who_is_gone_is_refused(self, held, monkeypatch):
        header = f"Bearer {token()}"
        held.principal(header)

        monkeypatch.setattr(held, "recognise", lambda *_: None)

        rejected(held, header)

    def test_what_is_no_token_is_not_remembered(self, held):
        for number in range(20):
            rejected(held, f"Bearer a.b.{number}")

        assert not held.verified

    def test_F_16_memory_is_bounded(self, held, monkeypatch):
        monkeypatch.setattr(module, "REMEMBERED", 5)

        for _ in range(23):
            held.principal(f"Bearer {issued(held)}")
            assert len(held.verified) <= 5


class TestOverHTTP:
    def test_whoever_is_recognised_is_told_to_the_log(self, app, person, monkeypatch):
        bound, exchange = [], Exchange("4f2a", "192.0.2.7")
        monkeypatch.setattr(auth.logging, "bind_actor", bound.append)
        ada = person("Ada")

        with app.test_request_context(headers=ada.headers, environ_overrides={EXCHANGE: exchange}):
            principal = auth.authenticate_session_token()

        assert str(principal.id) == str(exchange.actor_id) == ada.id
        assert bound == [ada.id]

    @pytest.mark.parametrize("header", [None, "Bearer a.b.c", "Basic YWRhOng="])
    def test_E_03_whoever_is_not_is_told_how_to_be(self, anyone, header):
        answer = anyone.get(
            "/api/protected", headers={"Authorization": header} if header else {}, expecting=401
        )

        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.json["error"] == "unauthenticated"
