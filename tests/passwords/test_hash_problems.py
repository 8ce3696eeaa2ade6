"""An unknown hash: the problem names the part that was not understood, and not the hash."""

import pytest

from api.core.validation_rules import ValidationRule
from api.passwords.formats.keys import add_pepper
from api.passwords.formats.notations import find_hash_problem, find_hash_warning, read_hash
from api.passwords.formats.problems import Part

SALT, DIGEST = "c2FsdHNhbHQ", "YC9+jJCrQhs5R6db7LlN8Q"
ARGON2 = f"$argon2id$v=19$m=8,t=1,p=1${SALT}${DIGEST}"
SCRYPT = f"$scrypt$ln=14,r=8,p=1${SALT}${DIGEST}"
PBKDF2 = f"$pbkdf2-sha256$1000${SALT}${DIGEST}"
DJANGO = f"pbkdf2_sha256$1000$salt${DIGEST}"
SALTED_SHA1 = "{SSHA}JFZFs0oHzxbMwkSJmYVeI8MnTDy/276a"
SIGNER_KEY = "A" * 86
FIRESCRYPT = f"$firescrypt$ln=14,r=8,p=1$sPtDhWcd1MfdAw==${SIGNER_KEY}$Bw==${SIGNER_KEY}"
MD5 = "88a434c88cca4e900f7874cd98123f43"

SCHEMES = [
    "password",
    "$unknown$salt$digest",
    "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7",  # yescrypt
    "$2x$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e",
    "$scram$4096$QSXCR.Q6sek8bf92$sha-1=HZbuOlKbWl.eR8AfIposuKbhX30",
    "{SCRAM-SHA-256}4096,QSXCR,HZbuOlKbWl,eR8AfIposuKbhX30",
    "{UNKNOWN}JFZFs0oHzxbMwkSJmYVeI8MnTDy",
    "{noop}password",
    "{PLAIN}password",
    "plain$$password",
    "$pbkdf2-whirlpool$1000$" + SALT + "$" + DIGEST,
    "{PBKDF2-MD2}1000$" + SALT + "$" + DIGEST,
    MD5 * 2,  # SHA-256 without a scheme: it could be anything of that length
    "with spaces",
    "gänsefüßchen",
    "",
]
ENCODINGS = [
    ARGON2.replace(SALT, SALT + "!"),
    ARGON2.replace(DIGEST, DIGEST[:-1] + "9"),  # not canonical
    ARGON2 + "===",
    SCRYPT.replace(SALT, "c2Fs=dHNhbHQ"),
    PBKDF2.replace(SALT, SALT + "*"),
    DJANGO.replace(DIGEST, "*" + DIGEST),
    "pbkdf2:sha256:1000$salt$" + "xy" * 32,
    SALTED_SHA1 + "!",
    FIRESCRYPT.replace("$Bw==$", "$B$"),
    "sha1$salt$" + "xy" * 20,
    "$hmac-md5$" + SALT + "$MTIzNDU=",
    "$md5$*",
]
PARAMETERS = [
    ARGON2.replace("m=8,", ""),
    ARGON2.replace("m=8", "m=007"),
    ARGON2.replace("m=8", "m=7"),
    ARGON2.replace("p=1", "p=1,q=1"),
    ARGON2.replace("p=1", "p=1,p=1"),
    ARGON2.replace("v=19", "v=20"),
    SCRYPT.replace("ln=14", "ln=16383"),
    SCRYPT.replace("ln=14", "ln=9999999999"),
    SCRYPT.replace("r=8", "r=eight"),
    PBKDF2.replace("1000", "-1"),
    PBKDF2.replace("$1000$", "$$"),
    PBKDF2.replace("$1000$", "$i=1000,l=33$"),
    DJANGO.replace("1000", "0"),
    DJANGO + "$more",
    "$S$/33783772bRXEx1aCsvY.dqgaaSu76XmVlKrW9Qu8IQlvxHlmzLf",
    "$5$rounds=999$salt$" + "a" * 43,
    "{scrypt}$0$c2Fs$ZGlnZXN0",
    FIRESCRYPT.replace("ln=14", "ln=64"),
    FIRESCRYPT.replace("ln=14", "ln=9999999999"),
    FIRESCRYPT.replace("p=1", "p=2"),
    f"$firescrypt${SALT}${SIGNER_KEY}",  # the setting is missing
    "$fbscrypt$v=2,n=14,r=8,p=1$" + SALT + "$" + SIGNER_KEY,
    "$md5$pf=e1NBTFR9$MTIz$" + DIGEST,  # {SALT}: every password would match
    add_pepper(ARGON2, "unknown"),
]
LENGTHS = [
    ARGON2.replace(SALT, "c2FsdA"),
    ARGON2.replace(DIGEST, "c2FsdA"),
    SCRYPT.replace(DIGEST, ""),
    PBKDF2.replace(DIGEST, "c2FsdA"),
    "{SSHA}c2FsdA==",
    "{SHA}" + "A" * 28,
    "{MD5}" + "0" * 28,
    "{pbkdf2}" + "00" * 39,
    "{PKCS5S2}" + "A" * 40,
    "sha1$salt$" + "00" * 19,
    FIRESCRYPT.replace(SIGNER_KEY, SIGNER_KEY[:40], 1),
    "$6$" + "a" * 1000,
]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        *((text, Part.SCHEME) for text in SCHEMES),
        *((text, Part.ENCODING) for text in ENCODINGS),
        *((text, Part.PARAMETER) for text in PARAMETERS),
        *((text, Part.LENGTH) for text in LENGTHS),
    ],
)
def test_B_01_an_unknown_hash_names_the_part_that_was_not_understood(text, part):
    problem = find_hash_problem(text)

    assert (problem.rule, problem.part) == (ValidationRule.HASH_UNKNOWN, part)
    assert problem.message.startswith("is not a hash in a supported format: it")
    assert not text or text not in problem.message
    assert read_hash(text) is None


