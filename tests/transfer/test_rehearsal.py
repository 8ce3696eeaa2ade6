"""Rehearsing an import: dry runs across chunks, and verifying one password."""

from hashlib import sha256

import orjson
import pytest
from click.testing import CliRunner

from api.cli import main
from tests.other_systems import MAKERS
from tests.support import PASSWORD
from tests.transfer.conftest import ADA, GRACE, list_output, make_rows

BCRYPT = MAKERS["bcrypt 2y"](PASSWORD)
IN_CHUNKS = ["--chunk-rows", 2]


class TestDryRun:
    ROWS = (
        *make_rows(3),
        {**ADA, "username": "PERSON0"},
        *make_rows(1),
        {"email": "Person1@Example.org", "display_name": "Other"},
        GRACE,
    )

    @pytest.mark.parametrize("options", [[], ["--update"]])
    def test_a_dry_run_reports_what_the_import_reports(
        self, rollbook, write_file, tmp_path, options
    ):
        file, results = write_file(*self.ROWS), [tmp_path / "dry", tmp_path / "real"]

        for dry_run, path in zip([["--dry-run"], []], results, strict=True):
            rollbook("import", file, *IN_CHUNKS, *options, *dry_run, "--results", path)

        dry, real = (
            [orjson.loads(line) for line in path.read_bytes().splitlines()] for path in results
        )
        assert [(row["line"], row["outcome"]) for row in dry[:-1]] == [
            (row["line"], row["outcome"]) for row in real[:-1]
        ]
        assert dry[-1] == {**real[-1], "dry_run": True}

    def test_rows_of_different_chunks_with_one_name_are_found(self, rollbook, write_file):
        done = rollbook("import", "--dry-run", write_file(*self.ROWS), *IN_CHUNKS)

        assert list_output(done) == [
            "4 would be created, 1 unchanged, 2 in conflict with existing accounts, 0 rejected"
        ]
        assert "line 4 (ada@example.org): has the id or a name of an earlier row" in done.stderr


class TestCheckPassword:
    @pytest.fixture
    def check(self, rollbook, write_file):
        def run(row, password, *options):
            rows = [GRACE, {**ADA, "password_hash": BCRYPT}, {"email": "none"}]
            arguments = ("--check-password", row, *options)
            return rollbook("import", write_file(*rows), *arguments, stdin=f"{password}\n")

        return run

    @pytest.mark.parametrize("row", ["2", "ada", "ADA@example.org"])
    def test_B_08_a_password_is_verified_with_the_hash_of_one_row(self, check, rollbook, row):
        done = check(row, PASSWORD)

        assert (done.exit_code, list_output(done)) == (
            0,
            ["The password matches the hash in line 2."],
        )
        assert "ada" not in rollbook("list").output

    def test_a_terminal_asks_for_the_password_once(self, check, monkeypatch):
        monkeypatch.setattr("api.commands.user_passwords._is_terminal", lambda: True)

        done = check("2", PASSWORD)

        assert (done.exit_code, "The password matches" in done.stdout) == (0, True)

    def test_B_08_a_password_that_does_not_match_is_explained(self, check):
        done = check("2", "another password")

        assert (done.exit_code, "pepper" in done.stderr) == (1, True)

    @pytest.mark.parametrize(
        ("row", "message"), [("1", "has no password hash"), ("eve", "there is no row eve")]
    )
    def test_the_row_must_have_a_hash(self, check, row, message):
        assert message in check(row, PASSWORD).stderr


