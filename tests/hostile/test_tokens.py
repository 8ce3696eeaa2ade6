"""Tokens that the service has not issued: T-01, T-02, T-04 to T-07."""

import json
import string
from base64 import b64encode, urlsafe_b64decode
from dataclasses import replace
from socket import socket
from time import time

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from api.keys.pairs import generate_key_pair
from tests.hostile.conftest import forger_of
from tests.hostile.forge import LEFT_OUT, bare, encoded

LEEWAY = 10
UNKNOWN = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"
LETTERS = string.ascii_letters + string.digits + "-_"


@pytest.fixture
def person(somebody):
    return somebody()


@pytest.fixture
def heard(wire):
    """The status that a token gets."""
    return lambda token: wire.bearing(token).get("/api/me").status


@pytest.fixture
def claims(forge, person):
    return forge.claims(person.id, person.session_id)


class TestTheForge:
    def test_makes_good_tokens_so_that_nothing_else_is_wrong_with_the_bad_ones(
        self, forge, person, heard
    ):
        assert heard(forge.token(person)) == 200

    def test_signs_as_the_service_does(self, wire, forge, person):
        token = wire.log_in(person.username, person.password).json["access_token"]
        header, claims, _ = token.split(".")
        told = json.loads(urlsafe_b64decode(f"{claims}=="))
        assert told.keys() == forge.claims(person.id, person.session_id).keys()
        assert json.loads(claims_text(header)) == forge.header


def claims_text(part):
    return urlsafe_b64decode(f"{part}==").decode()


class TestAlgorithms:
    @pytest.mark.parametrize("name", ["none", "None", "nOnE", "NONE", "", "ES256 ", "es256"])
    def test_T_01_none_and_misspelt_ones_are_refused(self, forge, claims, heard, name):
        header = {**forge.header, "alg": name}
        signed = forge.sign(claims, header=header)
        assert heard(signed) == 401
        assert heard(f"{signed.rpartition('.')[0]}.") == 401
        assert heard(signed.rpartition(".")[0]) == 401

    @pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
    def test_T_01_the_public_key_is_no_secret(self, wire, forge, claims, heard, digest):
        """Whoever may choose the algorithm signs with what everybody knows (CVE-2015-9235)."""
        published = wire.get("/.well-known/jwks.json")
        [jwk] = [key for key in published.json["keys"] if key["kid"] == forge.kid]
        public = forge.key.public_key()
        forms = (Encoding.PEM, Encoding.DER)
        known = [public.public_bytes(form, PublicFormat.SubjectPublicKeyInfo) for form in forms]
        header = {**forge.header, "alg": digest.replace("sha", "HS")}
        for key in (*known, known[0].strip(), published.body, json.dumps(jwk).encode()):
            assert heard(forge.sign(claims, header=header, key=key, digest=digest)) == 401

    @pytest.mark.parametrize("name", ["RS256", "PS256", "ES384", "ES512", "EdDSA", "HS256"])
    @pytest.mark.parametrize("size", [0, 32, 64, 256])
    def test_T_01_others_with_nothing_for_a_signature_are_refused(
        self, forge, claims, heard, name, size
    ):
        signed = f"{encoded({**forge.header, 'alg': name})}.{encoded(claims)}"
        assert heard(f"{signed}.{bare(bytes(size))}") == 401
        assert heard(forge.sign(claims, header={**forge.header, "alg": name})) == 401

    @pytest.mark.parametrize("size", [0, 32, 64, 72, 128])
    def test_T_01_a_signature_of_zeros_is_none(self, forge, claims, heard, size):
        """Some took r = s = 0 for the signature of anything (CVE-2022-21449)."""
        assert heard(f"{encoded(forge.header)}.{encoded(claims)}.{bare(bytes(size))}") == 401

    @pytest.mark.parametrize("key", [b"", b"secret", b"changeme", b"rollbook", b"\0" * 32, b"null"])
    def test_T_01_secrets_that_could_be_guessed_do_not_fit(self, forge, claims, heard, key):
        for kid in ({}, {"kid": forge.kid}):
            header = {"alg": "HS256", "typ": "at+jwt", **kid}
            assert heard(forge.sign(claims, header=header, key=key)) == 401

    def test_T_01_the_secret_of_the_service_signs_nothing(self, service, forge, claims, heard):
        secret = service.settings["encryption_key"].encode()
        header = {"alg": "HS256", "typ": "at+jwt"}
        assert heard(forge.sign(claims, header=header, key=secret)) == 401


