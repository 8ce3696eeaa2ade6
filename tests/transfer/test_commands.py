"""Import and export from a terminal."""

import orjson
import pytest
from click.testing import CliRunner

from api.cli import main
from tests.other_systems import MAKERS
from tests.support import PASSWORD

ADA = {"username": "ada", "email": "ada@example.org"}
HASH = MAKERS["bcrypt 2y"](PASSWORD)


@pytest.fixture
def rollbook(context):
    def run(*arguments, stdin=None):
        return CliRunner().invoke(main, ["users", *map(str, arguments)], input=stdin)

    return run


@pytest.fixture
def file(tmp_path):
    def write(name, *rows):
        path = tmp_path / name
        path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
        return path

    return write


def said(done):
    """What it says, less what the application of the tests logs."""
    lines = done.stdout.splitlines()
    return [line for line in lines if not line.startswith('{"timestamp"')]


def test_who_is_in_a_file_can_log_in(rollbook, file, anyone):
    done = rollbook("import", file("them.ndjson", {**ADA, "password_hash": HASH}))

    assert (done.exit_code, said(done)) == (0, ["1 created, 0 unchanged, 0 refused"])
    anyone.post("/api/login", {"username": "ada", "password": PASSWORD}, expecting=200)


def test_csv_is_known_by_its_name_or_named(rollbook, tmp_path):
    text = "username,email\nada,ada@example.org\n"
    (tmp_path / "them.csv").write_text(text)

    assert rollbook("import", tmp_path / "them.csv").exit_code == 0
    assert "1 refused" in rollbook("import", "-", "--format", "csv", stdin=text).stdout


def test_a_dry_run_says_what_would_be(rollbook, file):
    done = rollbook("import", "--dry-run", file("them.ndjson", ADA))

    assert said(done) == ["1 would be created, 0 unchanged, 0 refused"]
    assert rollbook("list").output == ""


def test_what_is_refused_is_told_and_the_command_fails(rollbook, file):
    done = rollbook("import", file("them.ndjson", {"username": "ada", "password": PASSWORD}, ADA))

    assert done.exit_code == 1
    assert said(done) == ["1 created, 0 unchanged, 1 refused"]
    assert (
        done.stderr == "line 1: password is never taken as it is; give its hash as password_hash\n"
    )


def test_results_go_to_a_file(rollbook, file, tmp_path):
    results = tmp_path / "results"

    done = rollbook("import", file("them.ndjson", ADA, ADA), "--results", results)

    first, second, summary = map(orjson.loads, results.read_bytes().splitlines())
    assert done.stderr == ""
    assert (first["line"], first["outcome"], first["findings"]) == (1, "created", [])
    assert second["findings"][0] == {
        "pointer": "/username",
        "rule": "username_taken",
        "message": "is taken, perhaps by an earlier line",
    }
    assert summary == {"created": 1, "unchanged": 0, "refused": 1, "dry_run": False}


def test_a_header_that_nobody_knows_is_told_in_one_line(rollbook):
    done = rollbook("import", "-", "--format", "csv", stdin="username,email,shoe_size\n")

    assert (done.exit_code, done.output) == (2, "rollbook: shoe_size is not known\n")


def test_what_is_handed_out_is_taken_back(rollbook, file, tmp_path):
    rollbook("import", file("them.ndjson", {**ADA, "password_hash": HASH}))
    output = tmp_path / "everybody.ndjson"

    assert rollbook("export", "--hashes", "--output", output).exit_code == 0

    assert orjson.loads(output.read_bytes())["password_hash"] == HASH
    assert "1 unchanged" in rollbook("import", output).stdout


def test_hashes_stay_where_they_are_unless_they_are_asked_for(rollbook, file):
    rollbook("import", file("them.ndjson", {**ADA, "password_hash": HASH}))

    done = rollbook("export")

    assert [orjson.loads(line)["username"] for line in said(done)] == ["ada"]
    assert HASH not in done.output


def test_a_terminal_shows_how_far_it_is(rollbook, file, monkeypatch, tmp_path):
    them = file("them.ndjson", *[{**ADA, "username": f"ada{n}"} for n in range(3)])
    monkeypatch.setattr("api.commands.transfer._seen_by_a_person", lambda: True)

    assert "Importing" in rollbook("import", them).stderr
    assert "Exporting" in rollbook("export", "--output", tmp_path / "out").stderr
