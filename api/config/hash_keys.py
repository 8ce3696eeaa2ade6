"""Settings of the systems from which password hashes are imported: peppers and Firebase.

A pepper is a key that the previous system added to each password before it hashed it. The stored
hash names the pepper by its id, so the key itself is only in the settings.
"""

import re
from base64 import b64decode
from binascii import Error
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

HMAC_FORMS = frozenset(
    f"hmac-{function}{encoding}"
    for function in ("sha1", "sha256", "sha384", "sha512")
    for encoding in ("", "-hex")
)
KEYED_FORMS = HMAC_FORMS | {"prefix", "suffix"}
KEYLESS_FORMS = frozenset({"md5", "sha1", "sha256", "sha384", "sha512"})
PEPPER_ID = r"[A-Za-z0-9_-]{1,32}"
PEPPER = re.compile(rf"(?P<id>{PEPPER_ID})=(?P<form>[a-z0-9-]+):(?P<key>.+)")
FIREBASE_PAIR = re.compile(r"""(\w+)["']?\s*[:=]\s*["']?([^\s,{}"']+)""")
ENCODED_KEY = "base64:"


@dataclass(frozen=True)
class Pepper:
    """How a system prepared a password before it hashed it."""

    id: str
    form: str
    key: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class FirebaseScrypt:
    """The hash parameters of a Firebase project."""

    signer_key: bytes = field(repr=False)
    salt_separator: bytes
    rounds: int
    memory_cost: int


BUILT_IN_PEPPERS = tuple(Pepper(form, form) for form in sorted(KEYLESS_FORMS))


def read_pepper(text: str) -> Pepper:
    """Return the pepper of a text such as ``flask=hmac-sha512:KEY``.

    Raises:
        ValueError: it has another form.
    """
    parts = PEPPER.fullmatch(text)
    if not parts or parts["form"] not in KEYED_FORMS or parts["id"] in KEYLESS_FORMS:
        forms = ", ".join(sorted(KEYED_FORMS))
        raise ValueError(f"give ID=FORM:KEY, with one of the forms {forms}")
    return Pepper(parts["id"], parts["form"], _read_key(parts["key"]))


def read_firebase(value: object) -> object:
    """Return the parameters of a text as the Firebase console shows them.

    Raises:
        ValueError: a parameter is missing or has another form.
    """
    if not isinstance(value, str):
        return value
    given = dict(FIREBASE_PAIR.findall(value))
    try:
        return FirebaseScrypt(
            _decode(given["base64_signer_key"]),
            _decode(given["base64_salt_separator"]),
            int(given["rounds"]),
            int(given["mem_cost"]),
        )
    except (KeyError, ValueError):
        names = "base64_signer_key, base64_salt_separator, rounds and mem_cost"
        raise ValueError(f"give {names}, as the Firebase console shows them") from None


def _read_peppers(value: object) -> object:
    """Return the peppers of a list that is separated by lines or commas."""
    if not isinstance(value, str):
        return value
    texts = (part.strip() for part in re.split(r"[\n,]", value))
    peppers = tuple(read_pepper(text) for text in texts if text)
    if len({pepper.id for pepper in peppers}) < len(peppers):
        raise ValueError("two peppers have the same id")
    return peppers


def _read_key(key: str) -> bytes:
    if not key.startswith(ENCODED_KEY):
        return key.encode()
    try:
        return _decode(key.removeprefix(ENCODED_KEY))
    except ValueError:
        raise ValueError("the key of a pepper is not base64") from None


def _decode(text: str) -> bytes:
    standard = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except Error as error:
        raise ValueError("not base64") from error


Peppers = Annotated[tuple[Pepper, ...], NoDecode, BeforeValidator(_read_peppers)]
Firebase = Annotated[FirebaseScrypt, NoDecode, BeforeValidator(read_firebase)]
