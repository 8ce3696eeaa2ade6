"""Lists of digest prefixes that operators make, and the command for it."""

import hashlib

import pytest
from click.testing import CliRunner

from api.commands.passwords import command
from api.config import ConfigError
from api.core.errors import InvalidRequest
from api.passwords import list_building
from api.passwords import service as passwords
from api.passwords.digest_lists import HEADER, DigestList

PLAIN, HASHED = "Seven Brass Engines", "eight copper engines"


@pytest.fixture
def sources(tmp_path):
    """A file of passwords, and one of digests as breach corpora have them."""
    plain, hashed = tmp_path / "plain.txt", tmp_path / "hashed.txt"
    plain.write_text(f"{PLAIN}\r\n\nother words entirely\n{PLAIN}\n")
    digest = hashlib.sha1(HASHED.encode(), usedforsecurity=False).hexdigest()
    hashed.write_text(f"{digest.upper()}:17\n{'0' * 40}\n")
    return [plain, hashed]


@pytest.fixture
def built(tmp_path, sources):
    target = tmp_path / "list"
    list_building.build_list(sources, target)
    return target


def test_P_05_a_list_has_the_passwords_of_all_files(built):
    found = DigestList(built)

    assert PLAIN in found
    assert HASHED in found
    assert "nine tin engines" not in found


def test_parts_are_merged_in_order(built, tmp_path, sources, monkeypatch):
    monkeypatch.setattr(list_building, "PART_ROWS", 2)
    monkeypatch.setattr(list_building, "BLOCK_BYTES", 8)

    list_building.build_list(sources, tmp_path / "merged")

    assert (tmp_path / "merged").read_bytes() == built.read_bytes()
    rows = built.read_bytes()[len(HEADER) :]
    prefixes = [rows[start : start + 8] for start in range(0, len(rows), 8)]
    assert prefixes == sorted(set(prefixes))


def test_an_empty_list_has_no_password(tmp_path):
    (tmp_path / "empty").write_text("")
    list_building.build_list([tmp_path / "empty"], tmp_path / "list")

    assert PLAIN not in DigestList(tmp_path / "list")


@pytest.mark.parametrize("password", [PLAIN, PLAIN.upper(), HASHED])
def test_P_05_the_service_rejects_what_is_on_the_list_of_the_operator(build, built, password):
    app = build(password_list_file=str(built))

    with app.app_context(), pytest.raises(InvalidRequest) as raised:
        passwords.check_policy(password, context=())

    assert [error.rule for error in raised.value.members["errors"]] == ["password_blocklisted"]


@pytest.mark.parametrize("content", [None, b"", b"one\ntwo\n", HEADER + b"1234567"])
def test_a_file_that_is_no_list_is_an_error_of_the_settings(build, tmp_path, content):
    path = tmp_path / "list"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigError, match="PASSWORD_LIST_FILE"):
        build(password_list_file=str(path))


def test_the_command_writes_a_list(tmp_path, sources):
    target = tmp_path / "list"
    arguments = ["build-list", *map(str, sources), "--output", str(target)]

    result = CliRunner().invoke(command, arguments)

    assert result.exit_code == 0
    assert result.output == f"Wrote 5 passwords to {target}.\n"
    assert PLAIN in DigestList(target)


def test_the_command_reports_a_missing_file(tmp_path):
    arguments = ["build-list", str(tmp_path / "none"), "--output", str(tmp_path / "list")]

    result = CliRunner().invoke(command, arguments)

    assert result.exit_code == 1
    assert "No such file" in result.output
    assert not (tmp_path / "list").exists()
