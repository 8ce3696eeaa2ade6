"""Parsing the text of a stored hash, in the notation of the system that created it."""

import re
from collections.abc import Callable

from api.core.validation_rules import ValidationRule
from api.passwords.formats import braces, crypt, firebase, frameworks, kratos, phc, wordpress
from api.passwords.formats.hashes import Hash
from api.passwords.formats.keys import NO_KEYS, PEPPERED, HashKeys, apply_pepper, require_pepper
from api.passwords.formats.problems import HashProblem, Part, UnknownHash

MAX_HASH_LENGTH = 512  # characters, the length of the column
PRINTABLE = re.compile(r"[!-~]+")
PLAIN = "plain$"

# The beginning of a text, and the function that reads a text with this beginning.
SCHEMES: tuple[tuple[re.Pattern[str], Callable[[str], Hash]], ...] = tuple(
    (re.compile(beginning), read)
    for beginning, read in (
        (r"\$argon2(?:id|i|d)\$", phc.read_argon2),
        (r"\$2[aby]\$", crypt.read_bcrypt),
        (r"bcrypt_sha256\$\$", frameworks.read_django_bcrypt_sha256),
        (r"\$bcrypt-sha256\$", phc.read_keyed_bcrypt),
        (r"\$wp\$2y\$", crypt.read_wordpress),
        (r"\$scrypt\$", phc.read_scrypt),
        (r"scrypt:", frameworks.read_werkzeug_scrypt),
        (r"scrypt\$", frameworks.read_django_scrypt),
        (r"\$pbkdf2(?:-[^$]*)?\$", phc.read_pbkdf2),
        (r"pbkdf2:", frameworks.read_werkzeug_pbkdf2),
        (r"pbkdf2_sha(?:1|256)\$", frameworks.read_django_pbkdf2),
        (r"\$5\$", crypt.read_sha256_crypt),
        (r"\$6\$", crypt.read_sha512_crypt),
        (r"\$(?:1|apr1)\$", crypt.read_md5_crypt),
        (r"\$[PH]\$", crypt.read_phpass),
        (r"\$S\$", crypt.read_drupal),
        (r"\$(?:sha1|sha256|sha512)\$pf=|\$md5\$", kratos.read_templated_digest),
        (r"\$sha1\$", crypt.read_sha1_crypt),
        (r"\$hmac-", kratos.read_keyed_digest),
        (r"(?:md5|sha1|sha224|sha256|sha384|sha512)\$", frameworks.read_digest),
        (r"[0-9a-f]{32}:[0-9a-f]{128}$|s2:", frameworks.read_better_auth),
        (r"[0-9A-Fa-f]{32}$", frameworks.read_unsalted_md5),
        (r"AQAAAA[A-Za-z0-9+/]{38,}={0,2}$", frameworks.read_aspnet_v3),
        (r"A[A-P][A-Za-z0-9+/]{64}==$", frameworks.read_aspnet_v2),
    )
)
# Names before a hash that names its function itself, and the beginning of the hash.
PREFIXES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(prefix), beginning)
    for prefix, beginning in (
        (r"argon2(?=\$argon2)", ""),
        (r"bcrypt\$(?=\$2)", ""),
        (r"\$sha256-crypt(?=\$)", "$5"),
        (r"\$sha512-crypt(?=\$)", "$6"),
        (r"\$md5-crypt(?=\$)", "$1"),
    )
)
DJANGO_CRYPT = re.compile(r"crypt\$[^$]*\$(?P<hash>[^$]*)")
DRUPAL_UPGRADE = re.compile(r"U(?=\$[SPH]\$)")


def find_hash_problem(text: str, keys: HashKeys = NO_KEYS) -> HashProblem | None:
    """Return why a hash from another system cannot be imported, or None if it can."""
    try:
        stored = parse_hash(text, keys)
    except UnknownHash as error:
        return error.problem
    if stored.cost <= 1:
        return None
    message = f"has a higher cost than is allowed: {stored.bound}"
    return HashProblem(ValidationRule.HASH_TOO_COSTLY, Part.COST, message)


def find_hash_warning(text: str, keys: HashKeys = NO_KEYS) -> str | None:
    """Return why a hash that can be imported is weak, or None if it is not."""
    stored = read_hash(text, keys)
    if stored is None or not stored.is_weak:
        return None
    return f"is {stored.name}, from which passwords are guessed quickly until the next login"


def read_hash(text: str, keys: HashKeys = NO_KEYS) -> Hash | None:
    """Return the hash of a text, or None if its format is unknown."""
    try:
        return parse_hash(text, keys)
    except UnknownHash:
        return None


def parse_hash(text: str, keys: HashKeys = NO_KEYS) -> Hash:
    """Return the hash of a text.

    Raises:
        UnknownHash: a part of it is not understood.
    """
    if len(text) > MAX_HASH_LENGTH:
        raise UnknownHash(Part.LENGTH, f"it has more than {MAX_HASH_LENGTH} characters")
    if not PRINTABLE.fullmatch(text):
        raise UnknownHash(Part.SCHEME, "it has characters that no hash has")
    if peppered := PEPPERED.fullmatch(text):
        pepper = require_pepper(peppered["id"], keys)
        return apply_pepper(_parse(peppered["hash"], keys), pepper)
    return _parse(text, keys)


def _parse(text: str, keys: HashKeys) -> Hash:
    if text.startswith(wordpress.PREFIX):
        return wordpress.WordpressHash(_parse_scheme(text.removeprefix(wordpress.PREFIX), keys))
    if named := braces.BRACES.fullmatch(text):
        inner = braces.find_inner_hash(named["scheme"], named["rest"])
        if inner is None:
            return braces.read_scheme(named["scheme"], named["rest"])
        return _parse_inner(inner, keys)
    if fields := DJANGO_CRYPT.fullmatch(text):
        return crypt.read_des_crypt(fields["hash"])
    if DRUPAL_UPGRADE.match(text):
        return crypt.read_drupal_upgrade(_parse_scheme(text[1:], keys))
    return _parse_scheme(text, keys)


def _parse_inner(text: str, keys: HashKeys) -> Hash:
    """Return the hash that follows a scheme in braces, perhaps another such scheme."""
    if crypt.DES_CRYPT.fullmatch(text):
        return crypt.read_des_crypt(text)
    return _parse(text, keys)


def _parse_scheme(text: str, keys: HashKeys) -> Hash:
    for prefix, start in PREFIXES:
        if named := prefix.match(text):
            text = start + text[named.end() :]
    if text.startswith(("$firescrypt$", "$fbscrypt$")):
        return firebase.read_firebase(text, keys)
    for beginning, read in SCHEMES:
        if beginning.match(text):
            return read(text)
    if text.startswith(PLAIN):
        raise UnknownHash(Part.SCHEME, "it is a password in plain text")
    raise UnknownHash(Part.SCHEME, "its scheme is not known")
