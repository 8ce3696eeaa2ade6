"""Users of other systems log in with the password hash that the other system stored, over HTTP."""

import hashlib
import hmac
import json
from base64 import b64encode

import bcrypt
import pytest
from sqlalchemy import select

from api.core.database import db
from api.users.models import User
from tests.support import LocalService, anonymous

NDJSON = {"Content-Type": "application/x-ndjson"}
SIGNER_KEY = (
    "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=="
)
PROJECT = f"base64_signer_key={SIGNER_KEY}, base64_salt_separator=Bw==, rounds=8, mem_cost=14"
FIREBASE_HASH = (
    "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="
)
PEPPERS = "flask=hmac-sha512:SECURITY_PASSWORD_SALT, devise=suffix:a pepper\nlegacy=prefix:salt"
PASSWORD = "password"


def import_row(administrator, password_hash):
    row = {"username": "ada", "email": "ada@example.org", "password_hash": password_hash}
    body = json.dumps(row).encode()
    return administrator.post("/api/users/import", data=body, headers=NDJSON, expecting=200).json


def reject_row(administrator, password_hash):
    report = import_row(administrator, password_hash)
    assert (report["created"], report["rejected"]) == (0, 1)
    [error] = report["rows"][0]["errors"]
    assert error["pointer"] == "/password_hash"
    return error


def log_in(client, password, expecting=200):
    credentials = {"username": "ada", "password": password}
    anonymous(client).post("/api/login", credentials, expecting=expecting)


def check_login(service, password_hash, password):
    """Import the hash, log in with the password twice, and see that the first login replaced it."""
    administrator = service.person("Root", role="admin")
    assert import_row(administrator, password_hash)["created"] == 1

    log_in(service.client, password + "!", expecting=401)
    log_in(service.client, password)

    with service.app.app_context():
        stored = db.session.scalar(select(User.password_hash).filter_by(username="ada"))
    assert stored.startswith("$argon2id$v=19$m=8,")
    log_in(service.client, password)


@pytest.fixture
def keyed_service(build):
    """The service with the keys of other systems."""
    return LocalService(build(PASSWORD_PEPPERS=PEPPERS, FIREBASE_SCRYPT=PROJECT))


@pytest.mark.parametrize(
    ("password", "password_hash"),
    [
        (
            "secret",
            ("argon2$argon2id$v=19$m=102400,t=2,p=8$Y041dExhNkljRUUy$TMa6A8fPJhCAUXRhJXCXdw"),
        ),
        ("secret", "argon2$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$YC9+jJCrQhs5R6db7LlN8Q"),
        (
            "lètmein",
            "pbkdf2_sha1$390000$seasalt2$aDapRanzW8aHTz97v2TcfHzWD+I=",
        ),
        (
            "lètmein",
            (
                "scrypt$16384$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71"
                "m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw=="
            ),
        ),
        (
            "lètmein",
            "bcrypt_sha256$$2a$08$NDjSAIcas.EcoxCRiArvT.MkNiPYVhrsrnJsRkLueZOoV1bsQqlmC",
        ),
        ("lètmein", "sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8"),
        ("lètmein", "88a434c88cca4e900f7874cd98123f43"),
    ],
)
def test_B_01_a_hash_of_django_logs_in(local_service, password, password_hash):
    check_login(local_service, password_hash, password)


@pytest.mark.parametrize(
    "password_hash",
    [
        "$5$rounds=535000$05R.9KB6UC2kLI3w$Q/zslzx./JjkAVPTwp6th7nW5l7JU91Gte/UmIh.U78",
        (
            "$6$rounds=656000$3LVbIAVxR//cRajw$uuNasMW.RYxlGzIRFU1Was70BPSa933AjxhZIGJdJBOlqJAHlg"
            "qa0yuiuq5JHF/ryNGryJkj87G9i3G2HPSXg1"
        ),
    ],
)
def test_B_02_a_hash_with_the_default_rounds_of_passlib_logs_in(local_service, password_hash):
    check_login(local_service, password_hash, "test")


def keyed(function):
    digest = hmac.digest(b"Z7bcBO9P43gvdQWp", PASSWORD.encode(), function).hex()
    return f"{function}$Z7bcBO9P43gvdQWp${digest}"


