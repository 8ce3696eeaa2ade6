"""B-02: the default parameters of libraries are admitted, and their cost is bounded."""

import time

import pytest

from api.passwords.formats.notations import find_hash_problem, read_hash

SALT, DIGEST = "c29tZXNhbHRzb21lc2FsdA", "A" * 43
WIDE = "A" * 86  # 64 bytes


def argon2(memory_kib, passes, lanes, kind="argon2id"):
    return f"${kind}$v=19$m={memory_kib},t={passes},p={lanes}${SALT}${DIGEST}"


def scrypt(log_factor, block_size, lanes):
    return f"$scrypt$ln={log_factor},r={block_size},p={lanes}${SALT}${DIGEST}"


def pbkdf2(function, iterations, digest=DIGEST):
    return f"$pbkdf2-{function}${iterations}${SALT}${digest}"


def bcrypt(cost):
    return f"$2b${cost}$" + "." * 53


DEFAULTS = {
    "argon2, RFC 9106, second choice": argon2(65_536, 3, 4),
    "argon2, OWASP, 46 MiB": argon2(47_104, 1, 1),
    "argon2, OWASP, 12 MiB": argon2(12_288, 3, 1),
    "argon2, OWASP, 7 MiB": argon2(7_168, 5, 1),
    "argon2, Django 2": argon2(512, 2, 2, "argon2i"),
    "argon2, Django 3 to 6": argon2(102_400, 2, 8),
    "argon2, argon2-cffi": argon2(102_400, 2, 8),
    "argon2, PHP and Laravel": argon2(65_536, 4, 1),
    "argon2, libsodium interactive": argon2(65_536, 2, 1),
    "argon2, Spring Security 5.8": argon2(16_384, 2, 1),
    "argon2, Keycloak": argon2(7_168, 5, 1),
    "argon2, argon2_elixir 2": argon2(131_072, 8, 4),
    "argon2, Kratos on eight cores": argon2(131_072, 1, 16),
    "bcrypt, usual": bcrypt(10),
    "bcrypt, Laravel 11": bcrypt(12),
    "bcrypt, Elixir and Symfony": bcrypt(13),
    "bcrypt, hardened": bcrypt(14),
    "scrypt, Django": scrypt(14, 8, 5),
    "scrypt, Werkzeug": scrypt(15, 8, 1),
    "scrypt, passlib": scrypt(16, 8, 1),
    "scrypt, better-auth": scrypt(14, 16, 1),
    "scrypt, OWASP": scrypt(17, 8, 1),
    "scrypt, OWASP with ten lanes": scrypt(13, 8, 10),
    "PBKDF2, Django 6": pbkdf2("sha256", 1_200_000),
    "PBKDF2, Django 6.1": pbkdf2("sha256", 1_500_000),
    "PBKDF2, Werkzeug 3": pbkdf2("sha256", 1_000_000),
    "PBKDF2, OWASP with SHA-1": pbkdf2("sha1", 1_400_000, "A" * 27),
    "PBKDF2, OWASP with SHA-512": pbkdf2("sha512", 220_000, WIDE),
    "PBKDF2, Keycloak with SHA-1": pbkdf2("sha1", 1_300_000, WIDE),
    "PBKDF2, Keycloak with SHA-256": pbkdf2("sha256", 600_000, WIDE),
    "PBKDF2, Keycloak with SHA-512": pbkdf2("sha512", 210_000, WIDE),
    "PBKDF2, Spring Security": "{pbkdf2@SpringSecurity_v5_8}" + "00" * 48,
    "SHA-256-crypt, passlib": "$5$rounds=535000$salt$" + "." * 43,
    "SHA-512-crypt, passlib": "$6$rounds=656000$salt$" + "." * 86,
    "SHA-1-crypt, passlib": "$sha1$480000$salt$" + "." * 28,
    "phpass, WordPress": "$P$B" + "." * 30,
    "phpass, passlib": "$P$H" + "." * 30,
    "Drupal 7": "$S$D" + "." * 51,
    "Drupal 7, Backdrop": "$S$E" + "." * 51,
}


@pytest.mark.parametrize("text", DEFAULTS.values(), ids=DEFAULTS)
def test_B_02_the_default_parameters_of_a_library_are_admitted(text):
    assert find_hash_problem(text) is None


MOST_COSTLY = {
    "argon2": argon2(131_072, 8, 1),
    "argon2, 16 lanes": argon2(131_072, 8, 16),
    "bcrypt": bcrypt(14),
    "scrypt": scrypt(17, 8, 2),
    "PBKDF2 with SHA-1": pbkdf2("sha1", 3_000_000, WIDE),
    "PBKDF2 with SHA-512": pbkdf2("sha512", 1_500_000, WIDE),
    "SHA-512-crypt": "$6$rounds=1000000$salt$" + "." * 86,
    "phpass": "$P$H" + "." * 30,
    "Drupal": "$S$H" + "." * 51,
}
MAX_SECONDS = 8  # of processor time; about one on an idle machine


@pytest.mark.parametrize("text", MOST_COSTLY.values(), ids=MOST_COSTLY)
def test_S_05_the_most_costly_hash_takes_bounded_time(text):
    known = read_hash(text)
    started = time.thread_time()

    assert known.cost <= 1
    assert not known.matches(b"password")
    assert time.thread_time() - started < MAX_SECONDS