@pytest.fixture
def trap():
    """An address where keys could be fetched, and where nobody is to call."""
    with socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0)
        yield listener


OWN_KEY = b"a key that came along with the token"
KEYS = {
    "jwk": {"jwk": {"kty": "oct", "k": bare(OWN_KEY), "alg": "HS256"}},
    "jku": {"jku": "{trap}/keys.json", "kid": "1"},
    "x5u": {"x5u": "{trap}/chain.pem"},
    "x5c": {"x5c": [b64encode(OWN_KEY).decode()]},
    "kid, a file": {"kid": "../../../../dev/null"},
    "kid, an address": {"kid": "{trap}/key"},
    "kid, sql": {"kid": "' OR 1=1 --"},
    "kid, unknown": {"kid": "2026-11"},
    "kid, no text": {"kid": 5},
    "kid, a list": {"kid": ["a"]},
}


class TestKeys:
    @pytest.mark.parametrize("name", KEYS)
    def test_T_02_are_not_taken_from_the_token(self, forge, claims, heard, trap, name):
        address = f"http://127.0.0.1:{trap.getsockname()[1]}"
        told = json.loads(json.dumps(KEYS[name]).replace("{trap}", address))
        header = {**forge.header, **told}
        for key in (generate_key_pair()[0], OWN_KEY, b"", b"2026-11"):
            assert heard(forge.sign(claims, header=header, key=key)) == 401
        with pytest.raises(BlockingIOError):
            trap.accept()

    @pytest.mark.parametrize("critical", [["exp"], ["unheard of"], [], "exp", [5]])
    def test_T_02_what_is_critical_and_unknown_is_refused(self, forge, claims, heard, critical):
        header = {**forge.header, "crit": critical, "unheard of": True}
        assert heard(forge.sign(claims, header=header)) == 401

    @pytest.mark.parametrize("header", ["[]", '"x"', "null", "{}", "{", '{"alg":["ES256"]}'])
    def test_T_02_a_header_that_is_none_is_refused(self, forge, claims, heard, header):
        assert heard(forge.sign(claims, header=header)) == 401


def when(seconds):
    return lambda: int(time()) + seconds


TIMES = {
    "expired": {"exp": when(-LEEWAY - 1)},
    "expired long ago": {"exp": 0},
    "exp negative": {"exp": -1},
    "no exp": {"exp": LEFT_OUT},
    "no iat": {"iat": LEFT_OUT},
    "no nbf": {"nbf": LEFT_OUT},
    "not yet": {"nbf": when(LEEWAY + 60)},
    "issued later": {"iat": when(LEEWAY + 60)},
    **{
        f"{name} {value!r}": {name: value}
        for name in ("exp", "nbf", "iat")
        for value in ("9999999999", "5", True, None, [1], {"a": 1}, "", 1.5e9)
    },
    "exp a fraction": {"exp": time() + 600.5},
}


