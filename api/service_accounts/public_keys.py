"""Public keys of service accounts, as JSON Web Keys (RFC 7517), and what they are used with.

Three types are accepted: those with which every library signs, and that resist forgery as long as
128-bit secrets do or nearly so. RSA has at least 2048 bits (RFC 7518, 3.3; NIST SP 800-131A), and
at most 4096, since a longer one takes the service long to verify. P-384, P-521 and Ed448 add
nothing, and secp256k1 is not for tokens.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt import PyJWK, get_algorithm_by_name, register_algorithm
from jwt.algorithms import AllowedPublicKeys
from jwt.exceptions import PyJWTError

from api.core.errors import InvalidRequest, ValidationError
from api.core.validation_rules import ValidationRule
from api.service_accounts.weak_keys import is_usable_ed25519, is_usable_modulus

# By key type. Ed25519 is another name for EdDSA with such a key (RFC 9864, 2.2).
ALGORITHMS = {"EC": ("ES256",), "OKP": ("EdDSA", "Ed25519"), "RSA": ("RS256", "PS256")}
CURVES = {"EC": "P-256", "OKP": "Ed25519"}
REQUIRED = {"EC": ("crv", "x", "y"), "OKP": ("crv", "x"), "RSA": ("n", "e")}
PEM_TYPES = {"ES256": EllipticCurvePublicKey, "EdDSA": Ed25519PublicKey, "RS256": RSAPublicKey}
PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})  # RFC 7518, 6.2.2 to 6.4
STORED = ("kid", "kty", "alg", "use", "crv", "x", "y", "n", "e")
MIN_RSA_BITS, MAX_RSA_BITS = 2048, 4096
MIN_RSA_EXPONENT = 65_537  # FIPS 186-5, A.1.1; smaller ones have been attacked

with suppress(ValueError):  # a later PyJWT may know the name
    register_algorithm("Ed25519", get_algorithm_by_name("EdDSA"))


def check(given: Mapping[str, Any]) -> dict[str, str]:
    """Return the members of a public key that are stored; members that are not known are ignored.

    Raises:
        InvalidRequest: it is no public key, or not of an accepted type or size.
    """
    for name in given:
        if name in PRIVATE:
            raise _make_error(name, "is private: replace this key pair, and send the public key")
    kty = given["kty"]
    for name in REQUIRED[kty]:
        if name not in given:
            raise _make_error(name, f"is required for {kty}", ValidationRule.REQUIRED)
    if given.get("alg", ALGORITHMS[kty][0]) not in ALGORITHMS[kty]:
        raise _make_error("alg", f"must be {' or '.join(ALGORITHMS[kty])} for {kty}")
    if given.get("crv", CURVES.get(kty)) != CURVES.get(kty):
        raise _make_error("crv", f"must be {CURVES.get(kty, 'left out')} for {kty}")
    members = {name: str(given[name]) for name in STORED if name in given}
    _check_numbers(members)
    return members


def read_pem(content: bytes) -> dict[str, Any]:
    """Return the public key of a PEM file as a JWK, which is not checked yet.

    Raises:
        ValueError: it has no public key of a known type.
    """
    try:
        key = load_pem_public_key(content)
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from None
    for algorithm, kind in PEM_TYPES.items():
        if isinstance(key, kind):
            return dict(get_algorithm_by_name(algorithm).to_jwk(key, as_dict=True))
    raise ValueError("the type of the key is not known")


def load(members: Mapping[str, str]) -> AllowedPublicKeys:
    """Return a stored key for the verification with one of ``find_algorithms``."""
    key: AllowedPublicKeys = PyJWK(dict(members), ALGORITHMS[members["kty"]][0]).key
    return key


def find_algorithms(members: Mapping[str, str]) -> tuple[str, ...]:
    """Return the algorithms that a stored key may be used with (RFC 8725, 3.1)."""
    if "alg" in members and members["kty"] != "OKP":
        return (members["alg"],)
    return ALGORITHMS[members["kty"]]


def _check_numbers(members: Mapping[str, str]) -> None:
    try:
        key = load(members)
    except (PyJWTError, ValueError):
        raise _make_error("", "is no valid public key") from None
    if isinstance(key, RSAPublicKey):
        _check_rsa(key.public_numbers())
    elif isinstance(key, Ed25519PublicKey) and not is_usable_ed25519(key.public_bytes_raw()):
        raise _make_error("x", "is no point of the curve that can be a public key")


def _check_rsa(numbers: RSAPublicNumbers) -> None:
    if not MIN_RSA_BITS <= numbers.n.bit_length() <= MAX_RSA_BITS:
        raise _make_error("n", f"must have {MIN_RSA_BITS} to {MAX_RSA_BITS} bits")
    if not is_usable_modulus(numbers.n):
        raise _make_error("n", "is divisible by a small number")
    if numbers.e < MIN_RSA_EXPONENT or not numbers.e % 2:
        raise _make_error("e", f"must be odd, and {MIN_RSA_EXPONENT} or more")


def _make_error(
    name: str, message: str, rule: ValidationRule = ValidationRule.PUBLIC_KEY
) -> InvalidRequest:
    pointer = f"/public_key/{name}".rstrip("/")
    return InvalidRequest([ValidationError(pointer, rule, message)])
