"""The list is made from others, and the same ones make the same list."""

import gzip
import hashlib

from api.passwords import collect, common


def test_the_most_common_are_taken_and_all_that_are_long(tmp_path, monkeypatch):
    monkeypatch.setattr(collect, "MAX_PASSWORDS", 2)
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("short\nPassword\ndragonfly\nsunflower\ncorrecthorsebattery\nbellbellbell\a\n")
    second.write_bytes(b"password\n\xff\xff\xff\nstra\xc3\x9fenbahn\n")

    made = collect.collect([first, second])

    assert gzip.decompress(made).decode().splitlines() == [
        "correcthorsebattery",
        "dragonfly",
        "password",
        "strassenbahn",
    ]
    assert made == collect.collect([first, second])


def test_the_list_is_the_one_whose_sources_are_named():
    page = common.LIST.with_name("COMMON_PASSWORDS.md").read_text()

    assert hashlib.sha256(common.read_list()).hexdigest() in page
    assert f"{len(common.read_list().splitlines()):,}" in page
