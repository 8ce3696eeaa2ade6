"""From a token to who is asking: what is verified, what is remembered of it, and for how long."""

from base64 import urlsafe_b64decode
from string import ascii_letters, digits
from time import time
from uuid import UUID

import jwt
import pytest
from flask import Flask

from api.core.actor import Actor
from api.core.errors import Unauthenticated
from api.core.secrets import new_id
from api.web import auth
from api.web.auth import LEEWAY, TokenRules, tokens
from api.web.edge import EXCHANGE, Exchange
from tests.hostile.forge import LEFT_OUT, Forge

ADA = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10")
RULES = TokenRules(
    secret="a secret that is long enough for HS256",
    issuer="https://rollbook.example",
    audience="rollbook",
    lifetime=900,
)
GENERATION = 3
LONG_AGO, FAR_OFF = 1_600_000_000, 9_999_999_999  # seconds since 1970, whenever the tests run
forge = Forge(RULES.secret, RULES.issuer, RULES.audience)


@pytest.fixture
def asked():
    """Whom the account was looked up for."""
    return []


@pytest.fixture
def held(asked):
    """The tokens of an application that knows Ada, and nothing else of the service."""

    def recognise(subject, generation):
        asked.append(subject)
        return Actor(subject) if (subject, generation) == (ADA, GENERATION) else None

    app = Flask("tokens")
    auth.init_app(app, RULES, recognise)
    with app.app_context():
        yield tokens()


@pytest.fixture
def hands(monkeypatch):
    """Move the clock by which remembered tokens are judged."""
    moved = [0.0]
    monkeypatch.setattr(auth, "time", lambda: time() + moved[0])
    return lambda seconds: moved.append(moved.pop() + seconds)


def token(**claims):
    return forge.token(str(ADA), gen=GENERATION, **claims)


def refused(held, header):
    with pytest.raises(Unauthenticated):
        held.actor(header)


class TestATokenOfOurs:
    def test_is_recognised(self, held):
        assert held.actor(f"Bearer {held.issue(ADA, GENERATION)}") == Actor(ADA)

    def test_T_08_says_who_of_which_generation_and_until_when_and_nothing_of_the_person(self, held):
        claims = jwt.decode(held.issue(ADA, GENERATION), options={"verify_signature": False})

        assert claims.pop("exp") - claims.pop("iat") == RULES.lifetime
        assert UUID(claims.pop("jti"))
        assert claims.pop("nbf") <= time()
        assert claims == {
            "iss": RULES.issuer,
            "aud": RULES.audience,
            "sub": str(ADA),
            "type": "access",
            "fresh": False,
            "gen": GENERATION,
        }

    def test_L_08_is_another_one_each_time(self, held):
        assert held.issue(ADA, GENERATION) != held.issue(ADA, GENERATION)

    @pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER "])
    def test_is_announced_as_a_bearer(self, held, scheme):
        assert held.actor(scheme + token()) == Actor(ADA)

    @pytest.mark.parametrize("late", [0, -LEEWAY + 2])
    def test_is_good_while_clocks_may_differ(self, held, late):
        assert held.actor(f"Bearer {token(exp=int(time()) + late + 1)}")

    def test_is_good_no_longer_than_that(self, held):
        refused(held, f"Bearer {token(exp=int(time()) - LEEWAY - 1)}")


class TestAHeader:
    @pytest.mark.parametrize(
        "scheme",
        ["", "Bearer", "Basic ", "Bearer\t", " Bearer ", "Bearer Bearer ", "Token "],
    )
    def test_with_another_scheme_is_refused(self, held, scheme):
        refused(held, scheme + token())

    @pytest.mark.parametrize(
        "header",
        ["", "Bearer ", "Bearer x", "Bearer a.b", "Bearer a.b.c", "Bearer a.b.c.d", "Bearer ä.b.c"],
    )
    def test_without_a_token_is_refused(self, held, header):
        refused(held, header)

    @pytest.mark.parametrize("more", [" ", "=", "\n", ",Bearer x", ".x"])
    def test_E_03_with_more_than_a_token_is_refused(self, held, more):
        refused(held, f"Bearer {token()}{more}")

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
            refused(held, twin)

    @pytest.mark.parametrize("signature", ["A", "AAAAA", "A" * 43, "A" * 44])
    def test_with_another_signature_is_refused(self, held, signature):
        refused(held, f"Bearer {token().rpartition('.')[0]}.{signature}")


