"""Creating the list of common passwords from other lists."""

import gzip
import hashlib
from pathlib import Path

from api.passwords import collect, common
from api.passwords.digest_lists import DigestList, compute_prefix, write_list

WORDS = Path(__file__).with_name("common_passwords.txt.gz")


def test_the_list_has_the_most_common_passwords_and_all_long_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(collect, "MAX_PASSWORDS", 2)
    first, second, created = (tmp_path / name for name in ("first", "second", "list"))
    first.write_text("short\nPassword\ndragonfly\nsunflower\ncorrecthorsebattery\nbellbellbell\a\n")
    second.write_bytes(b"password\n\xff\xff\xff\nstra\xc3\x9fenbahn\n")

    words = collect.collect([first, second], created)

    assert words == ["correcthorsebattery", "dragonfly", "password", "strassenbahn"]
    assert all(word in DigestList(created) for word in words)
    assert "sunflower" not in DigestList(created)


def test_P_05_the_shipped_list_is_that_of_the_words(tmp_path):
    words = gzip.decompress(WORDS.read_bytes()).decode().splitlines()
    with (tmp_path / "list").open("wb") as file:
        write_list(file, sorted(map(compute_prefix, words)))

    assert (tmp_path / "list").read_bytes() == common.LIST.read_bytes()


def test_the_list_has_the_documented_digest_and_size():
    page = common.LIST.with_name("COMMON_PASSWORDS.md").read_text()

    assert hashlib.sha256(common.LIST.read_bytes()).hexdigest() in page
    assert f"{common.open_list().size:,}" in page
