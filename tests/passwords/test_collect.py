"""Creating the list of common passwords from other lists."""

import gzip
import hashlib

from api.passwords import collect, common


def test_the_list_has_the_most_common_passwords_and_all_long_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(collect, "MAX_PASSWORDS", 2)
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("short\nPassword\ndragonfly\nsunflower\ncorrecthorsebattery\nbellbellbell\a\n")
    second.write_bytes(b"password\n\xff\xff\xff\nstra\xc3\x9fenbahn\n")

    created = collect.collect([first, second])

    assert gzip.decompress(created).decode().splitlines() == [
        "correcthorsebattery",
        "dragonfly",
        "password",
        "strassenbahn",
    ]
    assert created == collect.collect([first, second])


def test_the_list_has_the_documented_digest_and_size():
    page = common.LIST.with_name("COMMON_PASSWORDS.md").read_text()

    assert hashlib.sha256(common.read_list()).hexdigest() in page
    assert f"{len(common.read_list().splitlines()):,}" in page