class TestAClaim:
    @pytest.mark.parametrize(
        "name", ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "type", "gen"]
    )
    def test_T_04_that_is_missing_is_missed(self, held, name):
        refused(held, f"Bearer {forge.token(str(ADA), **{'gen': GENERATION, name: LEFT_OUT})}")

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
            ("type", "refresh"),
            ("type", None),
            ("jti", 7),
            ("jti", None),
            ("sub", "ada"),
            ("sub", 7),
            ("sub", None),
            ("gen", "3"),
            ("gen", 3.0),
            ("gen", GENERATION - 1),
            ("gen", GENERATION + 1),
        ],
        ids=lambda value: str(value)[:20],
    )
    def test_T_04_T_05_T_06_that_is_not_as_we_issue_it_is_refused(self, held, name, value):
        refused(held, f"Bearer {forge.token(str(ADA), **{'gen': GENERATION, name: value})}")

    @pytest.mark.parametrize(
        ("name", "value"),
        [("iat", FAR_OFF), ("jti", 7), ("exp", str(FAR_OFF)), ("type", None)],
    )
    def test_is_held_to_its_type_also_where_the_library_is_lax(
        self, held, monkeypatch, name, value
    ):
        monkeypatch.setattr(auth, "decode_token", lambda _: None)

        refused(held, f"Bearer {forge.token(str(ADA), **{'gen': GENERATION, name: value})}")

    @pytest.mark.parametrize("claims", ["[]", "null", "7", "{", '{"sub":NaN}'])
    def test_is_a_member_of_an_object(self, held, claims):
        refused(held, f"Bearer {forge.sign(claims)}")

    def test_of_someone_who_is_gone_is_refused(self, held):
        refused(held, f"Bearer {forge.token(str(new_id()), gen=GENERATION)}")


class TestMemory:
    def test_a_token_is_verified_once_and_its_account_looked_up_each_time(
        self, held, asked, monkeypatch
    ):
        header = f"Bearer {token()}"
        held.actor(header)
        monkeypatch.setattr(auth, "decode_token", lambda _: pytest.fail("verified again"))

        assert held.actor(header) == Actor(ADA)
        assert asked == [ADA, ADA]

    def test_many_are_remembered(self, held, monkeypatch):
        headers = [f"Bearer {held.issue(ADA, GENERATION)}" for _ in range(3)]
        for header in headers:
            held.actor(header)
        monkeypatch.setattr(auth, "decode_token", lambda _: pytest.fail("verified again"))

        assert [held.actor(header) for header in headers] == [Actor(ADA)] * 3

    def test_T_04_a_remembered_token_expires_all_the_same_and_is_forgotten(self, held, hands):
        header = f"Bearer {token()}"
        assert held.actor(header)
        hands(600 + LEEWAY - 2)
        assert held.actor(header)

        hands(3)

        refused(held, header)
        assert not held.verified

    def test_a_remembered_token_of_someone_who_is_gone_is_refused(self, held, monkeypatch):
        header = f"Bearer {token()}"
        held.actor(header)

        monkeypatch.setattr(held, "recognise", lambda *_: None)

        refused(held, header)

    def test_what_is_no_token_is_not_remembered(self, held):
        for number in range(20):
            refused(held, f"Bearer a.b.{number}")

        assert not held.verified

    def test_F_16_memory_is_bounded(self, held, monkeypatch):
        monkeypatch.setattr(auth, "REMEMBERED", 5)

        for _ in range(23):
            held.actor(f"Bearer {held.issue(ADA, GENERATION)}")
            assert len(held.verified) <= 5


class TestTheSecret:
    def test_is_not_shown(self):
        assert RULES.secret not in repr(RULES)

    @pytest.mark.parametrize("secret", ["x", "ä" * 15])
    def test_may_be_short_in_tests_and_is_stretched(self, secret):
        app = Flask("short")
        rules = TokenRules(secret=secret, issuer="i", audience="a", lifetime=1)
        auth.init_app(app, rules, lambda subject, _: Actor(subject))

        assert len(app.config["JWT_SECRET_KEY"]) == 64
        with app.app_context():
            assert tokens().actor(f"Bearer {tokens().issue(ADA, 0)}") == Actor(ADA)

    @pytest.mark.parametrize("secret", ["x" * 32, "ä" * 16])
    def test_that_is_long_enough_is_taken_as_it_is(self, secret):
        app = Flask("long")
        auth.init_app(app, TokenRules(secret, "i", "a", 1), lambda *_: None)

        assert app.config["JWT_SECRET_KEY"] == secret


class TestOverHTTP:
    def test_whoever_is_recognised_is_told_to_the_log(self, app, person, monkeypatch):
        bound, exchange = [], Exchange("4f2a", "192.0.2.7")
        monkeypatch.setattr(auth.logging, "bind_actor", bound.append)
        ada = person("Ada")

        with app.test_request_context(headers=ada.headers, environ_overrides={EXCHANGE: exchange}):
            actor = auth.current_actor()

        assert str(actor.id) == str(exchange.actor_id) == ada.id
        assert bound == [ada.id]

    @pytest.mark.parametrize("header", [None, "Bearer a.b.c", "Basic YWRhOng="])
    def test_E_03_whoever_is_not_is_told_how_to_be(self, anyone, header):
        answer = anyone.get(
            "/api/protected", headers={"Authorization": header} if header else {}, expecting=401
        )

        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.json["error"] == "unauthenticated"