class TestTimes:
    @pytest.mark.parametrize("name", TIMES)
    def test_T_04_are_required_and_whole_numbers(self, forge, person, heard, name):
        changed = {claim: it() if callable(it) else it for claim, it in TIMES[name].items()}
        assert heard(forge.token(person, **changed)) == 401

    @pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN", "Infinity", "1e10"])
    def test_T_04_numbers_that_are_none_are_refused(self, forge, person, heard, number):
        text = json.dumps(forge.claims(person.id, person.session_id, exp=12321)).replace(
            "12321", number
        )
        assert heard(forge.sign(text)) == 401

    def test_T_04_a_clock_may_be_a_little_wrong(self, forge, person, heard):
        assert heard(forge.token(person, exp=when(-LEEWAY + 5)())) == 200
        assert heard(forge.token(person, nbf=when(5)(), iat=when(5)())) == 200

    def test_T_04_one_that_was_good_expires_although_it_is_remembered(self, wire, forge, person):
        token = forge.token(person, exp=when(-LEEWAY + 1)())
        me = wire.bearing(token)
        assert me.get("/api/me").status == 200
        deadline = time() + 4
        while me.get("/api/me").status == 200:
            assert time() < deadline

    def test_T_04_it_lasts_no_longer_than_a_quarter_of_an_hour(self, wire, person):
        answer = wire.log_in(person.username, person.password).json
        claims = json.loads(claims_text(answer["access_token"].split(".")[1]))
        assert claims["exp"] - claims["iat"] == answer["expires_in"] <= 900


KINDS = ["refresh", "mfa-pending", "reset", "verify", "email-change", "api-key", "Access", "", None]


class TestKinds:
    @pytest.mark.parametrize("kind", [*KINDS, ["access"], True, LEFT_OUT], ids=str)
    def test_T_05_only_access_tokens_give_access(self, wire, forge, offered, person, kind):
        token = forge.token(person, typ=kind)
        for one in (one for one in offered if not one.public):
            answer = wire.bearing(token).ask(one.method, one.path(person.id), one.body)
            assert answer.status == 401, one.id

    def test_T_05_a_cursor_is_no_token_and_a_token_no_cursor(self, root, wire, somebody, heard):
        somebody()
        cursor = root.get("/api/users?limit=1").json["next"]
        assert heard(cursor) == 401
        assert root.get(f"/api/users?cursor={root.token[:400]}").status == 422

    @pytest.mark.parametrize("session", ["", "x", 5, None, ["a"], UNKNOWN, LEFT_OUT], ids=str)
    def test_T_05_nor_do_those_of_no_session(self, forge, person, heard, session):
        assert heard(forge.token(person, sid=session)) == 401

    @pytest.mark.parametrize("kind", ["JWT", "AT+JWT", "application/at+jwt", "", None, 5, LEFT_OUT])
    def test_T_05_nor_do_those_of_another_media_type(self, forge, claims, heard, kind):
        header = {name: it for name, it in {**forge.header, "typ": kind}.items() if it is not ...}
        assert heard(forge.sign(claims, header=header)) == 401

    def test_T_05_a_refresh_token_gives_no_access_and_an_access_token_is_not_exchanged(
        self, wire, person, heard
    ):
        assert heard(person.refresh_token) == 401
        answer = wire.post("/api/refresh", {"refresh_token": person.token})
        assert (answer.status, answer.error) == (401, "invalid_refresh_token")

    @pytest.mark.parametrize(
        "subject",
        ["", "x", 5, None, ["a"], UNKNOWN, "' OR 1=1", LEFT_OUT],
        ids=str,
    )
    def test_T_05_nor_do_those_of_nobody(self, forge, person, heard, subject):
        assert heard(forge.token(person, sub=subject)) == 401

    def test_T_05_nor_do_those_of_one_in_the_session_of_another(
        self, forge, person, somebody, heard
    ):
        assert heard(forge.token(person, sub=somebody().id)) == 401

    @pytest.mark.parametrize("number", [5, None, ["a"], LEFT_OUT], ids=str)
    def test_T_05_nor_does_one_without_a_number_of_its_own(self, forge, person, heard, number):
        assert heard(forge.token(person, jti=number)) == 401


