"""The keys of other systems, without which some of their hashes cannot be verified."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import new as new_hash
from hmac import digest as keyed_digest

from api.config.hash_keys import (
    BUILT_IN_PEPPERS,
    KEYLESS_FORMS,
    PEPPER_ID,
    FirebaseScrypt,
    Pepper,
)
from api.passwords.formats.encodings import encode_padded_base64
from api.passwords.formats.hashes import Hash, Prepared
from api.passwords.formats.problems import Part, UnknownHash

PEPPERED = re.compile(rf"\{{pepper:(?P<id>{PEPPER_ID})\}}(?P<hash>.*)", re.DOTALL)
HEXADECIMAL_SUFFIX = "-hex"


@dataclass(frozen=True)
class HashKeys:
    """``peppers`` are the peppers by id, with those that have no key."""

    peppers: Mapping[str, Pepper]
    firebase: FirebaseScrypt | None = field(default=None, repr=False)


def make_keys(peppers: Iterable[Pepper] = (), firebase: FirebaseScrypt | None = None) -> HashKeys:
    return HashKeys({pepper.id: pepper for pepper in (*BUILT_IN_PEPPERS, *peppers)}, firebase)


NO_KEYS = make_keys()


def add_pepper(password_hash: str, pepper_id: str) -> str:
    """Return the text that is stored for a hash over a prepared password."""
    return f"{{pepper:{pepper_id}}}{password_hash}"


def has_pepper(password_hash: str) -> bool:
    """Return whether a stored hash names a pepper."""
    return bool(PEPPERED.fullmatch(password_hash))


def require_pepper(pepper_id: str, keys: HashKeys) -> Pepper:
    """Return the pepper with this id.

    Raises:
        UnknownHash: the settings have no such pepper.
    """
    if pepper := keys.peppers.get(pepper_id):
        return pepper
    raise UnknownHash(Part.PARAMETER, "its pepper is not in PASSWORD_PEPPERS")


def apply_pepper(inner: Hash, pepper: Pepper) -> Prepared:
    """Return a hash that verifies passwords as they were prepared with a pepper."""
    return Prepared(inner, partial(_prepare, pepper), f"the pepper {pepper.id}")


def _prepare(pepper: Pepper, password: bytes) -> bytes:
    if pepper.form == "prefix":
        return pepper.key + password
    if pepper.form == "suffix":
        return password + pepper.key
    if pepper.form in KEYLESS_FORMS:
        return new_hash(pepper.form, password, usedforsecurity=False).hexdigest().encode()
    function = pepper.form.removeprefix("hmac-").removesuffix(HEXADECIMAL_SUFFIX)
    digest = keyed_digest(pepper.key, password, function)
    if pepper.form.endswith(HEXADECIMAL_SUFFIX):
        return digest.hex().encode()
    return encode_padded_base64(digest)
