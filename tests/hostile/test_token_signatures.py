"""Access tokens with forged headers and signatures: T-01, T-02, T-07."""

import json
import string
from base64 import b64encode, urlsafe_b64decode
from socket import socket

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from api.keys.pairs import generate_key_pair
from tests.hostile.forge import decode_part, encode_base64url, encode_part
from tests.hostile.wire import statuses_of

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # n of P-256
LETTERS = string.ascii_letters + string.digits + "-_"


class TestForge:
    def test_a_forged_token_without_a_defect_is_accepted(self, forge, person, status_of):
        assert status_of(forge.token(person)) == 200

    def test_a_forged_token_has_the_header_and_claims_of_an_issued_one(self, wire, forge, person):
        token = wire.log_in(person.username, person.password).json["access_token"]
        header, claims, _ = token.split(".")
        assert (
            json.loads(decode_part(claims)).keys()
            == forge.claims(person.id, person.session_id).keys()
        )
        assert json.loads(decode_part(header)) == forge.header


class TestAlgorithms:
    @pytest.mark.parametrize("name", ["none", "None", "nOnE", "NONE", "", "ES256 ", "es256"])
    def test_T_01_none_and_misspelt_algorithms_are_rejected(self, forge, claims, status_of, name):
        header = {**forge.header, "alg": name}
        signed = forge.sign(claims, header=header)
        assert status_of(signed) == 401
        assert status_of(f"{signed.rpartition('.')[0]}.") == 401
        assert status_of(signed.rpartition(".")[0]) == 401

    @pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
    def test_T_01_the_public_key_is_not_accepted_as_a_secret(
        self, wire, forge, claims, status_of, digest
    ):
        """An attacker who chooses the algorithm signs with the public key (CVE-2015-9235)."""
        published = wire.get("/.well-known/jwks.json")
        [jwk] = [key for key in published.json["keys"] if key["kid"] == forge.kid]
        public = forge.key.public_key()
        forms = (Encoding.PEM, Encoding.DER)
        known = [public.public_bytes(form, PublicFormat.SubjectPublicKeyInfo) for form in forms]
        header = {**forge.header, "alg": digest.replace("sha", "HS")}
        for key in (*known, known[0].strip(), published.body, json.dumps(jwk).encode()):
            assert status_of(forge.sign(claims, header=header, key=key, digest=digest)) == 401

    @pytest.mark.parametrize("name", ["RS256", "PS256", "ES384", "ES512", "EdDSA", "HS256"])
    @pytest.mark.parametrize("size", [0, 32, 64, 256])
    def test_T_01_other_algorithms_with_an_empty_signature_are_rejected(
        self, forge, claims, status_of, name, size
    ):
        signed = f"{encode_part({**forge.header, 'alg': name})}.{encode_part(claims)}"
        assert status_of(f"{signed}.{encode_base64url(bytes(size))}") == 401
        assert status_of(forge.sign(claims, header={**forge.header, "alg": name})) == 401

    @pytest.mark.parametrize("size", [0, 32, 64, 72, 128])
    def test_T_01_a_signature_of_zeros_is_rejected(self, forge, claims, status_of, size):
        """Some libraries accepted r = s = 0 for any content (CVE-2022-21449)."""
        assert (
            status_of(
                f"{encode_part(forge.header)}.{encode_part(claims)}.{encode_base64url(bytes(size))}"
            )
            == 401
        )

    @pytest.mark.parametrize("key", [b"", b"secret", b"changeme", b"rollbook", b"\0" * 32, b"null"])
    def test_T_01_guessable_secrets_are_rejected(self, forge, claims, status_of, key):
        for kid in ({}, {"kid": forge.kid}):
            header = {"alg": "HS256", "typ": "at+jwt", **kid}
            assert status_of(forge.sign(claims, header=header, key=key)) == 401

    def test_T_01_the_encryption_key_signs_no_token(self, service, forge, claims, status_of):
        secret = service.settings["encryption_key"].encode()
        header = {"alg": "HS256", "typ": "at+jwt"}
        assert status_of(forge.sign(claims, header=header, key=secret)) == 401


