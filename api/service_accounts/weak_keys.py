"""Public keys that are well-formed but protect nothing.

Anyone can sign for them, or find their private key. A library that makes keys never makes these.
"""

from math import gcd, prod

MAX_SMALL_PRIME = 751  # NIST SP 800-89, 5.3.3
SMALL_PRIMES = prod(
    number
    for number in range(2, MAX_SMALL_PRIME + 1)
    if all(number % divisor for divisor in range(2, number))
)

ED25519_PRIME = 2**255 - 19
ED25519_D = -121_665 * pow(121_666, -1, ED25519_PRIME) % ED25519_PRIME  # RFC 8032, 5.1
ED25519_SIGN = 1 << 255  # the bit of the sign of x
_Y_OF_ORDER_8 = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
Y_OF_SMALL_ORDER = {
    1,  # order 1
    ED25519_PRIME - 1,  # order 2
    0,  # order 4
    _Y_OF_ORDER_8,
    ED25519_PRIME - _Y_OF_ORDER_8,
}


def is_usable_modulus(modulus: int) -> bool:
    """Return whether an RSA modulus has no small factor, such as 2 (NIST SP 800-89, 5.3.3)."""
    return gcd(modulus, SMALL_PRIMES) == 1


def is_usable_ed25519(encoded: bytes) -> bool:
    """Return whether the encoding of a point is canonical, on the curve, and not of a small order.

    For a point of a small order, anyone can make a signature that is valid for any text.
    """
    y = int.from_bytes(encoded, "little") & ~ED25519_SIGN
    return y < ED25519_PRIME and y not in Y_OF_SMALL_ORDER and _is_on_curve(y)


def _is_on_curve(y: int) -> bool:
    """Return whether the equation of the curve has an x for this y (RFC 8032, 5.1.3)."""
    numerator, denominator = y * y - 1, ED25519_D * y * y + 1
    square = numerator * pow(denominator, -1, ED25519_PRIME) % ED25519_PRIME
    return pow(square, (ED25519_PRIME - 1) // 2, ED25519_PRIME) in {0, 1}
