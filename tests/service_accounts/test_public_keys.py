"""Which public keys are accepted, and what they may be used with."""

from base64 import urlsafe_b64encode

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt import get_algorithm_by_name

from api.core.errors import InvalidRequest
from api.service_accounts import public_keys, weak_keys

CLAIMS = {"sub": "somebody"}
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()
RSA_KEY = rsa.generate_private_key(65537, 2048)
SMALL_RSA_KEY = rsa.generate_private_key(65537, 1024)
SMALL_EXPONENT = rsa.generate_private_key(3, 2048)


def to_jwk(key, algorithm, **members):
    public = get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    public.pop("key_ops", None)
    return {**public, **members}


EC, ED, RSA = to_jwk(EC_KEY, "ES256"), to_jwk(ED_KEY, "EdDSA"), to_jwk(RSA_KEY, "RS256")


def get_pointer(jwk):
    with pytest.raises(InvalidRequest) as error:
        public_keys.check(jwk)
    return error.value.members["errors"][0].pointer


@pytest.mark.parametrize(
    ("key", "jwk", "algorithms"),
    [
        (EC_KEY, EC, ("ES256",)),
        (ED_KEY, ED, ("EdDSA", "Ed25519")),
        (ED_KEY, {**ED, "alg": "Ed25519"}, ("EdDSA", "Ed25519")),
        (RSA_KEY, RSA, ("RS256", "PS256")),
        (RSA_KEY, {**RSA, "alg": "PS256"}, ("PS256",)),
    ],
)
def test_a_key_verifies_what_its_program_signs(key, jwk, algorithms):
    stored = public_keys.check({**jwk, "x5t": "ignored"})

    assert stored == jwk
    assert public_keys.find_algorithms(stored) == algorithms
    for algorithm in algorithms:
        token = jwt.encode(CLAIMS, key, algorithm)
        loaded = public_keys.load(stored)
        assert jwt.decode(token, loaded, algorithms=[algorithm]) == CLAIMS


@pytest.mark.parametrize("name", sorted(public_keys.PRIVATE))
@pytest.mark.parametrize("jwk", [EC, ED, RSA])
def test_a_private_key_is_rejected(jwk, name):
    assert get_pointer({**jwk, name: "AQAB"}) == f"/public_key/{name}"


@pytest.mark.parametrize(
    ("jwk", "pointer"),
    [
        ({"kty": "EC"}, "/crv"),
        ({**EC, "alg": "RS256"}, "/alg"),
        ({**EC, "alg": "EdDSA"}, "/alg"),
        ({**EC, "crv": "Ed25519"}, "/crv"),
        ({**ED, "crv": "P-256"}, "/crv"),
        ({**RSA, "crv": "P-256"}, "/crv"),
        ({**EC, "x": EC["y"]}, ""),  # not a point of the curve
        ({**EC, "x": "AQAB"}, ""),
        ({**ED, "x": "AQAB"}, ""),
        ({**ED, "x": "A"}, ""),  # no base64url has this length
        ({"kty": "OKP", "crv": "Ed25519"}, "/x"),
        ({"kty": "RSA", "n": RSA["n"]}, "/e"),
        ({**RSA, "e": "AA"}, ""),
        ({**RSA, "n": "AA"}, ""),
        ({**RSA, "n": ""}, ""),
        (to_jwk(SMALL_RSA_KEY, "RS256"), "/n"),
        (to_jwk(SMALL_EXPONENT, "RS256"), "/e"),
        ({**RSA, "n": "_" * 684}, "/n"),
    ],
)
def test_a_key_that_is_not_accepted_is_rejected(jwk, pointer):
    assert get_pointer(jwk) == f"/public_key{pointer}"


def encode(number, size, order="big"):
    return urlsafe_b64encode(number.to_bytes(size, order)).decode().rstrip("=")


def make_rsa(change_modulus=lambda modulus: modulus, exponent=65_537):
    modulus = change_modulus(RSA_KEY.public_key().public_numbers().n)
    return {"kty": "RSA", "n": encode(modulus, 256), "e": encode(exponent, 4)}


@pytest.mark.parametrize(
    ("jwk", "pointers"),
    [
        (make_rsa(lambda modulus: modulus - 1), {"/n", ""}),  # even
        (make_rsa(lambda modulus: modulus // 751 * 751), {"/n", ""}),
        (make_rsa(lambda modulus: modulus >> 1 | 1), {"/n"}),  # 2047 bits in 256 bytes
        (make_rsa(exponent=65_538), {"/e", ""}),
        (make_rsa(exponent=65_535), {"/e"}),
    ],
)
def test_rsa_keys_that_can_be_broken_are_rejected(jwk, pointers):
    assert get_pointer(jwk) in {f"/public_key{pointer}" for pointer in pointers}


P = weak_keys.ED25519_PRIME


@pytest.mark.parametrize("sign", [0, 1 << 255])
@pytest.mark.parametrize(
    "y", [*sorted(weak_keys.Y_OF_SMALL_ORDER), P, P + 1, 2], ids=lambda y: f"{y % 10_000}"
)
def test_ed25519_points_for_which_anyone_can_sign_are_rejected(y, sign):
    """Also those that are no point (2), and that are encoded in another way (P, P + 1)."""
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": encode(y | sign, 32, "little")}

    assert get_pointer(jwk) == "/public_key/x"


@pytest.mark.parametrize("y", sorted(weak_keys.Y_OF_SMALL_ORDER), ids=lambda y: f"{y % 10_000}")
def test_eight_times_a_point_of_small_order_is_the_neutral_one(y):
    def double(y_squared):  # the square of y of the doubled point, from that of the point
        x_squared = (y_squared - 1) * pow(weak_keys.ED25519_D * y_squared + 1, -1, P) % P
        doubled = (y_squared + x_squared) * pow(2 - y_squared + x_squared, -1, P)
        return doubled * doubled % P

    assert double(double(double(y * y % P))) == 1


def test_every_usual_ed25519_key_is_accepted():
    for _ in range(50):
        public = ed25519.Ed25519PrivateKey.generate().public_key()
        assert weak_keys.is_usable_ed25519(public.public_bytes_raw())