@pytest.fixture
def trap():
    """A server that could publish keys; the service must not connect to it."""
    with socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0)
        yield listener


OWN_KEY = b"a key that came along with the token"
KEYS = {
    "jwk": {"jwk": {"kty": "oct", "k": encode_base64url(OWN_KEY), "alg": "HS256"}},
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


class TestHeader:
    @pytest.mark.parametrize("name", KEYS)
    def test_T_02_a_key_from_the_token_is_not_used(self, forge, claims, status_of, trap, name):
        address = f"http://127.0.0.1:{trap.getsockname()[1]}"
        members = json.loads(json.dumps(KEYS[name]).replace("{trap}", address))
        header = {**forge.header, **members}
        for key in (generate_key_pair("ES256")[0], OWN_KEY, b"", b"2026-11"):
            assert status_of(forge.sign(claims, header=header, key=key)) == 401
        with pytest.raises(BlockingIOError):
            trap.accept()

    @pytest.mark.parametrize("critical", [["exp"], ["unknown-member"], [], "exp", [5]])
    def test_T_02_an_unknown_critical_member_is_rejected(self, forge, claims, status_of, critical):
        header = {**forge.header, "crit": critical, "unknown-member": True}
        assert status_of(forge.sign(claims, header=header)) == 401

    @pytest.mark.parametrize("header", ["[]", '"x"', "null", "{}", "{", '{"alg":["ES256"]}'])
    def test_T_02_a_malformed_header_is_rejected(self, forge, claims, status_of, header):
        assert status_of(forge.sign(claims, header=header)) == 401


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


class TestSerialisation:
    def test_T_07_one_changed_letter_is_rejected_at_every_place(self, wire, person):
        token = person.token
        for place, letter in enumerate(token):
            other = "A" if letter == "." else LETTERS[(LETTERS.index(letter) + 1) % len(LETTERS)]
            changed = f"{token[:place]}{other}{token[place + 1 :]}"
            assert wire.with_token(changed).get("/api/me").status == 401, place
        assert wire.with_token(token).get("/api/me").status == 200

    @pytest.mark.parametrize("change", SPELLINGS.values(), ids=SPELLINGS)
    def test_T_07_other_spellings_are_rejected(self, status_of, person, change):
        assert status_of(change(person.token)) == 401

    def test_T_07_the_json_serialisation_is_rejected(self, status_of, person):
        header, claims, signature = person.token.split(".")
        parts = {"payload": claims, "protected": header, "signature": signature}
        assert status_of(json.dumps(parts, separators=(",", ":"))) == 401
        assert status_of(encode_base64url(json.dumps(parts).encode())) == 401

    def test_T_07_the_signature_of_another_token_is_rejected(self, forge, person, status_of):
        one, other = forge.token(person), forge.token(person)
        assert status_of(f"{one.rpartition('.')[0]}.{other.rpartition('.')[2]}") == 401

    @pytest.mark.parametrize("text", ["{", "[]", "null", '"x"', "{}", '{"sub":1}{', "[" * 5000])
    def test_T_07_malformed_claims_are_rejected(self, forge, status_of, text):
        assert status_of(forge.sign(text)) == 401


class TestSignatures:
    def test_T_07_the_second_valid_signature_belongs_to_the_same_session(self, wire, person):
        spellings = [person.token, with_other_signature(person.token)]
        assert [statuses_of(wire, token) for token in spellings] == [{200}, {200}]

        wire.with_token(spellings[1]).post("/api/logout", None)

        assert [statuses_of(wire, token) for token in spellings] == [{401}, {401}]


def with_other_signature(token):
    """Return the token with n-s in place of s: anyone can compute this valid signature."""
    signed, _, signature = token.rpartition(".")
    octets = urlsafe_b64decode(f"{signature}==")
    other = ORDER - int.from_bytes(octets[32:])
    return f"{signed}.{encode_base64url(octets[:32] + other.to_bytes(32))}"