class TestPeppers:
    @pytest.fixture
    def peppered(self, build):
        """A service whose settings have a pepper."""
        return build(password_peppers="devise=suffix:KEY")

    def run(self, service, *arguments, stdin=""):
        with service.app_context():
            return CliRunner().invoke(main, ["users", *map(str, arguments)], input=stdin)

    @pytest.mark.parametrize(
        ("pepper", "hashed"),
        [
            ("devise", f"{PASSWORD}KEY"),
            ("sha256", sha256(PASSWORD.encode()).hexdigest()),  # has no key
        ],
    )
    def test_B_08_users_log_in_after_an_import_with_a_pepper(
        self, peppered, write_file, pepper, hashed
    ):
        file = write_file({**ADA, "password_hash": MAKERS["bcrypt 2y"](hashed)})
        check = self.run(
            peppered, "import", file, "--check-password", 1, "--pepper", pepper, stdin=PASSWORD
        )
        assert check.exit_code == 0

        done = self.run(peppered, "import", file, "--pepper", pepper)

        assert (done.exit_code, done.stderr) == (0, "")
        login = {"username": "ada", "password": PASSWORD}
        assert peppered.test_client().post("/api/login", json=login).status_code == 200

    @pytest.mark.parametrize("target", [[], ["--url", "http://127.0.0.1:1"]])
    def test_the_key_of_a_pepper_is_neither_accepted_nor_kept(self, peppered, write_file, target):
        file = write_file(ADA)

        done = self.run(peppered, "import", file, "--pepper", "suffix:KEY", *target)

        assert (done.exit_code, "PASSWORD_PEPPERS" in done.stderr) == (2, True)
        assert "KEY" not in done.output
        assert not file.with_name(f"{file.name}.import-state").exists()

    def test_an_unknown_pepper_is_rejected(self, rollbook, write_file):
        done = rollbook("import", write_file(ADA), "--pepper", "unknown")

        assert (done.exit_code, "PASSWORD_PEPPERS" in done.stderr) == (2, True)


class TestWarnings:
    def test_B_08_bcrypt_hashes_may_need_a_pepper(self, rollbook, write_file):
        done = rollbook("import", "--dry-run", write_file({**ADA, "password_hash": BCRYPT}))

        assert (done.exit_code, "Try one with --check-password" in done.stderr) == (0, True)

    def test_weak_hashes_are_named_once(self, rollbook, write_file):
        weak = "sha256$Z7bcBO9P43gvdQWp$" + "0" * 64
        rows = [{**row, "password_hash": weak} for row in make_rows(3)]

        done = rollbook("import", write_file(*rows), "--chunk-rows", 1)

        assert done.stderr.count("guessed quickly") == 1

    @pytest.mark.parametrize("dry_run", [[], ["--dry-run"]])
    @pytest.mark.parametrize(
        ("members", "message"),
        [
            ({}, "Error: None of these users has a password"),
            ({"password_hash": BCRYPT, "status": "suspended"}, "Error: None of these users can"),
            (
                {"password_hash": BCRYPT, "deleted_at": "2026-01-01T00:00:00Z"},
                "Error: None of these users can",
            ),
        ],
    )
    def test_B_08_an_import_after_which_no_user_can_log_in_fails(
        self, rollbook, write_file, dry_run, members, message
    ):
        rows = make_rows(3, **members)

        done = rollbook("import", write_file(*rows, rows[0]), *IN_CHUNKS, *dry_run)

        assert (done.exit_code, message in done.stderr) == (1, True)

    def test_B_08_some_users_without_a_password_are_no_error(self, rollbook, write_file):
        done = rollbook("import", write_file({**ADA, "password_hash": BCRYPT}, GRACE))

        assert (done.exit_code, "None of these users" in done.stderr) == (0, False)

    def test_B_08_a_repeated_row_without_a_password_is_counted_once(self, rollbook, write_file):
        rows = [{**ADA, "password_hash": BCRYPT}, GRACE, *make_rows(1, status="suspended")]

        done = rollbook("import", write_file(*rows, *rows[1:]), "--chunk-rows", 3, "--dry-run")

        assert (done.exit_code, "None of these users" in done.stderr) == (0, False)

    def test_B_08_an_import_that_creates_no_user_is_no_error(self, rollbook, write_file):
        rollbook("import", write_file(ADA))

        assert rollbook("import", write_file(ADA)).exit_code == 0

    def test_B_14_a_username_that_is_not_used_is_rejected_with_the_way_out(self, build, write_file):
        with build(usernames="off").app_context():
            file = str(write_file(ADA))
            done = CliRunner().invoke(main, ["users", "import", file])

        assert (done.exit_code, "remove the column" in done.stderr) == (1, True)
