"""The settings with the keys of systems from which hashes are imported (B-04, B-08)."""

from base64 import b64decode

import pytest

from api.config import load
from tests.settings import PRODUCTION, api_error, forget

SIGNER_KEY = (
    "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=="
)
CONSOLE = f"""hash_config {{
  algorithm: SCRYPT,
  base64_signer_key: {SIGNER_KEY},
  base64_salt_separator: Bw==,
  rounds: 8,
  mem_cost: 14,
}}"""
JSON = (
    f'{{"base64_signer_key": "{SIGNER_KEY}", "base64_salt_separator": "Bw==",'
    '\n "rounds": 8, "mem_cost": 14}'
)
ONE_LINE = f"base64_signer_key={SIGNER_KEY},base64_salt_separator=Bw,rounds=8,mem_cost=14"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    forget(monkeypatch)


@pytest.mark.parametrize("text", [CONSOLE, CONSOLE.replace("\n", "\r\n"), JSON, ONE_LINE])
def test_B_04_the_parameters_of_firebase_are_read_as_its_console_shows_them(text):
    project = load({**PRODUCTION, "firebase_scrypt": text}).firebase_scrypt

    assert project.signer_key == b64decode(SIGNER_KEY)
    assert project.salt_separator == b"\x07"
    assert (project.rounds, project.memory_cost) == (8, 14)


def test_B_04_the_parameters_of_firebase_may_come_from_a_file(monkeypatch, tmp_path):
    (tmp_path / "firebase").write_text(CONSOLE, encoding="utf-8")
    monkeypatch.setenv("FIREBASE_SCRYPT_FILE", str(tmp_path / "firebase"))

    assert load(PRODUCTION).firebase_scrypt.memory_cost == 14


@pytest.mark.parametrize(
    "text",
    [
        "SCRYPT",
        ONE_LINE.replace("rounds=8,", ""),
        ONE_LINE.replace("mem_cost=14", "mem_cost=high"),
        ONE_LINE.replace("jxspr", "jxsp!"),
        ONE_LINE.replace("signer_key=", "signer_key=\u200b"),
    ],
)
def test_wrong_parameters_of_firebase_are_rejected_without_their_value(text):
    message = api_error(firebase_scrypt=text)

    assert message.startswith("FIREBASE_SCRYPT: ")
    assert SIGNER_KEY[5:] not in message


def test_B_08_peppers_are_separated_by_commas_or_lines():
    text = "flask=hmac-sha512:a key: with=signs, devise=suffix:base64:AP8s\r\nsynapse=suffix:x"

    peppers = load({**PRODUCTION, "password_peppers": text}).password_peppers

    assert [(pepper.id, pepper.form, pepper.key) for pepper in peppers] == [
        ("flask", "hmac-sha512", b"a key: with=signs"),
        ("devise", "suffix", b"\0\xff,"),
        ("synapse", "suffix", b"x"),
    ]


def test_B_08_the_keys_are_not_shown():
    given = {"password_peppers": "flask=hmac-sha512:hidden", "firebase_scrypt": ONE_LINE}

    loaded = load({**PRODUCTION, **given})

    assert "hidden" not in repr(loaded)
    assert "hidden" not in repr(loaded.password_peppers)
    assert "signer_key" not in repr(loaded.firebase_scrypt)


@pytest.mark.parametrize(
    "text",
    [
        "hidden",
        "a=hidden",
        "a=sha3:hidden",
        "a=suffix:",
        "a b=suffix:hidden",
        "sha256=suffix:hidden",
        "a=suffix:base64:hidden!",
        "a=suffix:hidden,a=prefix:hidden",
        "a=suffix:hidden,key with a comma",
    ],
)
def test_B_08_a_pepper_of_another_form_is_rejected_without_its_value(text):
    message = api_error(password_peppers=text)

    assert message.startswith("PASSWORD_PEPPERS: ")
    assert "hidden" not in message