@pytest.mark.parametrize("function", ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"])
def test_B_03_a_salted_digest_of_old_werkzeug_logs_in(local_service, function):
    check_login(local_service, keyed(function), PASSWORD)


def test_B_03_a_password_in_plain_text_of_old_werkzeug_is_rejected(administrator):
    error = reject_row(administrator, "plain$$password")

    assert error["rule"] == "hash_unknown"
    assert error["message"].endswith("it is a password in plain text")


FIRESCRYPT = (
    "$firescrypt$ln=14,r=8,p=1$sPtDhWcd1MfdAw==$xbSou7FOl6mChCyzpCPIQ7tku7nsQMTFtyOZSXXd7tjBa4Nt"
    "imOx7v42Gv2SfzPQu1oxM2/k4SsbOu73wlKe1A==$Bw==$YE0dO4bwD4JnJafh6lZZfkp1MtKzuKAXQcDCJNJNyeCHa"
    "irWHKENOkbh3dzwaCdizzOspwr/FITUVlnOAwPKyw=="
)


@pytest.mark.parametrize(
    ("password", "password_hash"),
    [
        ("8x4WjoDbSxJZdR", FIRESCRYPT),
        ("8x4WjoDbSxJZdR", FIRESCRYPT.replace("+", "-").replace("/", "_")),
        ("user1password", f"$firescrypt$42xEC+ixf3L2lw==${FIREBASE_HASH}"),
        ("user1password", f"$firescrypt$42xEC-ixf3L2lw${FIREBASE_HASH.replace('/', '_')}"),
        ("user1password", f"$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==$42xEC+ixf3L2lw==${FIREBASE_HASH}"),
    ],
    ids=["Kratos", "URL-safe", "export", "export, URL-safe", "Supabase without the key"],
)
def test_B_04_a_hash_of_firebase_logs_in(keyed_service, password, password_hash):
    check_login(keyed_service, password_hash, password)


def test_B_04_without_the_parameters_of_firebase_the_import_names_the_setting(administrator):
    error = reject_row(administrator, f"$firescrypt$42xEC+ixf3L2lw==${FIREBASE_HASH}")

    assert (error["rule"], "FIREBASE_SCRYPT" in error["message"]) == ("hash_unknown", True)


@pytest.mark.parametrize(
    ("password", "password_hash"),
    [
        ("hashcat", "$P$984478476IagS59wHZvyQMArzfx58u."),
        ("hashcat", "$H$984478476IagS59wHZvyQMArzfx58u."),
        ("hashcat", "$S$C33783772bRXEx1aCsvY.dqgaaSu76XmVlKrW9Qu8IQlvxHlmzLf"),
        ("admin", "$wp$2y$10$Q1xinFjrZeLWJBvxviIL6u834Fu.evIEFHAUVisQ5O.w9Dm0sMdES"),
    ],
    ids=["WordPress", "phpBB", "Drupal 7", "WordPress 6.8"],
)
def test_B_05_a_hash_of_a_php_application_logs_in(local_service, password, password_hash):
    check_login(local_service, password_hash, password)


KEYCLOAK_SALT = "VaXa3H3OJXXujl+cRg66HA=="
KEYCLOAK = (
    f"$pbkdf2-sha256$27500${KEYCLOAK_SALT}$G4pkQxlaYGLOqaO4wDUgItslxTtvcg3lv+JihbYD2ccym7aDixYmCUf5"
    "L318TjrfMFZIxqwzrVjGTXUF5GGttA"
)


@pytest.mark.parametrize(
    "password_hash",
    [
        KEYCLOAK,
        KEYCLOAK + "==",
        KEYCLOAK.replace("==", ""),
        KEYCLOAK.replace("+", "-").replace("/", "_"),
        KEYCLOAK.replace("+", "."),
    ],
    ids=["salt padded", "both padded", "not padded", "URL-safe", "dialect of passlib"],
)
def test_B_06_base64_is_read_with_and_without_padding(local_service, password_hash):
    check_login(local_service, password_hash, "test")


def hash_peppered(prepared):
    return bcrypt.hashpw(prepared[:72], bcrypt.gensalt(4)).decode()


@pytest.mark.parametrize(
    ("pepper", "prepared"),
    [
        (
            "flask",
            b64encode(hmac.digest(b"SECURITY_PASSWORD_SALT", PASSWORD.encode(), "sha512")),
        ),
        ("devise", b"passworda pepper"),
        ("legacy", b"saltpassword"),
        ("md5", hashlib.md5(PASSWORD.encode()).hexdigest().encode()),
        ("sha256", hashlib.sha256(PASSWORD.encode()).hexdigest().encode()),
        ("sha512", hashlib.sha512(PASSWORD.encode()).hexdigest().encode()),
    ],
)
def test_B_08_a_hash_over_a_prepared_password_logs_in(keyed_service, pepper, prepared):
    check_login(keyed_service, f"{{pepper:{pepper}}}{hash_peppered(prepared)}", PASSWORD)


def test_B_08_a_hash_with_an_unknown_pepper_is_rejected(administrator):
    error = reject_row(administrator, f"{{pepper:flask}}{hash_peppered(b'x')}")

    assert (error["rule"], "PASSWORD_PEPPERS" in error["message"]) == ("hash_unknown", True)


@pytest.mark.parametrize(
    ("password", "password_hash"),
    [
        (PASSWORD, "{bcrypt}$2a$10$dXJ3SW6G7P50lGmMkkmwe.20cQQubK3.HZWzG3YB1tlRy.fqvM/BG"),
        (PASSWORD, "{BLF-CRYPT}$2a$10$dXJ3SW6G7P50lGmMkkmwe.20cQQubK3.HZWzG3YB1tlRy.fqvM/BG"),
        ("test123", "{SSHA}JFZFs0oHzxbMwkSJmYVeI8MnTDy/276a"),
        ("test123", "{ldap}{SSHA}JFZFs0oHzxbMwkSJmYVeI8MnTDy/276a"),
        ("test123", "{SSHA256}czO44OTV17PcF1cRxWrLZLy9xHd7CWyVYplr1rOhuMlx/7IK"),
        (
            "Hello world!",
            (
                "{CRYPT}$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4"
                "OTLiBFdcbYEdFCoEOfaS35inz1"
            ),
        ),
        (
            "Hello world!",
            "{SHA256-CRYPT}$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
        ),
        ("helloworld", "{SHA}at+xg6SiyUovktq1redipHiJpaE="),
    ],
)
def test_B_10_a_hash_with_its_scheme_in_braces_logs_in(local_service, password, password_hash):
    check_login(local_service, password_hash, password)


def test_a_hash_of_better_auth_logs_in(local_service):
    salt = "1c50892c354da5b23ec3b5007649bc6e"  # its text is the salt
    password = "pass\u2460word"  # NFKC makes it pass1word
    key = hashlib.scrypt(
        b"pass1word", salt=salt.encode(), n=16_384, r=16, p=1, maxmem=2**26, dklen=64
    )

    check_login(local_service, f"{salt}:{key.hex()}", password)