ISSUERS = {
    "a prefix": lambda issuer: issuer[:-1],
    "a suffix": lambda issuer: issuer[1:],
    "with a slash": lambda issuer: f"{issuer}/",
    "longer": lambda issuer: f"{issuer}.evil.example",
    "in capitals": lambda issuer: issuer.upper(),
    "a list": lambda issuer: [issuer],
    "empty": lambda _: "",
    "null": lambda _: None,
    "none": lambda _: LEFT_OUT,
}


class TestOrigins:
    @pytest.mark.parametrize("change", ISSUERS.values(), ids=ISSUERS)
    def test_T_06_the_issuer_is_exactly_us(self, forge, person, heard, change):
        assert heard(forge.token(person, iss=change(forge.issuer))) == 401

    @pytest.mark.parametrize(
        "audience",
        ["roll", "rollbook2", "ROLLBOOK", "", None, [], ["other"], ["rollbook", "other"],
         ["rollbook"], {"rollbook": 1}, True, LEFT_OUT],
        ids=str,
    )  # fmt: skip
    def test_T_06_the_audience_is_us_alone(self, forge, person, heard, audience):
        assert heard(forge.token(person, aud=audience)) == 401

    def test_T_06_tokens_of_another_service_are_refused(self, forge, tight, person, heard):
        tight.person("Stranger")
        theirs = replace(forger_of(tight), issuer=forge.issuer)
        assert heard(theirs.token(person)) == 401


SPELLINGS = {
    "one less": lambda token: token[:-1],
    "five less": lambda token: token[:-5],
    "without the first": lambda token: token[1:],
    "one more": lambda token: f"{token}A",
    "padded": lambda token: f"{token}=",
    "a dot more": lambda token: f"{token}.",
    "four parts": lambda token: f"{token}.{token.rpartition('.')[2]}",
    "empty signature": lambda token: f"{token.rpartition('.')[0]}.",
    "no signature": lambda token: token.rpartition(".")[0],
    "an empty part": lambda token: token.replace(".", "..", 1),
    "padding within": lambda token: token.replace(".", "=.", 1),
    "a blank": lambda token: token.replace(".", " ."),
    "a dot first": lambda token: f".{token}",
    "in capitals": lambda token: token.upper(),
    "plain base64": lambda token: token.replace("-", "+").replace("_", "/") + "==",
    "backwards": lambda token: ".".join(reversed(token.split("."))),
}


class TestTheText:
    def test_T_07_one_letter_changed_anywhere_is_refused(self, wire, person):
        token = person.token
        for place, letter in enumerate(token):
            other = "A" if letter == "." else LETTERS[(LETTERS.index(letter) + 1) % len(LETTERS)]
            changed = f"{token[:place]}{other}{token[place + 1 :]}"
            assert wire.bearing(changed).get("/api/me").status == 401, place
        assert wire.bearing(token).get("/api/me").status == 200

    @pytest.mark.parametrize("change", SPELLINGS.values(), ids=SPELLINGS)
    def test_T_07_it_is_one_exact_string(self, heard, person, change):
        assert heard(change(person.token)) == 401

    def test_T_07_the_json_serialisation_is_refused(self, heard, person):
        header, claims, signature = person.token.split(".")
        parts = {"payload": claims, "protected": header, "signature": signature}
        assert heard(json.dumps(parts, separators=(",", ":"))) == 401
        assert heard(bare(json.dumps(parts).encode())) == 401

    def test_T_07_the_signature_of_another_token_does_not_fit(self, forge, person, heard):
        one, other = forge.token(person), forge.token(person)
        assert heard(f"{one.rpartition('.')[0]}.{other.rpartition('.')[2]}") == 401

    @pytest.mark.parametrize("text", ["{", "[]", "null", '"x"', "{}", '{"sub":1}{', "[" * 5000])
    def test_T_07_claims_that_are_none_are_refused(self, forge, heard, text):
        assert heard(forge.sign(text)) == 401