@pytest.mark.parametrize("text", [ARGON2, SCRYPT, PBKDF2, DJANGO, FIRESCRYPT, SALTED_SHA1, MD5])
def test_these_hashes_were_valid_before_a_part_was_changed(text):
    assert find_hash_problem(text) is None


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        (ARGON2.replace("m=8", "m=2097152"), "argon2 up to 128 MiB"),  # RFC 9106, first choice
        (SCRYPT.replace("ln=14", "ln=20"), "scrypt up to 128 MiB"),
        (PBKDF2.replace("1000", "3000001"), "PBKDF2 up to 3000000 iterations"),
        ("$2b$15$" + "." * 53, "bcrypt up to cost 14"),
        ("$5$rounds=1000001$salt$" + "." * 43, "up to 1000000 rounds"),
        ("$P$I" + "." * 30, "up to 1000000 rounds"),
        (add_pepper("$2b$15$" + "." * 53, "sha256"), "bcrypt up to cost 14"),
    ],
)
def test_B_02_a_hash_that_is_too_costly_names_the_bound(text, bound):
    problem = find_hash_problem(text)

    assert (problem.rule, problem.part) == (ValidationRule.HASH_TOO_COSTLY, Part.COST)
    assert problem.message.startswith("has a higher cost than is allowed: ")
    assert bound in problem.message


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (MD5, "MD5 without a salt"),
        (f"md5$$salt${MD5}".replace("$$", "$"), "HMAC-MD5 or MD5 with a salt"),
        ("sha256$salt$" + MD5 * 2, "HMAC-SHA256"),
        (SALTED_SHA1, "SHA1 with a salt"),
        ("$1$dXc3I7Rw$ctlgjDdWJLMT.qwHsWhXR1", "md5_crypt"),
        ("crypt$$ab1Hv2Lg7ltQo", "des_crypt"),
        (add_pepper(MD5, "sha256"), "MD5 without a salt"),
    ],
)
def test_B_03_a_weak_hash_has_a_warning_that_names_its_function(text, name):
    warning = find_hash_warning(text)

    assert warning.startswith(f"is {name}")
    assert "guessed quickly" in warning
    assert MD5 not in warning


@pytest.mark.parametrize("text", [ARGON2, SCRYPT, PBKDF2, DJANGO, FIRESCRYPT, "unknown"])
def test_B_03_other_hashes_have_no_warning(text):
    assert find_hash_warning(text) is None
